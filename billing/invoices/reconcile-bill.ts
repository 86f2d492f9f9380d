/**
 * The last check before a bill is issued: register advance = stored usage = rated quantity = invoice quantity, to the unit. Pure; a difference
 * is a fault of the program, and holds the invoice instead of billing it.
 *
 * What was rated is compared with what metering pinned when it is pinned (`pin-usage.ts`). Here: for each device and register the rated spans follow
 * each other, and what is not billable by rule, without gap or overlap over the whole time that the contract has the device in the
 * period and a version prices the register, each begins with the value that the one before it ended with, their quantities add up to
 * the advance of the register, and every record is in a line.
 */
import { assertInvariant, formatInstant } from '../../core/index.ts'
import { billingErrors } from '../errors.ts'
import type { RatedLine, RatingInput, UsageRecord } from '../rating/rating-types.ts'
import { intersect, subtract } from '../spans.ts'
import { pricedSources } from '../tariffs/priced-sources.ts'
import type { PeriodRating } from './rate-period.ts'

type CheckedBill = Pick<PeriodRating, 'period' | 'basis' | 'notBillable'> & {
  readonly inputs: readonly Pick<RatingInput, 'usage'>[]
  readonly lines: readonly RatedLine[]
}

/** @throws AppError `billing_not_reconciled` */
export function assertReconciled({ period, basis, inputs, lines, notBillable }: CheckedBill): void {
  const usage = inputs.flatMap((input) => input.usage)
  const inLines = new Set(lines.flatMap(({ explanation }) => explanation.usage.map(keyOf)))
  const missing = usage.find((record) => !inLines.has(keyOf(record)))
  if (missing !== undefined) refuse(missing, 'is in no line')
  const accounted: readonly UsageRecord[] = [...usage, ...notBillable]
  for (const records of Map.groupBy(
    accounted,
    ({ deviceId, register }) => `${deviceId} ${register}`,
  ).values()) {
    const [{ deviceId, register }] = records as [UsageRecord]
    const unpriced = basis.versions.filter(
      ({ document }) => !pricedSources(document).registers.includes(register),
    )
    const spans = basis.assignments
      .filter((assignment) => assignment.deviceId === deviceId)
      .flatMap(({ from, to }) => intersect({ from, to: to ?? Infinity }, period) ?? [])
      .flatMap((span) => subtract(span, unpriced))
    for (const span of spans) {
      assertAddsUp(
        records
          .filter(({ from }) => from >= span.from && from < span.to)
          .toSorted((left, right) => left.from - right.from),
        span.to,
      )
    }
  }
}

function assertAddsUp(records: readonly UsageRecord[], endsAt: number): void {
  const [first, last] = [records.at(0), records.at(-1)]
  if (first === undefined || last === undefined) return
  for (const [index, record] of records.entries()) {
    if (record.quantity !== record.end.value - record.start.value) refuse(record, 'is not the advance')
    const before = records[index - 1]
    if (before === undefined) continue
    if (before.to !== record.from || before.end.value !== record.start.value) {
      refuse(record, 'does not follow the usage before it')
    }
  }
  if (last.to !== endsAt) refuse(last, `does not reach ${formatInstant(endsAt)}`)
  const sum = records.reduce((total, { quantity }) => total + quantity, 0n)
  assertInvariant(sum === last.end.value - first.start.value, 'Advances that follow each other add up.')
}

function refuse({ deviceId, register, from, to }: UsageRecord, what: string): never {
  throw billingErrors.billing_not_reconciled(
    `Report this to whoever runs the installation: usage of ${register} of device ${deviceId} from ${formatInstant(from)} to ${formatInstant(to)} ${what}. The invoice waits and nothing is billed wrongly.`,
  )
}

function keyOf({ deviceId, register, from, to, quantity }: UsageRecord): string {
  return `${deviceId} ${register} ${from} ${to} ${quantity}`
}
