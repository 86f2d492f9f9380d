/**
 * The form of a tariff document: one source for its TypeScript types, for reading (`parse-tariff.ts`) and for the published
 * JSON Schema (`docs/tariff.schema.json`). What a form cannot say is checked in `tariff-rules.ts`.
 * Each description completes the sentence "Write …", which is what somebody reads whose document does not fit.
 * Numbers that money or quantities follow from are decimal strings, because a JSON number has been a binary float by the time
 * it is read. Quantities in an item (bounds, allowances, blocks) are in the item's own unit, not in base units.
 */
import { Type, type Static, type TObject, type TProperties, type TSchema } from 'typebox'
import type { CurrencyCode, RoundingMode } from '../../core/index.ts'
import {
  Amount,
  CivilDate,
  EventType,
  Id,
  Increment,
  LabelName,
  LabelValue,
  Percent,
  Price,
  Quantity,
  RegisterName,
  Seconds,
  SignedPercent,
  SignedPrice,
  TaxCategory,
  TimeOfDay,
  Unit,
  Words,
} from './tariff-values.ts'

export const MAX_ITEMS = 100
const MAX_TIERS = 50
const MAX_CELLS = 500
const MAX_BANDS = 24
const MAX_HOLIDAYS = 400
const MAX_DISCOUNTS = 10
const MAX_LABELS = 4
const MAX_TAGS = 50

/** JSON Schema lets members pass whose name does not fit. */
const named = (maxProperties: number) => ({ maxProperties, additionalProperties: false })

const Scope = Type.Union(
  [
    Type.Enum(['contract', 'device', 'site']),
    closed({
      tags: Type.Array(
        Type.String({ minLength: 1, maxLength: 64, description: 'a tag as devices carry it' }),
        {
          minItems: 1,
          maxItems: MAX_TAGS,
          uniqueItems: true,
          description: 'the tags, each of which makes a pool',
        },
      ),
    }),
  ],
  { description: '"contract", "device", "site" or {"tags": [...]}: what gets a line of its own' },
)

const Discount = Type.Union(
  [
    closed({
      description: Words,
      percent: Percent,
      until: Type.Optional(CivilDate),
    }),
    closed({
      description: Words,
      amount: Amount,
      until: Type.Optional(CivilDate),
    }),
    closed({
      description: Words,
      firstUnits: Quantity,
      until: Type.Optional(CivilDate),
    }),
  ],
  {
    description:
      'a discount: "description", one of "percent", "amount" and "firstUnits", and "until" if it ends',
  },
)

const common = {
  id: Id,
  description: Words,
  scope: Type.Optional(Scope),
  taxCategory: Type.Optional(TaxCategory),
}
/** What acts on an amount after it was rated, in this order. */
const afterRating = {
  discounts: Type.Optional(
    Type.Array(Discount, { maxItems: MAX_DISCOUNTS, description: `at most ${MAX_DISCOUNTS} discounts` }),
  ),
  minimum: Type.Optional(Amount),
  maximum: Type.Optional(Amount),
}

const ofRegister = {
  register: RegisterName,
  aggregation: Type.Optional(
    Type.Enum(['sum', 'peak'], {
      description:
        '"sum", how far the register advanced, or "peak", its largest advance in a quarter of an hour',
    }),
  ),
}
const ofEvent = {
  event: EventType,
  aggregation: Type.Optional(
    Type.Enum(['count', 'sum'], {
      description: '"count", how many events, or "sum", their quantities together',
    }),
  ),
  where: Type.Optional(
    Type.Record(LabelName, Type.Array(LabelValue, { minItems: 1, maxItems: MAX_CELLS }), {
      ...named(MAX_LABELS),
      description: 'for each label the values that count',
    }),
  ),
}
const inUnits = {
  per: Type.Integer({
    minimum: 1,
    maximum: Number.MAX_SAFE_INTEGER,
    description: 'how many base units make one unit, a whole number of at least 1',
  }),
  unit: Unit,
}
const allowance = { included: Type.Optional(Quantity) }

const Tier = closed({ upTo: Type.Optional(Quantity), price: Price, flat: Type.Optional(Amount) })
const Step = closed({ upTo: Type.Optional(Quantity), price: Amount })
const tiersOf = <Each extends TSchema>(each: Each) =>
  Type.Array(each, {
    minItems: 1,
    maxItems: MAX_TIERS,
    description: `1 to ${MAX_TIERS} tiers, each with its upper bound "upTo", the last without`,
  })

/** A type of item that prices a quantity: of a register, or of events. */
function metered<Kind extends string, Own extends TProperties>(kind: Kind, own: Own) {
  const type = Type.Literal(kind)
  return [
    closed({ type, ...ofRegister, ...common, ...inUnits, ...allowance, ...own, ...afterRating }),
    closed({ type, ...ofEvent, ...common, ...inUnits, ...allowance, ...own, ...afterRating }),
  ] as const
}

const Flat = closed({
  type: Type.Literal('flat'),
  ...common,
  price: Amount,
  charged: Type.Optional(
    Type.Enum(['in_arrears', 'in_advance'], {
      description: '"in_arrears", with the period that it is for, or "in_advance", with the period before',
    }),
  ),
  proration: Type.Optional(
    Type.Enum(['none', 'day', 'second'], { description: '"none", "day" or "second"' }),
  ),
  ...afterRating,
})

const OneOff = closed({
  type: Type.Literal('one_off'),
  ...common,
  price: Amount,
  on: Type.Union([Type.Enum(['start', 'end']), CivilDate], {
    description: '"start", "end" or a date like "2026-12-25"',
  }),
  refundedOn: Type.Optional(
    Type.Literal('end', { description: '"end", where a deposit is given back, or leave it out' }),
  ),
})

const Cell = closed({
  labels: Type.Record(LabelName, LabelValue, {
    ...named(MAX_LABELS),
    minProperties: 1,
    description: 'the value of each label of the matrix',
  }),
  price: Price,
})
const Modifier = Type.Union(
  [
    closed({ label: LabelName, value: LabelValue, add: SignedPrice }),
    closed({ label: LabelName, value: LabelValue, percent: SignedPercent }),
  ],
  { description: 'a modifier: "label", "value" and either "add" or "percent"' },
)
const Matrix = closed({
  type: Type.Literal('matrix'),
  ...common,
  ...ofEvent,
  ...inUnits,
  labels: Type.Array(LabelName, {
    minItems: 1,
    maxItems: MAX_LABELS,
    uniqueItems: true,
    description: `1 to ${MAX_LABELS} names of labels`,
  }),
  cells: Type.Array(Cell, { minItems: 1, maxItems: MAX_CELLS, description: `1 to ${MAX_CELLS} cells` }),
  modifiers: Type.Optional(
    Type.Array(Modifier, { maxItems: MAX_CELLS, description: `at most ${MAX_CELLS} modifiers` }),
  ),
  ...afterRating,
})

const TimeOfUse = closed({
  type: Type.Literal('time_of_use'),
  ...common,
  register: RegisterName,
  ...inUnits,
  calendar: Id,
  prices: Type.Record(Id, Price, {
    ...named(MAX_BANDS),
    minProperties: 1,
    description: 'a price for each band of the calendar',
  }),
  ...afterRating,
})

const Charge = {
  price: Price,
  increment: Increment,
  free: Type.Optional(Seconds),
}
const Session = closed({
  type: Type.Literal('session'),
  ...common,
  event: EventType,
  where: ofEvent.where,
  startFee: Type.Optional(Amount),
  ...Charge,
  dailyMaximum: Type.Optional(Amount),
  idle: Type.Optional(
    closed(Charge, {
      description:
        'what each begun increment costs that a session lasts longer than its quantity, in seconds, says that it was used',
    }),
  ),
  ...afterRating,
})

/** The variants of an item by type; a metered type has one for registers and one for events. */
export const itemSchemas = {
  flat: [Flat],
  one_off: [OneOff],
  per_unit: metered('per_unit', { price: Price, block: Type.Optional(Quantity) }),
  package: metered('package', { price: Amount, size: Quantity }),
  graduated: metered('graduated', { tiers: tiersOf(Tier) }),
  volume: metered('volume', { tiers: tiersOf(Tier) }),
  stairstep: metered('stairstep', { tiers: tiersOf(Step) }),
  matrix: [Matrix],
  time_of_use: [TimeOfUse],
  session: [Session],
} as const

const Band = closed({
  id: Id,
  days: Type.Array(Type.Enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun', 'holiday']), {
    minItems: 1,
    maxItems: 8,
    uniqueItems: true,
    description: 'the days as "mon" to "sun" and "holiday"',
  }),
  from: TimeOfDay,
  to: TimeOfDay,
})
const Calendar = closed({
  bands: Type.Array(Band, { minItems: 1, maxItems: MAX_BANDS, description: `1 to ${MAX_BANDS} bands` }),
  otherwise: Id,
  holidays: Type.Optional(
    Type.Array(CivilDate, {
      maxItems: MAX_HOLIDAYS,
      uniqueItems: true,
      description: `at most ${MAX_HOLIDAYS} dates`,
    }),
  ),
})

const Currency = Type.Unsafe<CurrencyCode>(
  Type.String({ pattern: '^[A-Z]{3}$', description: 'a supported ISO 4217 code in capitals such as "EUR"' }),
)
const Rounding = Type.Unsafe<RoundingMode>(
  Type.Enum(['half_even', 'half_up', 'up', 'down'], {
    description: 'one of "half_even", "half_up", "up", "down"',
  }),
)

const Items = Type.Array(Type.Union(Object.values(itemSchemas).flat()), {
  minItems: 1,
  maxItems: MAX_ITEMS,
  description: `1 to ${MAX_ITEMS} items`,
})

/** Everything around the items. */
export const documentMembers = {
  currency: Currency,
  rounding: Type.Optional(Rounding),
  prices: Type.Optional(
    Type.Enum(['net', 'gross'], {
      description: '"net", before tax, or "gross", tax included; "net" if left out',
    }),
  ),
  calendars: Type.Optional(
    Type.Record(Id, Calendar, {
      ...named(20),
      description: 'at most 20 calendars by their ids',
    }),
  ),
  ...afterRating,
}

export const TariffDocumentSchema = closed(
  { ...documentMembers, items: Items },
  {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Tariff document',
    description: 'a JSON object: the prices of a tariff version',
  },
)

/** What has a name of its own in the published schema, apart from items and values. */
export const namedParts = { Scope, Discount, Tier, Step, Cell, Modifier, Band, Calendar } as const

type AnyItemSchema = (typeof itemSchemas)[keyof typeof itemSchemas][number]
export type TariffItem = Static<AnyItemSchema>
export type ItemType = TariffItem['type']
export type ItemOf<Kind extends ItemType> = Extract<TariffItem, { type: Kind }>
export type MeteredItem = ItemOf<'per_unit' | 'package' | 'graduated' | 'volume' | 'stairstep'>
export type FlatItem = ItemOf<'flat'>
export type OneOffItem = ItemOf<'one_off'>
export type MatrixItem = ItemOf<'matrix'>
export type TimeOfUseItem = ItemOf<'time_of_use'>
export type SessionItem = ItemOf<'session'>
export type TariffScope = Static<typeof Scope>
export type TariffDiscount = Static<typeof Discount>
export type TariffTier = Static<typeof Tier>
export type TariffCalendar = Static<typeof Calendar>

type Around = Static<ReturnType<typeof closed<typeof documentMembers>>>
export type TariffDocument = Omit<Around, 'rounding'> & {
  readonly rounding: RoundingMode
  readonly items: readonly TariffItem[]
}

function closed<Members extends TProperties>(members: Members, options: object = {}): TObject<Members> {
  return Type.Object(members, { additionalProperties: false, description: 'a JSON object here', ...options })
}
