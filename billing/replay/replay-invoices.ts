/**
 * Computes issued invoices again from their inputs and compares byte for byte with what was issued.
 *
 * The computing half is given the inputs and nothing else; what was issued is read apart and only then put beside it.
 */
import type { Kysely } from 'kysely'
import {
  AppError,
  canonicalJson,
  InvariantError,
  type CurrencyCode,
  type InvoiceId,
  type ManufacturerId,
} from '../../core/index.ts'
import type { LedgerTables } from '../../db/index.ts'
import { canonicalLineJson } from './canonical-lines.ts'
import { readInputs } from './keep-inputs.ts'
import { replayInputs, type CanonicalInvoice } from './replay-inputs.ts'

export type ReplayScope = { readonly manufacturerId?: ManufacturerId; readonly number?: string }

export type InvoiceReplay = {
  readonly invoiceId: InvoiceId
  readonly manufacturerId: ManufacturerId
  readonly number: string
} & (
  | { readonly outcome: 'same' }
  /** Issued before inputs were kept: nothing is known. */
  | { readonly outcome: 'no_inputs' }
  | { readonly outcome: 'different'; readonly difference: ReplayDifference }
)

/** The first one; `where` names the line and its member, or the total. */
export type ReplayDifference = { readonly where: string; readonly issued: string; readonly replayed: string }

const INVOICES_AT_ONCE = 200

/** Of every issued invoice in the scope, in order of id. */
export async function* replayInvoices(
  ledger: Kysely<LedgerTables>,
  scope: ReplayScope,
): AsyncGenerator<InvoiceReplay> {
  let after = ''
  for (;;) {
    const page = await readPage(ledger, scope, after)
    for (const invoice of page) yield await replayInvoice(ledger, invoice)
    const last = page.at(-1)
    if (last === undefined) return
    after = last.id
  }
}

type InvoiceRow = Awaited<ReturnType<typeof readPage>>[number]

async function readPage(
  ledger: Kysely<LedgerTables>,
  { manufacturerId, number }: ReplayScope,
  after: string,
) {
  let query = ledger
    .selectFrom('invoices')
    .select(['id', 'manufacturer_id', 'number', 'currency', 'prices', 'tax_minor', 'total_minor'])
    .where('status', '<>', 'draft')
    .where('id', '>', after)
  if (manufacturerId !== undefined) query = query.where('manufacturer_id', '=', manufacturerId)
  if (number !== undefined) query = query.where('number', '=', number)
  return await query.orderBy('id').limit(INVOICES_AT_ONCE).execute()
}

async function replayInvoice(ledger: Kysely<LedgerTables>, row: InvoiceRow): Promise<InvoiceReplay> {
  const invoiceId = row.id as InvoiceId
  const named = { invoiceId, manufacturerId: row.manufacturer_id as ManufacturerId, number: row.number ?? '' }
  const replayed = await computeAgain(ledger, invoiceId)
  if (replayed === undefined) return { ...named, outcome: 'no_inputs' }
  const difference =
    'failure' in replayed
      ? { where: 'the computation', issued: 'an invoice', replayed: replayed.failure }
      : findDifference(await readIssued(ledger, row), replayed)
  return difference === undefined
    ? { ...named, outcome: 'same' }
    : { ...named, outcome: 'different', difference }
}

/** Inputs that cannot be computed any more are a difference, not a reason to stop. */
async function computeAgain(
  ledger: Kysely<LedgerTables>,
  invoiceId: InvoiceId,
): Promise<CanonicalInvoice | { readonly failure: string } | undefined> {
  try {
    const inputs = await readInputs(ledger.$pickTables<'invoice_inputs' | 'tariff_versions'>(), invoiceId)
    return inputs && replayInputs(inputs)
  } catch (error) {
    if (!(error instanceof AppError) && !(error instanceof InvariantError)) throw error
    return { failure: error.message }
  }
}

async function readIssued(ledger: Kysely<LedgerTables>, row: InvoiceRow): Promise<CanonicalInvoice> {
  const lines = await ledger
    .selectFrom('invoice_lines')
    .selectAll()
    .where('invoice_id', '=', row.id)
    .orderBy('position')
    .execute()
  const taxes = await ledger
    .selectFrom('invoice_taxes')
    .select(['code', 'percent', 'net_minor', 'tax_minor'])
    .where('invoice_id', '=', row.id)
    .orderBy('position')
    .execute()
  return {
    lines: lines.map((line) => {
      const { explanation, sentence } = JSON.parse(line.explanation) as {
        explanation: unknown
        sentence: string
      }
      return canonicalLineJson({
        itemId: line.item_id,
        description: line.description,
        quantity: line.quantity,
        unit: line.unit,
        unitPrice: line.unit_price,
        currency: row.currency as CurrencyCode,
        taxCategory: line.tax_category,
        unroundedAmount: line.unrounded_amount,
        amountMinor: line.amount_minor.toString(),
        explanation,
        sentence,
      })
    }),
    linesMinor: row.total_minor - (row.prices === 'net' ? row.tax_minor : 0n),
    taxes: taxes.map(({ code, percent, net_minor, tax_minor }) => {
      return { code, percent, netMinor: net_minor, taxMinor: tax_minor }
    }),
  }
}

function findDifference(issued: CanonicalInvoice, replayed: CanonicalInvoice): ReplayDifference | undefined {
  for (let index = 0; index < Math.max(issued.lines.length, replayed.lines.length); index += 1) {
    const [left, right] = [issued.lines[index], replayed.lines[index]]
    if (left !== right) return differenceOfLines(`line ${index + 1}`, left, right)
  }
  if (issued.linesMinor !== replayed.linesMinor) {
    const [left, right] = [issued.linesMinor.toString(), replayed.linesMinor.toString()]
    return { where: 'sum of the lines', issued: left, replayed: right }
  }
  const [left, right] = [sayTaxes(issued), sayTaxes(replayed)]
  return left === right ? undefined : { where: 'taxes', issued: left, replayed: right }
}

const NO_LINE = 'no such line'

function differenceOfLines(
  where: string,
  issued: string | undefined,
  replayed: string | undefined,
): ReplayDifference {
  if (issued === undefined || replayed === undefined) {
    return { where, issued: issued ?? NO_LINE, replayed: replayed ?? NO_LINE }
  }
  const [left, right] = [issued, replayed].map((text) => JSON.parse(text) as Record<string, unknown>)
  const name = Object.keys({ ...left, ...right }).find((each) => textOf(left, each) !== textOf(right, each))
  if (name === undefined) return { where, issued, replayed }
  return { where: `${where}, ${name}`, issued: textOf(left, name), replayed: textOf(right, name) }
}

function textOf(line: Record<string, unknown> | undefined, name: string): string {
  return canonicalJson(line?.[name] ?? null)
}

function sayTaxes({ taxes }: CanonicalInvoice): string {
  const each = taxes.map(
    ({ code, percent, netMinor, taxMinor }) => `${code} ${percent} % of ${netMinor}: ${taxMinor}`,
  )
  return each.length === 0 ? 'none' : each.join('; ')
}
