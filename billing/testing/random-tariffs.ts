/** Random documents of a tariff: every shape of price, over what the devices of random histories report. */
import fc from 'fast-check'

/** Two versions of one tariff. */
export type TariffDocuments = readonly [first: object, second: object]

const cents = (most: number, least = 0) =>
  fc.integer({ min: least, max: most }).map((each) => (each / 100).toFixed(2))
const maybe = (name: string, value: fc.Arbitrary<unknown>) =>
  fc.option(value, { nil: undefined }).map((one) => (one === undefined ? {} : { [name]: one }))
const all = (...parts: readonly fc.Arbitrary<object>[]) =>
  fc.tuple(...parts).map((own) => Object.assign({}, ...own) as object)

const discount = (description: string) =>
  fc.oneof(
    fc.record({ description: fc.constant(description), percent: cents(5_000) }),
    fc.record({ description: fc.constant(description), amount: cents(3_000) }),
    fc.record({
      description: fc.constant(description),
      percent: cents(5_000),
      until: fc.constantFrom('2026-10-20', '2026-12-01', '2026-12-11'),
    }),
  )
const limits = fc.tuple(fc.option(cents(60_000)), fc.option(cents(60_000))).map(([one, other]) => {
  const [low, high] = [Number(one ?? 0), Number(other ?? 0)].sort((left, right) => left - right)
  return {
    ...(one !== null && { minimum: (low ?? 0).toFixed(2) }),
    ...(other !== null && { maximum: (high ?? 0).toFixed(2) }),
  }
})
const reductions = all(limits, maybe('discounts', fc.tuple(discount('First'), discount('Second'))))
const about = (id: string) =>
  all(
    fc.constant({ id, description: id }),
    maybe('scope', fc.constant('device')),
    maybe('taxCategory', fc.constant('reduced')),
    reductions,
  )
const tiers = fc
  .tuple(cents(3_000), cents(3_000, 1), cents(60), cents(60), cents(900), cents(900))
  .map(([first, more, price, next, flat, nextFlat]) => [
    { upTo: (Number(first) + 1).toFixed(2), price, flat },
    { upTo: (Number(first) + 1 + Number(more)).toFixed(2), price: next },
    { price, flat: nextFlat },
  ])
const steps = tiers.map((each) => each.map(({ flat: _flat, ...tier }) => tier))
const minutes = fc.constant({ register: 'run_s', per: 60, unit: 'min' })
const included = maybe('included', cents(50_000))
const run = fc.oneof(
  all(
    fc.constant({ type: 'per_unit' }),
    fc.record({ price: cents(50) }),
    included,
    maybe('block', cents(6_000, 1)),
  ),
  all(fc.constant({ type: 'package' }), fc.record({ price: cents(900), size: cents(20_000, 100) }), included),
  all(fc.constant({ type: 'graduated' }), fc.record({ tiers }), included),
  all(fc.constant({ type: 'volume' }), fc.record({ tiers })),
  all(fc.constant({ type: 'stairstep' }), fc.record({ tiers: steps }), included),
)
const energy = fc.oneof(
  all(fc.constant({ type: 'per_unit', per: 1_000, unit: 'kWh' }), fc.record({ price: cents(50) })),
  all(
    fc.constant({ type: 'time_of_use', per: 1_000, unit: 'kWh', calendar: 'week' }),
    fc.record({ prices: fc.record({ day: cents(60), night: cents(60) }) }),
  ),
)
const programmes = ['eco', 'hot'] as const
const matrix = all(
  fc.constant({ type: 'matrix', labels: ['programme'] }),
  fc.tuple(cents(300), cents(300)).map((prices) => ({
    cells: programmes.map((programme, index) => ({ labels: { programme }, price: prices[index] })),
  })),
)
const ofWashes = maybe('where', fc.constantFrom({ programme: ['eco'] }, { programme: ['eco', 'hot'] }))
const wash = all(
  fc.oneof(
    matrix,
    all(fc.constant({ type: 'per_unit' }), fc.record({ price: cents(300) }), included, ofWashes),
    all(fc.constant({ type: 'graduated' }), fc.record({ tiers }), ofWashes),
  ),
  fc.constant({ per: 1, unit: 'wash' }),
  maybe('aggregation', fc.constantFrom('count', 'sum')),
)
const seconds = (most: number, least = 0) => fc.integer({ min: least, max: most })
const job = all(
  fc.constant({ type: 'session' }),
  fc.record({ price: cents(50), increment: fc.constantFrom(1, 60, 86_400) }),
  maybe('startFee', cents(200)),
  maybe('free', seconds(7_200)),
  maybe('dailyMaximum', cents(900)),
  maybe('idle', fc.record({ price: cents(20), increment: seconds(600, 1), free: seconds(3_600) })),
)
/** Of a register whose steps are measured however long they are: of estimates alone no peak is known, and the bill would wait. */
const load = all(
  fc.oneof(
    all(fc.constant({ type: 'per_unit' }), fc.record({ price: cents(200) }), included),
    all(fc.constant({ type: 'graduated' }), fc.record({ tiers })),
    all(fc.constant({ type: 'stairstep' }), fc.record({ tiers: steps })),
  ),
  about('load'),
  fc.constant({ register: 'load_wh', aggregation: 'peak', scope: 'device', per: 10, unit: 'step' }),
)
const fee = all(
  fc.constant({ type: 'flat' }),
  fc.record({ price: cents(4_000, 1) }),
  maybe('charged', fc.constant('in_advance')),
  maybe('proration', fc.constantFrom('day', 'second')),
)
const calendars = {
  week: {
    bands: [{ id: 'day', days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '06:00', to: '20:00' }],
    otherwise: 'night',
  },
}
const items = fc.record({
  run: fc.option(all(run, minutes, about('run')), { freq: 6 }),
  energy: fc.option(all(energy, fc.constant({ register: 'energy_wh' }), about('energy'))),
  wash: fc.option(all(wash, fc.constant({ event: 'wash' }), about('wash'))),
  job: fc.option(all(job, fc.constant({ event: 'job' }), about('job'))),
  load: fc.option(load),
  fee: all(fee, fc.constant({ id: 'fee', description: 'Fee' }), maybe('scope', fc.constant('device'))),
})

/** The fee is another in each, so that there are two versions; the rest may go on. */
export const tariffDocuments: fc.Arbitrary<TariffDocuments> = fc
  .record({
    first: items,
    second: fc.option(items),
    whole: fc.option(reductions),
    rounding: fc.constantFrom('half_even', 'up', 'down'),
  })
  .map(({ first, second, whole, rounding }) => {
    const documentOf = (each: typeof first, description: string) => ({
      currency: 'EUR',
      rounding,
      calendars,
      ...whole,
      items: [
        ...[each.run, each.energy, each.wash, each.job, each.load].filter((item) => item !== null),
        { ...each.fee, description },
      ],
    })
    return [documentOf(first, 'Fee'), documentOf(second ?? first, 'New fee')] as const
  })
  .map(([first, second]) => [withoutUnused(first), withoutUnused(second)])

/** A calendar that no item has is refused. */
function withoutUnused({
  calendars: all,
  ...document
}: {
  calendars: object
  items: readonly object[]
}): object {
  const isUsed = document.items.some((item) => 'calendar' in item)
  return isUsed ? { ...document, calendars: all } : document
}
