/** The inputs of an invoice in the ledger: deflated JSON, written in the transaction that issues it and frozen with it. */
import { createHash } from 'node:crypto'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { Kysely, Transaction } from 'kysely'
import { assertInvariant, type InvoiceId } from '../../core/index.ts'
import type { LedgerTables } from '../../db/index.ts'
import { rowInserter } from '../invoices/insert-rows.ts'
import { ratingErrors } from '../rating/errors.ts'
import {
  FORMAT_VERSION,
  formatInvoiceInputs,
  parseInvoiceInputs,
  versionIdsOf,
  type InvoiceInputs,
} from './invoice-inputs.ts'

/** For a few kilobytes: a window that holds several records. The usual one is set up for longer than it is used. */
const deflateOptions = { level: 3, windowBits: 12, memLevel: 5 }

/** All that a replay may see of the ledger: no line, no total, nothing that may change. */
export type InputTables = Pick<LedgerTables, 'invoice_inputs' | 'tariff_versions'>

export async function insertInputs(
  transaction: Transaction<LedgerTables>,
  invoiceId: InvoiceId,
  inputs: Omit<InvoiceInputs, 'ratingVersion'>,
): Promise<void> {
  await insertRows(transaction, [
    {
      invoice_id: invoiceId,
      format_version: BigInt(FORMAT_VERSION),
      content: deflateInputs(inputs),
    },
  ])
}

const insertRows = rowInserter('invoice_inputs')

function deflateInputs(inputs: Omit<InvoiceInputs, 'ratingVersion'>): Uint8Array {
  // A copy of its own size: what comes from zlib lies in a larger block, all of which would go to the database's thread.
  return new Uint8Array(deflateRawSync(JSON.stringify(formatInvoiceInputs(inputs)), deflateOptions))
}

/**
 * Undefined for an invoice from before inputs were kept.
 * @throws AppError `rating_input_invalid`, `tariff_invalid` for what is not as it was written
 */
export async function readInputs(
  ledger: Kysely<InputTables>,
  invoiceId: InvoiceId,
): Promise<InvoiceInputs | undefined> {
  const row = await ledger
    .selectFrom('invoice_inputs')
    .select('content')
    .where('invoice_id', '=', invoiceId)
    .executeTakeFirst()
  if (row === undefined) return undefined
  const json = inflateJson(row.content)
  const versions = await ledger
    .selectFrom('tariff_versions')
    .select(['id', 'document'])
    .where('id', 'in', versionIdsOf(json))
    .execute()
  const documents = new Map(versions.map(({ id, document }) => [id, parseDocument(id, document)]))
  return parseInvoiceInputs(json, documents)
}

function inflateJson(content: Uint8Array): unknown {
  try {
    return JSON.parse(inflateRawSync(content).toString('utf8'))
  } catch (cause) {
    throw ratingErrors.rating_input_invalid(
      'Restore the inputs from a backup: they are not as they were written.',
      {
        cause,
      },
    )
  }
}

/** An id is the hash of the document's text, so a document that was exchanged shows here. */
function parseDocument(id: string, text: string): unknown {
  const hash = createHash('sha256').update(text).digest('hex')
  assertInvariant(hash === id, `The document of tariff version ${id} is not the one that was published.`)
  return JSON.parse(text)
}
