/** Which metrics make sense. Checked before anything is read, so that a metric means one thing or is refused. */
import { assertTimeZone, type InputIssue, type Period } from '../../core/index.ts'
import { meteringErrors } from '../errors.ts'
import type { EventsQuery, Metric, MetricAggregation, MetricQuery } from '../metric-types.ts'

/** Reading a register slot by slot costs time per slot; a year and a month is more than any bill needs. */
const MAX_METRIC_SPAN_MS = 400 * 86_400_000

const ofRegisters: readonly MetricAggregation[] = ['sum', 'max', 'unique_days', 'latest']
const ofEvents: readonly MetricAggregation[] = ['sum', 'count', 'unique_days', 'unique', 'latest']

/** @throws AppError `metric_invalid`, `time_zone_unknown`, `usage_span_invalid`, `metric_span_too_long` */
export function assertMetricQueriesValid(queries: readonly MetricQuery[]): void {
  for (const [index, { metric, from, to }] of queries.entries()) {
    const pointer = `/queries/${index}`
    assertSpanValid({ from, to }, pointer)
    if (to - from > MAX_METRIC_SPAN_MS) {
      const detail = 'Ask for at most 400 days at once; sums and counts of shorter spans add up.'
      throw meteringErrors.metric_span_too_long(detail, { issues: [{ detail, pointer: `${pointer}/to` }] })
    }
    const problem = findMetricProblem(metric)
    if (problem !== undefined) {
      const issue = { detail: problem.detail, pointer: `${pointer}/metric${problem.pointer}` }
      throw meteringErrors.metric_invalid(problem.detail, { issues: [issue] })
    }
    if (metric.timeZone !== undefined) assertTimeZone(metric.timeZone)
  }
}

/** @throws AppError `usage_span_invalid` */
export function assertEventsQueriesValid(queries: readonly EventsQuery[]): void {
  for (const [index, query] of queries.entries()) assertSpanValid(query, `/queries/${index}`)
}

function assertSpanValid({ from, to }: Period, pointer: string): void {
  if (to >= from) return
  const detail = 'Let "from" be before "to".'
  throw meteringErrors.usage_span_invalid(detail, { issues: [{ detail, pointer: `${pointer}/to` }] })
}

/** What is wrong with the metric, with the pointer of the member; undefined if nothing is. */
function findMetricProblem(metric: Metric): InputIssue | undefined {
  const { source, aggregation, labels, label, timeZone } = metric
  const isOfRegister = 'register' in source
  const offered = isOfRegister ? ofRegisters : ofEvents
  if (!offered.includes(aggregation)) {
    const kind = isOfRegister ? 'a register' : 'events'
    return { detail: `The aggregations of ${kind} are ${offered.join(', ')}.`, pointer: '/aggregation' }
  }
  if (isOfRegister && labels !== undefined) {
    return { detail: 'Only events have labels; leave "labels" out.', pointer: '/labels' }
  }
  if (Object.values(labels ?? {}).some((texts) => texts.length === 0)) {
    return { detail: 'Give each label to filter by at least one text.', pointer: '/labels' }
  }
  if (aggregation === 'unique' && label === undefined) {
    return { detail: 'Say which "label" to count the values of.', pointer: '/label' }
  }
  const takesLabel = aggregation === 'unique' || (aggregation === 'latest' && !isOfRegister)
  if (label !== undefined && !takesLabel) {
    return { detail: 'Only "unique" and "latest" of events take a "label".', pointer: '/label' }
  }
  if (aggregation === 'unique_days' && timeZone === undefined) {
    return { detail: 'Say in which "timeZone" a day begins.', pointer: '/timeZone' }
  }
  if (timeZone !== undefined && aggregation !== 'unique_days') {
    return { detail: 'Only "unique_days" takes a "timeZone".', pointer: '/timeZone' }
  }
  return undefined
}
