/**
 * The one way from a contract and a cutoff to lines: live bill, draft and reconciliation all go through here, so at one
 * cutoff they cannot disagree (I6).
 *
 * Fees in advance are charged with the period before theirs, and those of the contract's first period with itself.
 */
import {
  coreErrors,
  moneyOf,
  sumMoney,
  zoneOffsets,
  type CurrencyCode,
  type InvoiceId,
  type Period,
} from '../../core/index.ts'
import type { BillingContext } from '../billing-context.ts'
import type { Contract, HeldUsage } from '../billing-types.ts'
import { nextPeriodOf, wholePeriodOf, zoneOfPeriodAt } from '../contracts/contract-periods.ts'
import { ratingErrors } from '../rating/errors.ts'
import { rate } from '../rating/rate.ts'
import type {
  AssignedDevice,
  RatedLine,
  RatingFacts,
  UsageRecord,
  VersionInForce,
} from '../rating/rating-types.ts'
import { assignedDevices } from './assigned-devices.ts'
import { readRatingBasis, type RatingBasis } from './rating-basis.ts'
import { usageOfContract } from './usage-of-contract.ts'

export type PeriodRating = {
  readonly contract: Contract
  readonly period: Period
  readonly cutoffAt: number
  readonly currency: CurrencyCode
  readonly lines: readonly RatedLine[]
  readonly totalMinor: bigint
  readonly held: readonly HeldUsage[]
  readonly unreportedDevices: readonly string[]
  readonly basis: RatingBasis
  /** The usage that was rated, whether a line names it or not. */
  readonly usage: readonly UsageRecord[]
}

/** @throws AppError whatever stops an invoice: missing tariff, price or currency (I8), unknown device or register */
export async function ratePeriod(
  context: Pick<BillingContext, 'ledger' | 'metering' | 'clock'>,
  contract: Contract,
  period: Period,
  cutoffAt: number,
  /** The invoice that the period is issued anew for. */
  replaces?: InvoiceId,
): Promise<PeriodRating> {
  const basis = await readRatingBasis(context.ledger, contract, period, replaces)
  const [first] = basis.versions
  if (first === undefined) {
    throw ratingErrors.tariff_not_in_force(
      `Publish a version of the tariff of contract ${contract.id}: none is in force in the period.`,
    )
  }
  const { currency } = first.document
  const devices = await assignedDevices(context.metering, contract, basis)
  const facts = { ...factsOf(contract, period, devices), cutoffAt }
  const { held, unreportedDevices, ...usage } = await usageOfContract(context, contract, basis, facts)
  const rated = rate({ versions: basis.versions, ...usage, opening: {}, facts })
  const lines = [...rated.lines, ...linesInAdvance(contract, period, devices, basis)]
  assertCurrency(lines, currency)
  const amounts = lines.map((line) => moneyOf(line.amountMinor, line.currency))
  const totalMinor = sumMoney(amounts, currency).amountMinor
  const { usage: records } = usage
  return {
    contract,
    period,
    cutoffAt,
    currency,
    lines,
    totalMinor,
    held,
    unreportedDevices,
    basis,
    usage: records,
  }
}

function factsOf(contract: Contract, period: Period, devices: readonly AssignedDevice[]): RatingFacts {
  const { startsAt, endsAt } = contract
  const timeZone = zoneOfPeriodAt(contract, period.from)
  const wholePeriod = wholePeriodOf(contract, period)
  return {
    period,
    wholePeriod,
    timeZone,
    offsets: zoneOffsets(timeZone, wholePeriod),
    cutoffAt: period.to,
    charged: 'in_arrears',
    contract: { from: startsAt, to: endsAt },
    devices,
  }
}

function linesInAdvance(
  contract: Contract,
  period: Period,
  devices: readonly AssignedDevice[],
  { versions, upcoming }: RatingBasis,
): readonly RatedLine[] {
  const next = nextPeriodOf(contract, period)
  const charged: readonly { readonly of: Period; readonly versions: readonly VersionInForce[] }[] = [
    ...(period.from === contract.startsAt ? [{ of: period, versions }] : []),
    ...(next === undefined ? [] : [{ of: next, versions: upcoming }]),
  ]
  return charged.filter(hasFeesInAdvance).flatMap((advance) => {
    const facts = { ...factsOf(contract, advance.of, devices), charged: 'in_advance' as const }
    const nothing = { usage: [], peaks: [], events: [], opening: {} }
    return rate({ versions: advance.versions, ...nothing, facts }).lines
  })
}

function hasFeesInAdvance({ versions }: { readonly versions: readonly VersionInForce[] }): boolean {
  return versions.some(({ document }) =>
    document.items.some((item) => item.type === 'flat' && item.charged === 'in_advance'),
  )
}

/** Within a period `rate` sees to it. */
function assertCurrency(lines: readonly RatedLine[], currency: CurrencyCode): void {
  const other = lines.find((line) => line.currency !== currency)
  if (other === undefined) return
  throw coreErrors.currency_mismatch(
    `Charge "${other.description}" in arrears where the currency changes: one bill cannot be in ${currency} and in ${other.currency}.`,
  )
}
