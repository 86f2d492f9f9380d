/** Usage as the API shows it: exact quantities and, at each border, the readings they follow from. */
import { Type, type Static } from 'typebox'

import { assertInvariant, formatInstant } from '../../core/index.ts'
import type { RegisterAt, RegisterPoint, RegisterUsage } from '../../metering/index.ts'
import {
  closedObject,
  component,
  CounterNumber,
  DeviceIdText,
  Instant,
  nullable,
  presentInstant,
  RegisterName,
  WholeNumberText,
} from '../schema-parts.ts'
import type { UsageStep } from './cut-into-steps.ts'

export const UsageQuery = closedObject({
  register: RegisterName,
  from: Instant,
  to: Type.Optional(Type.String({ format: 'date-time', description: 'Exclusive; now if left out' })),
  step: Type.Optional(Type.Enum(['none', 'hour', 'day'], { description: '`none` if left out' })),
  timeZone: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 64,
      description: 'IANA name; needed with `step=day`, only there',
    }),
  ),
})

const PointComponent = component('RegisterPoint', {
  at: Instant,
  value: WholeNumberText,
  reading: nullable(closedObject({ epoch: CounterNumber, seq: CounterNumber })),
})

const BorderComponent = component('RegisterAt', {
  at: Instant,
  value: WholeNumberText,
  before: nullable(PointComponent.ref),
  after: nullable(PointComponent.ref),
  isEstimated: Type.Boolean(),
})

const StepComponent = component('UsageStep', {
  from: Instant,
  to: Instant,
  quantity: WholeNumberText,
  isEstimated: Type.Boolean({ description: 'True when a border lies in a gap that had to be estimated' }),
  start: BorderComponent.ref,
  end: BorderComponent.ref,
})

export const UsageComponent = component('Usage', {
  deviceId: DeviceIdText,
  register: RegisterName,
  unit: Type.String(),
  from: Instant,
  to: Instant,
  step: Type.Enum(['none', 'hour', 'day']),
  timeZone: nullable(Type.String()),
  quantity: WholeNumberText,
  knownUntil: nullable(Instant),
  steps: Type.Array(StepComponent.ref),
})

export const usageComponents = [PointComponent, BorderComponent, StepComponent, UsageComponent]

/** `steps` tile the span in order, so the quantity is the last step's end minus the first step's start. */
export function presentUsage(
  steps: readonly RegisterUsage[],
  asked: { readonly step: Exclude<UsageStep, 'quarter_hour'>; readonly timeZone: string | undefined },
): Static<typeof UsageComponent.schema> {
  const first = steps[0]
  const last = steps.at(-1)
  assertInvariant(first !== undefined && last !== undefined, 'A usage answer has at least one step.')
  return {
    deviceId: first.deviceId,
    register: first.register,
    unit: first.unit,
    from: formatInstant(first.from),
    to: formatInstant(last.to),
    step: asked.step,
    timeZone: asked.timeZone ?? null,
    quantity: (last.end.value - first.start.value).toString(),
    knownUntil: presentInstant(last.knownUntil),
    steps: steps.map(presentStep),
  }
}

function presentStep(usage: RegisterUsage): Static<typeof StepComponent.schema> {
  return {
    from: formatInstant(usage.from),
    to: formatInstant(usage.to),
    quantity: usage.quantity.toString(),
    isEstimated: usage.start.isEstimated || usage.end.isEstimated,
    start: presentBorder(usage.start),
    end: presentBorder(usage.end),
  }
}

function presentBorder(border: RegisterAt): Static<typeof BorderComponent.schema> {
  return {
    at: formatInstant(border.at),
    value: border.value.toString(),
    before: presentPoint(border.before),
    after: presentPoint(border.after),
    isEstimated: border.isEstimated,
  }
}

function presentPoint(point: RegisterPoint | undefined): Static<typeof PointComponent.schema> | null {
  if (point === undefined) return null
  const { reading } = point
  return {
    at: formatInstant(point.at),
    value: point.value.toString(),
    reading: reading === undefined ? null : { epoch: reading.epoch, seq: reading.seq },
  }
}
