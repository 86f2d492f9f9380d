/**
 * When a device ran: steps between accepted points in which a register advanced, merged where one follows the other.
 *
 * Points inside a slot of 15 minutes may have been left out by whoever walks them, so pauses shorter than that may not
 * show. Usage outside the span is cut off by the register's spread, like everywhere else.
 */
import type { Period } from '../../core/index.ts'
import type { MetricPoint } from '../metrics/metered-slots.ts'
import type { RunSession } from '../metering-types.ts'
import { isEstimatedStep, registerValueAt, type SpreadRule } from './register-spread.ts'

type Session = Omit<RunSession, 'register'>

export function* runSessions(
  points: Iterable<MetricPoint>,
  span: Period,
  definition: SpreadRule,
): Generator<Session> {
  let before: MetricPoint | undefined
  let session: Session | undefined
  for (const after of points) {
    const step = before === undefined ? undefined : stepOf(before, after, span, after.rule ?? definition)
    before = after
    if (step === undefined) continue
    if (session !== undefined && step.from === session.to) {
      session = {
        from: session.from,
        to: step.to,
        quantity: session.quantity + step.quantity,
        isEstimated: session.isEstimated || step.isEstimated,
      }
      continue
    }
    if (session !== undefined) yield session
    session = step
  }
  if (session !== undefined) yield session
}

function stepOf(
  before: MetricPoint,
  after: MetricPoint,
  span: Period,
  rule: SpreadRule,
): Session | undefined {
  const from = Math.max(before.at, span.from)
  const to = Math.min(after.at, span.to)
  if (from >= to) return undefined
  const valueAt = (at: number) =>
    at >= after.at ? after.value : (registerValueAt(at, before, after, rule) ?? before.value)
  const quantity = valueAt(to) - valueAt(from)
  if (quantity <= 0n) return undefined
  return { from, to, quantity, isEstimated: isEstimatedStep(before, after, rule) }
}
