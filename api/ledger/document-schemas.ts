/** How far the documents of an invoice or a credit note are, as the API shows it. */
import { Type, type Static } from 'typebox'

import type { DocumentProgress } from '../../billing/index.ts'
import { closedObject, nullable } from '../schema-parts.ts'

/** Null for what is from before there were documents. */
export const DocumentState = nullable(
  closedObject({
    state: Type.Enum(['waiting', 'done', 'failed'], {
      description: 'PDF and XML can be fetched once they are done',
    }),
    problem: nullable(Type.String({ description: 'Of what failed: what to do' })),
  }),
)

export function presentDocument(document: DocumentProgress | undefined): Static<typeof DocumentState> {
  return document === undefined ? null : { state: document.state, problem: document.problem ?? null }
}
