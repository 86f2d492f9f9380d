/** Metrics as the API takes and shows them: exact quantities, with what is estimated told apart. */
import { Type, type Static } from 'typebox'

import { formatInstant, MAX_LABELS_PER_EVENT, MAX_TEXT_LENGTH } from '../../core/index.ts'
import type { MetricResult } from '../../metering/index.ts'
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
  withExample,
} from '../schema-parts.ts'

const MAX_METRIC_QUERIES = 50

const LabelText = Type.String({ maxLength: MAX_TEXT_LENGTH })

const MetricSchema = closedObject({
  source: Type.Union([closedObject({ register: RegisterName }), closedObject({ eventType: RegisterName })]),
  aggregation: Type.Enum(['sum', 'count', 'max', 'unique_days', 'unique', 'latest'], {
    description:
      'Registers: `sum` (advance), `max` (largest advance in one 15-minute UTC slot), `unique_days`, `latest`. Events: `sum` (of quantities), `count`, `unique_days`, `unique` (values of `label`), `latest`',
  }),
  labels: Type.Optional(
    Type.Record(RegisterName, Type.Array(LabelText, { minItems: 1, maxItems: 64 }), {
      additionalProperties: false,
      maxProperties: MAX_LABELS_PER_EVENT,
      description: 'Only events that carry one of the texts under each of these labels',
    }),
  ),
  label: Type.Optional(RegisterName),
  timeZone: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 64,
      description: 'IANA name; needed for `unique_days`, only there',
    }),
  ),
})

export const ReadMetricsBody = withExample(
  closedObject({
    queries: Type.Array(
      closedObject({
        deviceId: DeviceIdText,
        metric: MetricSchema,
        from: Instant,
        to: Type.Optional(Type.String({ format: 'date-time', description: 'Exclusive; now if left out' })),
        cutoffAt: Type.Optional(
          Type.String({
            format: 'date-time',
            description: 'When the rules for sessions with a lost end are asked; now if left out',
          }),
        ),
      }),
      { minItems: 1, maxItems: MAX_METRIC_QUERIES },
    ),
  }),
  {
    queries: [
      {
        deviceId: 'drill-1',
        metric: { source: { register: 'run_s' }, aggregation: 'sum' },
        from: '2026-11-01T00:00:00Z',
      },
    ],
  },
)

const MetricResultComponent = component('MetricResult', {
  deviceId: DeviceIdText,
  from: Instant,
  to: Instant,
  cutoffAt: Instant,
  quantity: nullable(WholeNumberText),
  estimatedQuantity: WholeNumberText,
  excludedQuantity: WholeNumberText,
  unit: nullable(Type.String()),
  slotAt: nullable(Instant),
  labelText: nullable(LabelText),
  openSessions: CounterNumber,
  knownUntil: nullable(Instant),
})

export const MetricResultsComponent = component('MetricResults', {
  results: Type.Array(MetricResultComponent.ref),
})

export const metricComponents = [MetricResultComponent, MetricResultsComponent]

export function presentMetric(result: MetricResult): Static<typeof MetricResultComponent.schema> {
  return {
    deviceId: result.deviceId,
    from: formatInstant(result.from),
    to: formatInstant(result.to),
    cutoffAt: formatInstant(result.cutoffAt),
    quantity: result.quantity?.toString() ?? null,
    estimatedQuantity: result.estimatedQuantity.toString(),
    excludedQuantity: result.excludedQuantity.toString(),
    unit: result.unit ?? null,
    slotAt: presentInstant(result.slotAt),
    labelText: result.labelText ?? null,
    openSessions: result.openSessions,
    knownUntil: presentInstant(result.knownUntil),
  }
}
