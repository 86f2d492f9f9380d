/** Random items of each type, with discounts that end and those that do not, and the terms of a whole contract. */
import fc from 'fast-check'
import type { FlatItem, OneOffItem, TariffCalendar, TariffDocument } from '../tariff-schema.ts'
import type { UsageItem } from './judge-amount.ts'

/** Bands at odd times, with a holiday and the day on which the clocks go back. */
export const calendar: TariffCalendar = {
  bands: [
    { id: 'day', days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '06:15', to: '22:00' },
    { id: 'noon', days: ['sat', 'sun'], from: '02:15', to: '13:45' },
    { id: 'feast', days: ['holiday'], from: '00:00', to: '24:00' },
  ],
  otherwise: 'night',
  holidays: ['2026-10-03'],
}

const decimal = (most: number, least = 0) =>
  fc.integer({ min: least, max: most * 100 }).map((cents) => (cents / 100).toFixed(2))
const price = decimal(5)
const amount = decimal(300)
const bounds = fc
  .uniqueArray(
    fc.oneof(
      fc.integer({ min: 1, max: 6 }).map((whole) => whole * 10),
      fc.integer({ min: 1, max: 4_000 }),
    ),
    { maxLength: 3 },
  )
  .map((all) => all.sort((left, right) => left - right).map((bound) => (bound / 10).toFixed(1)))
const optional = <Name extends string, Value>(name: Name, value: fc.Arbitrary<Value>) =>
  fc
    .option(value, { nil: undefined })
    .map((one) => (one === undefined ? {} : { [name]: one }) as { [Key in Name]?: Value })
const all = (...parts: readonly fc.Arbitrary<object>[]) =>
  fc.tuple(...parts).map((own) => Object.assign({}, ...own) as object)

const discount = fc.oneof(
  fc.record({ description: fc.constant('Some'), percent: decimal(99) }),
  fc.record({ description: fc.constant('Off'), amount }),
)
const freeUnits = fc.record({ description: fc.constant('Free'), firstUnits: decimal(100) })
/** Before the month, at its beginning, in it, around the day of 25 hours, and at its end. */
const until = optional(
  'until',
  fc.constantFrom(
    '2026-09-01',
    '2026-10-01',
    '2026-10-02',
    '2026-10-12',
    '2026-10-25',
    '2026-10-26',
    '2026-11-01',
  ),
)
const limits = fc.tuple(fc.option(amount), fc.option(amount)).map(([one, other]) => {
  const [low, high] = [one, other].sort((left, right) => Number(left ?? 0) - Number(right ?? 0))
  return {
    ...(one === null ? {} : { minimum: low ?? '0' }),
    ...(other === null ? {} : { maximum: high ?? '0' }),
  }
})
/** Discounts, maximum and minimum of a whole contract, some with an end. */
export const contractTerms = all(
  limits,
  optional('discounts', fc.array(all(discount, until), { maxLength: 3 })),
) as fc.Arbitrary<Pick<TariffDocument, 'discounts' | 'maximum' | 'minimum'>>

const scope = optional('scope', fc.constantFrom('device', 'site', { tags: ['a', 'b'] }))
const about = all(
  fc.constant({ id: 'item', description: 'Item' }),
  scope,
  limits,
  optional('discounts', fc.array(all(discount, until), { maxLength: 3 })),
)
const where = optional('where', fc.constantFrom({ programme: ['eco'] }, { programme: ['eco', 'hot'] }))
const inUnits = fc.record({ per: fc.constantFrom(1, 7, 60, 1000), unit: fc.constant('unit') })
const metered = all(
  about,
  inUnits,
  fc.oneof(
    all(fc.constant({ register: 'run_s' }), optional('aggregation', fc.constant('sum'))),
    fc.constant({ register: 'run_s', aggregation: 'peak', scope: 'device' }),
    all(fc.constant({ event: 'wash' }), where, optional('aggregation', fc.constantFrom('sum', 'count'))),
  ),
  optional('included', decimal(50)),
  optional(
    'discounts',
    fc.tuple(all(freeUnits, until), all(discount, until)).map((both) => both),
  ),
)
const tiers = fc
  .tuple(bounds, fc.array(fc.tuple(price, optional('flat', price)), { minLength: 4, maxLength: 4 }))
  .map(([upTo, own]) =>
    [...upTo, undefined].map((bound, index) => {
      const [each = '0', flat = {}] = own[index] ?? []
      return { ...(bound === undefined ? {} : { upTo: bound }), price: each, ...flat }
    }),
  )
const modifier = all(
  fc.constantFrom(
    { label: 'spin', value: 'fast' },
    { label: 'spin', value: 'slow' },
    { label: 'dry', value: 'yes' },
  ),
  fc.oneof(
    fc.integer({ min: -300, max: 300 }).map((cents) => ({ add: (cents / 100).toFixed(2) })),
    fc.integer({ min: -100, max: 150 }).map((percent) => ({ percent: String(percent) })),
  ),
)
const type = (name: string) => fc.constant({ type: name })
const charge = fc.record({
  price,
  increment: fc.constantFrom(1, 60, 900, 3600),
  free: fc.constantFrom(0, 1, 600),
})

export const anyUsageItem = fc.oneof(
  all(type('per_unit'), metered, fc.record({ price }), optional('block', decimal(20, 1))),
  all(type('package'), metered, fc.record({ price, size: decimal(20, 1) })),
  all(type('graduated'), metered, fc.record({ tiers })),
  all(type('volume'), metered, fc.record({ tiers })),
  all(
    type('stairstep'),
    metered,
    fc.record({ tiers: tiers.map((each) => each.map(({ flat: _flat, ...tier }) => tier)) }),
  ),
  all(
    type('time_of_use'),
    about,
    inUnits,
    fc.record({ prices: fc.record({ day: price, noon: price, feast: price, night: price }) }),
    fc.constant({ register: 'run_s', calendar: 'week' }),
  ),
  all(
    type('matrix'),
    about,
    inUnits,
    optional('aggregation', fc.constantFrom('sum', 'count')),
    optional('modifiers', fc.array(modifier, { maxLength: 4 })),
    fc.tuple(price, price).map(([eco, hot]) => ({
      event: 'wash',
      labels: ['programme'],
      cells: [
        { labels: { programme: 'eco' }, price: eco },
        { labels: { programme: 'hot' }, price: hot },
      ],
    })),
  ),
  all(
    type('session'),
    about,
    where,
    charge,
    fc.constant({ event: 'wash' }),
    optional('startFee', price),
    optional('dailyMaximum', decimal(50)),
    optional('idle', charge),
  ),
) as fc.Arbitrary<UsageItem>

export const anyFee = fc.oneof(
  all(
    type('flat'),
    about,
    fc.record({ price: amount }),
    optional('charged', fc.constantFrom('in_arrears', 'in_advance')),
    optional('proration', fc.constantFrom('none', 'day', 'second')),
  ),
  all(
    type('one_off'),
    fc.constant({ id: 'item', description: 'Item' }),
    scope,
    fc.record({ price: amount }),
    fc.oneof(
      fc.constant({ on: 'end' }),
      all(
        fc.record({
          on: fc.constantFrom('start', '2026-09-30', '2026-10-01', '2026-10-12', '2026-10-26', '2026-11-01'),
        }),
        optional('refundedOn', fc.constant('end')),
      ),
    ),
  ),
) as fc.Arbitrary<FlatItem | OneOffItem>
