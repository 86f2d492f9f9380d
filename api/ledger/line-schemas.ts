/**
 * A line of a bill as the API shows it: the amount, and why it is that. The explanation is data that anybody can add up, and a
 * sentence in English and German; the English one of an invoice is frozen with it.
 */
import { Type, type Static, type TProperties } from 'typebox'

import { formatLine, sayLine, type RatedLine } from '../../billing/index.ts'
import { moneyOf, moneyToDecimal } from '../../core/index.ts'
import {
  closedObject,
  component,
  CounterNumber,
  DeviceIdText,
  ExactNumberText,
  Instant,
  nullable,
  PeriodComponent,
  unionComponent,
  WholeNumberText,
} from '../schema-parts.ts'

export const AmountMajor = Type.String({ description: 'Major units: "4.90"' })
export const AmountMinor = Type.String({ pattern: '^-?(0|[1-9][0-9]*)$', description: 'Minor units: "490"' })
export const Currency = Type.String({ pattern: '^[A-Z]{3}$' })
const Price = Type.String({ description: 'Major units, exact: "0.12"' })
const Labels = Type.Record(Type.String(), Type.String())

const EvidencePointComponent = component('EvidencePoint', {
  at: Instant,
  value: WholeNumberText,
  epoch: nullable(CounterNumber),
  seq: nullable(CounterNumber),
})

const EvidenceBorderComponent = component('EvidenceBorder', {
  at: Instant,
  value: WholeNumberText,
  before: nullable(EvidencePointComponent.ref),
  after: nullable(EvidencePointComponent.ref),
  isEstimated: Type.Boolean(),
})

const ofRegister = {
  deviceId: DeviceIdText,
  register: Type.String(),
  unit: Type.String(),
  from: Instant,
  to: Instant,
  quantity: WholeNumberText,
}

const UsageRecordComponent = component('UsageRecord', {
  ...ofRegister,
  start: EvidenceBorderComponent.ref,
  end: EvidenceBorderComponent.ref,
})

const PeakRecordComponent = component('PeakRecord', {
  ...ofRegister,
  at: nullable(Instant),
})

const EventRecordComponent = component('EventRecord', {
  deviceId: DeviceIdText,
  id: Type.String(),
  type: Type.String(),
  from: Instant,
  to: Instant,
  quantity: WholeNumberText,
  labels: Labels,
})

function step<Kind extends string, Members extends TProperties>(kind: Kind, members: Members) {
  return closedObject({ kind: Type.Literal(kind), ...members, amount: ExactNumberText })
}

const Share = closedObject({
  part: ExactNumberText,
  whole: ExactNumberText,
  measure: Type.Enum(['day', 'second']),
})

/** One for each kind of `RatingStep`; their amounts add up to the line's unrounded amount. */
const StepComponent = unionComponent('LineStep', [
  step('fee', { price: Price, share: nullable(Share) }),
  step('once', { price: Price, at: Instant }),
  step('refund', { price: Price, at: Instant }),
  step('free_units', { description: Type.String(), quantity: ExactNumberText }),
  step('included', { included: ExactNumberText, used: ExactNumberText }),
  step('units', { quantity: ExactNumberText, price: Price, block: nullable(ExactNumberText) }),
  step('packages', { count: ExactNumberText, size: ExactNumberText, price: Price }),
  step('tier', {
    above: ExactNumberText,
    upTo: nullable(ExactNumberText),
    quantity: ExactNumberText,
    price: Price,
    flat: Price,
  }),
  step('cell', { labels: Labels, quantity: ExactNumberText, price: Price }),
  step('band', { band: Type.String(), quantity: ExactNumberText, price: Price }),
  step('session', {
    deviceId: DeviceIdText,
    eventId: Type.String(),
    seconds: ExactNumberText,
    increments: ExactNumberText,
    idleIncrements: ExactNumberText,
  }),
  step('daily_maximum', { deviceId: DeviceIdText, on: Type.String({ format: 'date' }) }),
  step('charged_before', {}),
  step('billed_before', { documents: Type.String(), quantity: ExactNumberText }),
  step('prorated', { share: ExactNumberText }),
  step('manual', { reason: Type.String({ description: 'Why a person put it on the bill' }) }),
  step('discount', { description: Type.String() }),
  step('minimum', { minimum: ExactNumberText }),
  step('maximum', { maximum: ExactNumberText }),
])

const Member = Type.Union(
  [
    closedObject({ kind: Type.Literal('contract') }),
    closedObject({ kind: Type.Enum(['device', 'site', 'tag']), id: Type.String() }),
  ],
  { description: 'Whose line it is: the whole contract’s, or one device’s, site’s or tag’s' },
)

export const LineComponent = component('Line', {
  itemId: Type.String(),
  description: Type.String(),
  quantity: ExactNumberText,
  unit: Type.String(),
  unitPrice: nullable(
    Type.String({ description: 'Null where no single price explains the amount; see the steps' }),
  ),
  currency: Currency,
  taxCategory: Type.String(),
  unroundedAmount: ExactNumberText,
  amount: AmountMajor,
  amountMinor: AmountMinor,
  sentence: Type.String({ description: 'In English; frozen with an invoice' }),
  sentences: closedObject({ en: Type.String(), de: Type.String() }),
  explanation: closedObject({
    tariffVersionId: Type.String(),
    period: PeriodComponent.ref,
    rounding: Type.Enum(['half_even', 'half_up', 'up', 'down']),
    member: Member,
    steps: Type.Array(StepComponent.ref, { description: 'Their amounts add up to the unrounded amount' }),
    usage: Type.Array(UsageRecordComponent.ref),
    peaks: Type.Array(PeakRecordComponent.ref),
    events: Type.Array(EventRecordComponent.ref),
    allocation: Type.Array(closedObject({ deviceId: DeviceIdText, amountMinor: AmountMinor }), {
      description: 'The devices’ parts of the amount of a pool',
    }),
  }),
})

export const lineComponents = [
  EvidencePointComponent,
  EvidenceBorderComponent,
  UsageRecordComponent,
  PeakRecordComponent,
  EventRecordComponent,
  StepComponent,
  LineComponent,
]

export function presentLine(line: RatedLine): Static<typeof LineComponent.schema> {
  const { explanation, ...members } = formatLine(line)
  return {
    ...members,
    amount: moneyToDecimal(moneyOf(line.amountMinor, line.currency)),
    sentences: { en: line.sentence, de: sayGerman(line) },
    explanation: {
      ...explanation,
      rounding: line.explanation.rounding,
      steps: [...explanation.steps],
      usage: [...explanation.usage],
      peaks: [...explanation.peaks],
      events: [...explanation.events],
      allocation: [...explanation.allocation],
    },
  }
}

/** Lines from before explanations had steps have their frozen sentence only. */
function sayGerman(line: RatedLine): string {
  const { steps, usage } = line.explanation
  const isOld = steps.length === 0 && (usage.length > 0 || line.unit === 'period')
  return isOld ? line.sentence : sayLine(line, 'de')
}
