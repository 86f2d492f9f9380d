/**
 * Renders what was issued: PDF and XML, one document after the other in a thread, each stored in a transaction of its own together with what
 * `onRendered` adds, such as the mail that brings them. Bytes are stored once and stay.
 *
 * One that fails stays failed with its problem until somebody lets it be tried again: the same content would fail again.
 */
import { recordChange } from '../../audit/index.ts'
import { AppError } from '../../core/index.ts'
import { tenantLedger } from '../../db/index.ts'
import {
  createDocumentRenderer,
  type DocumentRenderer,
  type RenderedDocument,
} from '../../documents/index.ts'
import type { BillingChanges } from '../billing-changes.ts'
import type { ChangingContext } from '../billing-context.ts'
import { billingErrors } from '../errors.ts'
import { parseDocument } from './document-json.ts'

type WaitingDocument = { readonly id: string; readonly content: string }

export function documentChanges(
  context: ChangingContext,
): Pick<BillingChanges, 'renderDocuments' | 'retryDocument'> {
  return {
    async renderDocuments() {
      const renderer = createDocumentRenderer()
      const counts = { rendered: 0, failed: 0 }
      try {
        for (;;) {
          const document = await takeDocument(context)
          if (document === undefined) return counts
          if (await renderOne(context, renderer, document)) counts.rendered += 1
          else counts.failed += 1
        }
      } finally {
        await renderer.close()
      }
    },

    async retryDocument(manufacturerId, kind, documentId) {
      await context.ledger.transaction().execute(async (transaction) => {
        const found = await tenantLedger(transaction, manufacturerId)
          .selectFrom('issued_documents')
          .select(['state', 'problem'])
          .where('issued_documents.id', '=', documentId)
          .where('issued_documents.kind', '=', kind)
          .executeTakeFirst()
        if (found === undefined) throw documentNotFound(documentId)
        if (found.state !== 'failed') return
        await transaction
          .updateTable('issued_documents')
          .set({ state: 'waiting', problem: null })
          .where('id', '=', documentId)
          .execute()
        await recordChange(transaction, {
          manufacturerId,
          actor: context.actor,
          action: 'document.retried',
          subject: { kind, id: documentId },
          before: { problem: found.problem },
          at: context.clock.now(),
        })
      })
    },
  }
}

export function documentNotFound(documentId: string): AppError {
  return billingErrors.document_not_found(
    `Use the id of an invoice or a credit note that has documents; "${documentId}" has none.`,
  )
}

/** Counts the attempt before it is made, so that one that ends the program is seen. */
async function takeDocument({ ledger }: ChangingContext): Promise<WaitingDocument | undefined> {
  return await ledger.transaction().execute(async (transaction) => {
    const waiting = await transaction
      .selectFrom('issued_documents')
      .select(['id', 'content', 'attempts'])
      .where('state', '=', 'waiting')
      .orderBy('created_at')
      .orderBy('id')
      .limit(1)
      .executeTakeFirst()
    if (waiting === undefined) return undefined
    await transaction
      .updateTable('issued_documents')
      .set({ attempts: waiting.attempts + 1n })
      .where('id', '=', waiting.id)
      .execute()
    return waiting
  })
}

async function renderOne(
  context: ChangingContext,
  renderer: DocumentRenderer,
  { id, content }: WaitingDocument,
): Promise<boolean> {
  let rendered: RenderedDocument
  try {
    rendered = await renderer.render(parseDocument(content))
  } catch (error) {
    context.log.error({ err: error, documentId: id }, 'a document could not be rendered')
    const problem =
      error instanceof AppError
        ? error.message
        : 'Look for the document in the log, and render it again when the cause is gone.'
    await context.ledger
      .updateTable('issued_documents')
      .set({ state: 'failed', problem })
      .where('id', '=', id)
      .where('state', '=', 'waiting')
      .execute()
    return false
  }
  await storeRendered(context, id, rendered)
  return true
}

async function storeRendered(
  { ledger, clock, onRendered }: ChangingContext,
  id: string,
  { pdf, xml }: RenderedDocument,
): Promise<void> {
  await ledger.transaction().execute(async (transaction) => {
    const { numUpdatedRows } = await transaction
      .updateTable('issued_documents')
      .set({ state: 'done', pdf, xml, rendered_at: clock.now() })
      .where('id', '=', id)
      .where('state', '=', 'waiting')
      .executeTakeFirst()
    // Another process was faster.
    if (numUpdatedRows === 0n) return
    await onRendered(transaction, id)
  })
}
