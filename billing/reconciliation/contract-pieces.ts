/**
 * What became of a contract's time within a span, period by period: rated (an invoice's frozen lines, or the lines that
 * the period has so far), or held because no bill can be made of it.
 */
import { AppError, type ManufacturerId, type Period } from '../../core/index.ts'
import { tenantLedger } from '../../db/index.ts'
import type { BillingContext } from '../billing-context.ts'
import type { Contract, HeldUsage } from '../billing-types.ts'
import { contractPeriods } from '../contracts/contract-periods.ts'
import { selectContracts, toContract } from '../contracts/contracts.ts'
import { sourcesOfDevices } from '../contracts/device-sources.ts'
import { standingLines } from '../invoices/correction-lines.ts'
import { readBilled } from '../invoices/corrections-of-contract.ts'
import { findInvoiceOfPeriod, toInvoices } from '../invoices/invoice-rows.ts'
import { readNotBillableRuns, type NotBillableRun } from '../invoices/not-billable-runs.ts'
import { ratePeriod } from '../invoices/rate-period.ts'
import { readRatingBasis } from '../invoices/rating-basis.ts'
import { selectInvoices } from '../invoices/read-invoices.ts'
import type { RatedLine, UsageRecord, VersionInForce } from '../rating/rating-types.ts'
import { intersect } from '../spans.ts'
import { readVersionsInForce } from '../tariffs/tariff-versions.ts'

export type ContractPiece =
  | {
      readonly kind: 'rated'
      readonly span: Period
      readonly versions: readonly VersionInForce[]
      readonly records: readonly UsageRecord[]
      readonly held: readonly HeldUsage[]
      /** When its devices ran for service or tests, by what metering says now. */
      readonly runs: readonly NotBillableRun[]
    }
  | { readonly kind: 'held'; readonly span: Period }

/** The pieces of every contract of the manufacturer, by contract id. */
export async function readContractPieces(
  context: BillingContext,
  manufacturerId: ManufacturerId,
  span: Period,
): Promise<ReadonlyMap<string, readonly ContractPiece[]>> {
  const rows = await selectContracts(tenantLedger(context.ledger, manufacturerId)).execute()
  const pieces = new Map<string, readonly ContractPiece[]>()
  for (const contract of rows.map(toContract)) {
    pieces.set(contract.id, await piecesOfContract(context, contract, span))
  }
  return pieces
}

async function piecesOfContract(
  context: BillingContext,
  contract: Contract,
  span: Period,
): Promise<readonly ContractPiece[]> {
  const pieces: ContractPiece[] = []
  for (const period of contractPeriods(contract, span)) {
    const part = intersect(period, span)
    if (part !== undefined) pieces.push(await pieceOfPeriod(context, contract, period, part))
  }
  return pieces
}

async function pieceOfPeriod(
  context: BillingContext,
  contract: Contract,
  period: Period,
  span: Period,
): Promise<ContractPiece> {
  const { ledger } = context
  const versions = await readVersionsInForce(ledger, contract, period)
  const invoiceId = await findInvoiceOfPeriod(ledger, contract.id, period.from)
  const runs = await runsOfContract(context, contract, period, span)
  if (invoiceId !== undefined) {
    const query = selectInvoices(tenantLedger(ledger, contract.manufacturerId))
    const [invoice] = await toInvoices(ledger, await query.where('invoices.id', '=', invoiceId).execute())
    if (invoice === undefined || invoice.status === 'void') return { kind: 'held', span }
    const standing = standingLines(await readBilled(ledger, contract, invoice))
    return { kind: 'rated', span, versions, records: recordsOf(standing), held: [], runs }
  }
  try {
    const { lines, held } = await ratePeriod(context, contract, period, span.to)
    return { kind: 'rated', span, versions, records: recordsOf(lines), held: held.filter(isAdvance), runs }
  } catch (error) {
    if (error instanceof AppError && error.kind !== 'dependency') return { kind: 'held', span }
    throw error
  }
}

async function runsOfContract(
  context: BillingContext,
  contract: Contract,
  period: Period,
  span: Period,
): Promise<readonly NotBillableRun[]> {
  const { assignments } = await readRatingBasis(context.ledger, contract, period)
  const deviceIds = [...new Set(assignments.map(({ deviceId }) => deviceId))]
  const sources = await sourcesOfDevices(context.metering, contract.manufacturerId, deviceIds)
  const spans = assignments.flatMap(({ deviceId, from, to }) => {
    const part = intersect({ from, to: to ?? Infinity }, span)
    const { notBillable = [] } = sources.get(deviceId) ?? {}
    return part === undefined ? [] : [{ deviceId, notBillable, ...part }]
  })
  return (await readNotBillableRuns(context, spans)).runs
}

/** Each once: a document has one price for a register's advance. */
function recordsOf(lines: readonly RatedLine[]): readonly UsageRecord[] {
  return lines.flatMap((line) => line.explanation.usage)
}

/** A peak that is not known holds no unit of the register's advance. */
function isAdvance({ code }: HeldUsage): boolean {
  return code !== 'peak_not_measured'
}
