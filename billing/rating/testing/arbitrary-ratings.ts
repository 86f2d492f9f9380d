/** Random items of each type that usage moves, with usage, peaks and events of two devices over random versions and pauses of October in Berlin. */
import fc from 'fast-check'
import { DAY_MS, MINUTE_MS, type Period } from '../../../core/index.ts'
import {
  aDevice,
  aDeviceId,
  anEvent,
  anInput,
  aPeak,
  aTariff,
  aUsage,
  aVersion,
  october,
} from '../rating-builders.ts'
import type { RatingInput, VersionInForce } from '../rating-types.ts'
import type { TariffCalendar, TariffDocument, TariffItem } from '../tariff-schema.ts'

const SLOT_MS = 15 * MINUTE_MS
const SLOTS = (october.to - october.from) / SLOT_MS
const devices = ['a', 'b'].map((id) => aDevice(id, { site: 'hall', tags: [id] }))

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
  optional(
    'discounts',
    fc.array(all(discount, optional('until', fc.constantFrom('2026-09-01', '2026-10-01', '2026-10-02'))), {
      maxLength: 3,
    }),
  ),
) as fc.Arbitrary<Pick<TariffDocument, 'discounts' | 'maximum' | 'minimum'>>

const scope = optional('scope', fc.constantFrom('device', 'site', { tags: ['a', 'b'] }))
const about = all(
  fc.constant({ id: 'item', description: 'Item' }),
  scope,
  limits,
  optional('discounts', fc.array(discount, { maxLength: 3 })),
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
    fc.tuple(freeUnits, discount).map((both) => both),
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

const anyItem = fc.oneof(
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
) as fc.Arbitrary<Exclude<TariffItem, { type: 'one_off' | 'flat' }>>

const used = fc.record({
  slots: fc.uniqueArray(fc.integer({ min: 0, max: SLOTS - 1 }), { maxLength: 6 }),
  quantities: fc.array(fc.bigInt({ min: 0n, max: 20_000n }), { minLength: 6, maxLength: 6 }),
  events: fc.array(
    fc.record({
      to: fc.integer({ min: october.from, max: october.to - 1 }),
      lasted: fc.oneof(fc.integer({ min: 0, max: 7_200_000 }), fc.integer({ min: 0, max: 3 * DAY_MS })),
      quantity: fc.bigInt({ min: 0n, max: 20_000n }),
      programme: fc.constantFrom('eco', 'hot'),
      extra: fc.constantFrom({}, { spin: 'fast' }, { spin: 'slow', dry: 'yes' }),
    }),
    { maxLength: 5 },
  ),
})

/** `isSame`: whether the item goes on from version to version, or is another one in each. */
export const anyRating = fc
  .record({
    item: anyItem,
    cuts: fc.uniqueArray(fc.integer({ min: 1, max: SLOTS - 1 }), { maxLength: 3 }),
    isSame: fc.boolean(),
    pauses: fc.oneof(
      fc.constant([]),
      fc.constant([0, SLOTS]),
      fc.uniqueArray(fc.integer({ min: 0, max: SLOTS }), { maxLength: 6 }),
    ),
    used: fc.tuple(used, used),
    peaks: fc.array(fc.bigInt({ min: 0n, max: 20_000n }), { minLength: 8, maxLength: 8 }),
    rounding: fc.constantFrom('half_even' as const, 'half_up' as const, 'up' as const, 'down' as const),
  })
  .map(({ item, cuts, isSame, pauses, used, peaks, rounding }) => {
    const borders = [0, ...cuts.sort((left, right) => left - right), SLOTS].map(
      (slot) => october.from + slot * SLOT_MS,
    )
    const versions = borders.slice(1).map((to, index): VersionInForce => {
      const own = isSame ? item : { ...item, description: `Item ${index}` }
      const document = { ...aTariff({ items: [own], rounding }), calendars: { week: calendar } }
      return aVersion({ id: `version-${index}`, from: borders[index] ?? 0, to, document })
    })
    const input: RatingInput = anInput({
      versions,
      usage: used.flatMap(({ slots, quantities }, device) => usageOf(device, slots, quantities)),
      peaks: devices.flatMap(({ deviceId }, device) =>
        versions.map(({ from, to }, index) =>
          aPeak(peaks[device * 4 + index] ?? 0n, { deviceId, register: 'run_s', unit: 's', from, to }),
        ),
      ),
      events: used.flatMap(({ events }, device) =>
        events.map(({ to, lasted, quantity, programme, extra }, index) =>
          anEvent({
            ...placeOf(device),
            id: `wash-${index}`,
            from: to - lasted,
            to,
            quantity,
            labels: { programme, ...extra },
          }),
        ),
      ),
      facts: { devices, pauses: pausesOf(pauses) },
    })
    return { item, isSame, input }
  })

/** From one slot to the next; one that is left over is none. */
function pausesOf(slots: readonly number[]): readonly Period[] {
  const borders = slots.toSorted((left, right) => left - right).map((slot) => october.from + slot * SLOT_MS)
  return borders.flatMap((from, index) => {
    const to = borders[index + 1]
    return index % 2 === 1 || to === undefined ? [] : [{ from, to }]
  })
}

function placeOf(device: number) {
  return { deviceId: aDeviceId(devices[device]?.deviceId ?? '') }
}

function usageOf(device: number, slots: readonly number[], quantities: readonly bigint[]) {
  let startValue = 100n
  return slots
    .toSorted((left, right) => left - right)
    .map((slot, index) => {
      const from = october.from + slot * SLOT_MS
      const quantity = quantities[index] ?? 0n
      const record = aUsage(quantity, { ...placeOf(device), from, to: from + SLOT_MS, startValue })
      startValue += quantity
      return record
    })
}
