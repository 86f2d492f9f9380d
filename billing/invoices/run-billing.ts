/**
 * The billing run: closes every period that has ended, contract by contract, in order of time.
 *
 * May run again at any moment and beside another run; a period is closed once. A contract that cannot be billed waits
 * at its first open period with a code and a sentence, and does not stop the others.
 */
import {
  AppError,
  formatInstant,
  InvariantError,
  type ManufacturerId,
  type Period,
} from '../../core/index.ts'
import { tenantLedger } from '../../db/index.ts'
import type { BillingChanges, BillingRunReport } from '../billing-changes.ts'
import type { BillingContext, ChangingContext } from '../billing-context.ts'
import type { Contract } from '../billing-types.ts'
import { contractPeriodAt, endedPeriods } from '../contracts/contract-periods.ts'
import { getContract, readClosedTo, selectContracts, toContract } from '../contracts/contracts.ts'
import { billingErrors } from '../errors.ts'
import { issuesOfInstant, refuseInput } from '../input-check.ts'
import { refuseCarried } from './carry-period.ts'
import { prepareLate, readLateContracts } from './close-late.ts'
import { assertEnded, closePeriod, prepareInvoice } from './close-period.ts'
import { findInvoiceOfPeriod } from './invoice-rows.ts'
import { issueInvoice } from './issue-invoice.ts'
import { noticeLateUsage } from './late-periods.ts'

type Waiting = BillingRunReport['waiting'][number]

const CONTRACTS_PER_PAGE = 200
const CONTRACTS_AT_ONCE = 250
const BATCHES_UNDER_WAY = 2

export function billingRunChanges(
  context: ChangingContext,
): Pick<BillingChanges, 'runBilling' | 'billPeriod'> {
  return {
    async runBilling({ manufacturerId }) {
      await noticeLateUsage(context)
      const issued: BillingRunReport['issued'][number][] = []
      const carried: BillingRunReport['carried'][number][] = []
      const waiting: Waiting[] = []
      const remarks: BillingRunReport['remarks'][number][] = []
      const late = await readLateContracts(context)
      const open = openContracts(context, manufacturerId, late)
      const bill = async () => {
        for await (const contracts of open) {
          const courses = contracts.map((each) => billContract(context, each, late.has(each.id)))
          for (const outcome of await inRounds(courses)) {
            issued.push(...outcome.issued)
            carried.push(...outcome.carried)
            waiting.push(...outcome.waiting)
            remarks.push(...outcome.remarks)
          }
        }
      }
      // While the invoices of some are written, the usage of others is read: both stores have work.
      await Promise.all(Array.from({ length: BATCHES_UNDER_WAY }, bill))
      context.log.info({ issued: issued.length, waiting: waiting.length }, 'billing run finished')
      return { issued, carried, waiting, remarks }
    },

    async billPeriod(manufacturerId, contractId, at) {
      refuseInput(issuesOfInstant(at, '/at'))
      const contract = await getContract(context.ledger, manufacturerId, contractId)
      const period = contractPeriodAt(contract, at)
      const existing = await findInvoiceOfPeriod(context.ledger, contract.id, period.from)
      if (existing !== undefined) return existing
      assertEnded(context, period)
      await assertNextPeriod(context, contract, period)
      await noticeLateUsage(context)
      const closed = await closePeriod(context, contract, period)
      if ('carried' in closed) throw refuseCarried(closed.carried)
      return closed.invoiceId
    },
  }
}

/** `closedTo` is as of when its page was read: a run beside this one may have got further. */
type ContractOfRun = Contract & { readonly closedTo: number | undefined }

export async function* eachContract(
  { ledger }: BillingContext,
  manufacturerId: ManufacturerId | undefined,
): AsyncGenerator<ContractOfRun> {
  let after = ''
  for (;;) {
    const rows = await selectContracts(
      manufacturerId === undefined ? ledger : tenantLedger(ledger, manufacturerId),
    )
      .select((all) => [
        all
          .selectFrom('invoices')
          .select((invoices) => invoices.fn.max('invoices.period_to_at').as('to_at'))
          .whereRef('invoices.contract_id', '=', 'contracts.id')
          .as('invoiced_to_at'),
        all
          .selectFrom('carried_periods')
          .select((carried) => carried.fn.max('carried_periods.period_to_at').as('to_at'))
          .whereRef('carried_periods.contract_id', '=', 'contracts.id')
          .as('carried_to_at'),
      ])
      .where('contracts.id', '>', after)
      .orderBy('contracts.id')
      .limit(CONTRACTS_PER_PAGE)
      .execute()
    yield* rows.map((row) => {
      const ends = [row.invoiced_to_at, row.carried_to_at].filter((at) => at !== null)
      return { ...toContract(row), closedTo: ends.length === 0 ? undefined : Math.max(...ends) }
    })
    const last = rows.at(-1)
    if (last === undefined || rows.length < CONTRACTS_PER_PAGE) return
    after = last.id
  }
}

/** Most contracts have nothing to bill, and cost a run no look-up of their own. */
export function mayHaveEnded({ clock }: BillingContext, contract: ContractOfRun): boolean {
  const billedTo = contract.closedTo ?? contract.startsAt
  return endedPeriods(contract, billedTo, clock.now()).next().done !== true
}

/** Some at once, of those that may have something to bill. */
async function* openContracts(
  context: BillingContext,
  manufacturerId: ManufacturerId | undefined,
  late: ReadonlySet<string>,
): AsyncGenerator<readonly ContractOfRun[]> {
  let open: ContractOfRun[] = []
  for await (const contract of eachContract(context, manufacturerId)) {
    if (late.has(contract.id) || mayHaveEnded(context, contract)) open.push(contract)
    if (open.length < CONTRACTS_AT_ONCE) continue
    yield open
    open = []
  }
  if (open.length > 0) yield open
}

/**
 * What each course asks for in a round is asked for all of them at once, and the next round begins for all in one turn: so they issue their
 * invoices in one transaction.
 */
async function inRounds<Outcome>(courses: readonly AsyncGenerator<void, Outcome>[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  let open = courses
  while (open.length > 0) {
    const rounds = await Promise.all(open.map((course) => course.next()))
    for (const round of rounds) if (round.done === true) outcomes.push(round.value)
    open = open.filter((_course, index) => rounds[index]?.done !== true)
  }
  return outcomes
}

/** Yields before it issues, which ends a round. */
async function* billContract(
  context: ChangingContext,
  contract: ContractOfRun,
  isLate: boolean,
): AsyncGenerator<void, BillingRunReport> {
  const issued: BillingRunReport['issued'][number][] = []
  const carried: BillingRunReport['carried'][number][] = []
  const remarks: BillingRunReport['remarks'][number][] = []
  let current: Period | undefined
  try {
    const billedTo = (await readClosedTo(context.ledger, contract.id)) ?? contract.startsAt
    for (const period of endedPeriods(contract, billedTo, context.clock.now())) {
      current = period
      const prepared = await prepareInvoice(context, contract, period)
      if ('carried' in prepared) {
        carried.push(prepared.carried)
        continue
      }
      yield
      const closed = await issueInvoice(context, prepared)
      const { invoiceId } = closed
      if (closed.isNew) issued.push(invoiceId)
      remarks.push(...closed.remarks.map((remark) => ({ ...remark, invoiceId })))
    }
    current ??= { from: contract.startsAt, to: billedTo }
    const late = isLate ? await prepareLate(context, contract) : undefined
    if (late !== undefined) {
      yield
      const final = await issueInvoice(context, late)
      issued.push(final.invoiceId)
      remarks.push(...final.remarks.map((remark) => ({ ...remark, invoiceId: final.invoiceId })))
    }
    return { issued, carried, waiting: [], remarks }
  } catch (error) {
    if (current === undefined) throw error
    return { issued, carried, waiting: [toWaiting(context, contract, current, error)], remarks }
  }
}

/** Waiting for devices to report is the everyday case, so the log has it as information; only what fails is louder. */
export function toWaiting(
  { log }: Pick<BillingContext, 'log'>,
  contract: Contract,
  period: Period,
  error: unknown,
): Waiting {
  const where = { contractId: contract.id, period }
  if (error instanceof AppError) {
    log.info({ contractId: contract.id, periodFrom: period.from, code: error.code }, error.message)
    return { ...where, code: error.code, detail: error.message }
  }
  const level = error instanceof InvariantError ? 'fatal' : 'error'
  log[level]({ err: error, contractId: contract.id, periodFrom: period.from }, 'invoice failed')
  const failure = billingErrors.billing_failed(
    'Look for this contract in the log; the other contracts are not affected.',
  )
  return { ...where, code: failure.code, detail: failure.message }
}

/** Periods are closed in order, because what one carries over is where the next begins. */
async function assertNextPeriod(
  { ledger }: BillingContext,
  contract: Contract,
  period: Period,
): Promise<void> {
  const billedTo = (await readClosedTo(ledger, contract.id)) ?? contract.startsAt
  if (period.from <= billedTo) return
  throw billingErrors.earlier_period_unbilled(
    `Bill the period from ${formatInstant(billedTo)} first; periods are billed in order.`,
  )
}
