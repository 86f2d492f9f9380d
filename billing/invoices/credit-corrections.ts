/**
 * Corrections that come as credit notes against invoices of the contract, instead of as lines on an invoice: those of a bill that would be
 * negative, and those of a contract that has ended and gets no further invoice. Never both: each category of tax of a correction goes
 * one way.
 */
import type { Kysely, Transaction } from 'kysely'
import type { InvoiceId } from '../../core/index.ts'
import { tenantLedger, type LedgerTables } from '../../db/index.ts'
import type { ChangingContext } from '../billing-context.ts'
import type { BillLine, Contract } from '../billing-types.ts'
import type { Creditable } from '../credit-notes/credit-note-types.ts'
import { issueCreditNote } from '../credit-notes/issue-credit-note.ts'
import { creditableRest } from '../credit-notes/read-creditable.ts'
import { formatLine } from '../rating/rating-json.ts'
import { ofCategories } from './correction-lines.ts'
import type { Correction } from './corrections-of-contract.ts'
import { givenBy, spreadCredit, type CreditShare, type Taken } from './spread-credits.ts'

/** `shares` are its lines, on the invoices that give them back. */
export type CreditedCorrection = Correction & { readonly shares: readonly CreditShare[] }

export type SplitCorrections = {
  /** What comes as lines on an invoice. */
  readonly corrections: readonly Correction[]
  readonly credits: readonly CreditedCorrection[]
}

/** As credit notes comes what gives something back, if the contract's invoices have that much left. */
export async function splitCreditable(
  ledger: Kysely<LedgerTables>,
  contract: Contract,
  found: readonly Correction[],
): Promise<SplitCorrections> {
  const invoices = await readCreditable(ledger, contract)
  const taken: Taken = new Map()
  const corrections: Correction[] = []
  const credits: CreditedCorrection[] = []
  for (const correction of found) {
    const asked = inOrder(invoices, correction)
    const byCategory = Map.groupBy(correction.lines, ({ taxCategory }) => taxCategory)
    const charged: string[] = []
    const credited: string[] = []
    const shares: CreditShare[] = []
    for (const [category, lines] of byCategory) {
      const spread = givenBy(lines) > 0n ? spreadCredit(lines, asked, taken) : undefined
      shares.push(...(spread ?? []))
      ;(spread === undefined ? charged : credited).push(category)
    }
    if (credited.length === 0) corrections.push(correction)
    else {
      credits.push({ ...partOf(correction, credited), shares: joinByInvoice(shares) })
      if (charged.length > 0) corrections.push(partOf(correction, charged))
    }
  }
  return { corrections, credits }
}

/** The contract's invoices that something can be given back of, the latest first. */
async function readCreditable(
  ledger: Kysely<LedgerTables>,
  { id, manufacturerId }: Contract,
): Promise<readonly Creditable[]> {
  const rows = await tenantLedger(ledger, manufacturerId)
    .selectFrom('invoices')
    .select('invoices.id')
    .where('invoices.contract_id', '=', id)
    .where('invoices.status', 'not in', ['draft', 'void'])
    .orderBy('invoices.issued_at', 'desc')
    .orderBy('invoices.id')
    .execute()
  return await Promise.all(rows.map((row) => creditableRest(ledger, manufacturerId, row.id as InvoiceId)))
}

/** The corrected invoice, then those that have corrected it, then the others; only those in the same terms. */
function inOrder(
  invoices: readonly Creditable[],
  { inputs: { correctsId, billed } }: Correction,
): readonly Creditable[] {
  const corrected = invoices.find(({ invoiceId }) => invoiceId === correctsId)
  const numbers = new Set(billed.map(({ number }) => number))
  const rankOf = (invoice: Creditable) => (invoice === corrected ? 0 : numbers.has(invoice.number) ? 1 : 2)
  return invoices
    .filter(({ prices, currency }) => prices === corrected?.prices && currency === corrected.currency)
    .toSorted((one, other) => rankOf(one) - rankOf(other))
}

function partOf(correction: Correction, taxCategories: readonly string[]): Correction {
  return {
    ...correction,
    inputs: { ...correction.inputs, taxCategories },
    lines: ofCategories(correction.lines, taxCategories),
  }
}

function joinByInvoice(shares: readonly CreditShare[]): readonly CreditShare[] {
  return [...Map.groupBy(shares, ({ invoiceId }) => invoiceId)].map(([invoiceId, own]) => {
    return { invoiceId, lines: own.flatMap(({ lines }) => lines) }
  })
}

const sayReason = {
  en: (number: string) => `What became known of the period of invoice ${number} after it was issued`,
  de: (number: string) => `Was über den Zeitraum der Rechnung ${number} nach ihrer Ausstellung bekannt wurde`,
}

/**
 * Within the caller's transaction.
 * @throws AppError as `issueCreditNote`: somebody gave back of the invoice meanwhile
 */
export async function issueCorrections(
  transaction: Transaction<LedgerTables>,
  context: ChangingContext,
  { manufacturerId }: Contract,
  credits: readonly CreditedCorrection[],
): Promise<void> {
  for (const { inputs, shares } of credits) {
    const { number, language } = await transaction
      .selectFrom('invoices')
      .innerJoin('customers', 'customers.id', 'invoices.customer_id')
      .select(['invoices.number', 'customers.language'])
      .where('invoices.id', '=', inputs.correctsId)
      .executeTakeFirstOrThrow()
    const reason = sayReason[language](number ?? '')
    for (const { invoiceId, lines } of shares) {
      const { creditNoteId } = await issueCreditNote(transaction, context, {
        manufacturerId,
        invoiceId,
        kind: 'correction',
        reason,
        credit: { lines: lines.map(toCreditLine) },
      })
      const rows = lines.map((line, index) => ({
        credit_note_id: creditNoteId,
        position: index + 1,
        corrects_id: inputs.correctsId,
        line: JSON.stringify(formatLine(line)),
      }))
      await transaction.insertInto('credited_corrections').values(rows).execute()
    }
  }
}

function toCreditLine({ description, amountMinor, taxCategory, itemId, explanation: { period } }: BillLine) {
  return { description, amountMinor: -amountMinor, taxCategory, itemId, period }
}
