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
  type DeviceId,
  type InvoiceId,
  type Period,
} from '../../core/index.ts'
import type { BillingContext } from '../billing-context.ts'
import type { Contract, HeldUsage } from '../billing-types.ts'
import { nextPeriodOf, wholePeriodOf, zoneOfPeriodAt } from '../contracts/contract-periods.ts'
import { pausesWithin } from '../contracts/pause-rows.ts'
import { isChargedInAdvance } from '../rating/document-terms.ts'
import { ratingErrors } from '../rating/errors.ts'
import { rate } from '../rating/rate.ts'
import type {
  AssignedDevice,
  RatedLine,
  RatingFacts,
  RatingInput,
  UsageRecord,
  VersionInForce,
} from '../rating/rating-types.ts'
import { assignedDevices, type DeviceHome } from './assigned-devices.ts'
import { readRatingBasis, type RatingBasis } from './rating-basis.ts'
import { usageOfContract, type NotBillableRecord } from './usage-of-contract.ts'

export type PeriodRating = {
  readonly contract: Contract
  readonly period: Period
  readonly cutoffAt: number
  readonly currency: CurrencyCode
  /** What `rate` was given: for the period, and for each that fees in advance are charged for. All lines come from these. */
  readonly inputs: readonly RatingInput[]
  readonly lines: readonly RatedLine[]
  /** The sum of the lines; what is to be paid follows with the tax. */
  readonly linesMinor: bigint
  readonly held: readonly HeldUsage[]
  /** Usage that is in no line by rule. */
  readonly notBillable: readonly NotBillableRecord[]
  readonly unreportedDevices: readonly string[]
  /** True if a session may turn out to have ended in the period, without anything that arrives. */
  readonly mayStillEnd: boolean
  readonly basis: RatingBasis
}

/** What the bill rests on, if not what the ledger says; or the invoice that the period is issued anew for. */
export type BasisChoice = {
  readonly basis?: RatingBasis
  readonly replaces?: InvoiceId
  /** Where the devices were when the period was billed. */
  readonly readBilledHomes?: () => Promise<ReadonlyMap<DeviceId, DeviceHome>>
}

/** The usage that was rated, whether a line names it or not. */
export function ratedUsage({ inputs }: Pick<PeriodRating, 'inputs'>): readonly UsageRecord[] {
  return inputs.flatMap(({ usage }) => usage)
}

/**
 * The basis is what the ledger says, unless somebody asks what another tariff would have cost.
 * @throws AppError whatever stops an invoice: missing tariff, price or currency (I8), unknown device or register
 */
export async function ratePeriod(
  context: Pick<BillingContext, 'ledger' | 'metering' | 'clock'>,
  contract: Contract,
  period: Period,
  cutoffAt: number,
  { basis: given, replaces, readBilledHomes }: BasisChoice = {},
): Promise<PeriodRating> {
  const basis = given ?? (await readRatingBasis(context.ledger, contract, period, replaces))
  const [first] = basis.versions
  if (first === undefined) {
    throw ratingErrors.tariff_not_in_force(
      `Publish a version of the tariff of contract ${contract.id}: none is in force in the period.`,
    )
  }
  const { currency } = first.document
  const devices = await assignedDevices(context.metering, contract, basis, readBilledHomes)
  const facts = { ...factsOf(contract, period, devices, basis), cutoffAt }
  const { held, notBillable, unreportedDevices, mayStillEnd, ...usage } = await usageOfContract(
    context,
    contract,
    basis,
    facts,
  )
  const inputs = [
    { versions: basis.versions, ...usage, opening: {}, facts },
    ...inputsInAdvance(contract, period, devices, basis),
  ]
  const lines = inputs.flatMap((input) => rate(input).lines)
  assertCurrency(lines, currency)
  const amounts = lines.map((line) => moneyOf(line.amountMinor, line.currency))
  const linesMinor = sumMoney(amounts, currency).amountMinor
  const rated = { contract, period, cutoffAt, currency, inputs, lines, linesMinor }
  return { ...rated, held, notBillable, unreportedDevices, mayStillEnd, basis }
}

function factsOf(
  contract: Contract,
  period: Period,
  devices: readonly AssignedDevice[],
  basis: RatingBasis,
): RatingFacts {
  const { startsAt, endsAt } = contract
  const timeZone = zoneOfPeriodAt(contract, period.from)
  const wholePeriod = wholePeriodOf(contract, period)
  return {
    period,
    wholePeriod,
    timeZone,
    offsets: zoneOffsets(timeZone, {
      from: basis.versions.some(hasDatedDeposit) ? Math.min(startsAt, wholePeriod.from) : wholePeriod.from,
      to: wholePeriod.to,
    }),
    cutoffAt: period.to,
    charged: 'in_arrears',
    contract: { from: startsAt, to: endsAt },
    devices,
    pauses: pausesWithin(basis, period),
  }
}

function inputsInAdvance(
  contract: Contract,
  period: Period,
  devices: readonly AssignedDevice[],
  basis: RatingBasis,
): readonly RatingInput[] {
  const { versions, upcoming } = basis
  const next = nextPeriodOf(contract, period)
  const charged: readonly { readonly of: Period; readonly versions: readonly VersionInForce[] }[] = [
    ...(period.from === contract.startsAt ? [{ of: period, versions }] : []),
    ...(next === undefined ? [] : [{ of: next, versions: upcoming }]),
  ]
  return charged.filter(hasFeesInAdvance).map((advance) => {
    const facts = { ...factsOf(contract, advance.of, devices, basis), charged: 'in_advance' as const }
    const nothing = { usage: [], peaks: [], events: [], opening: {} }
    return { versions: advance.versions, ...nothing, facts }
  })
}

function hasFeesInAdvance({ versions }: { readonly versions: readonly VersionInForce[] }): boolean {
  return versions.some(({ document }) => document.items.some(isChargedInAdvance))
}

/** Whether it is given back depends on who was there on a day that may lie in any period before. */
function hasDatedDeposit({ document }: VersionInForce): boolean {
  return document.items.some(
    (item) => item.type === 'one_off' && item.refundedOn !== undefined && item.on !== 'start',
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
