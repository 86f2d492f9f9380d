/** What is issued as a document. */
export type DocumentKind = 'invoice' | 'credit_note'

/** How far PDF and XML are. */
export type DocumentProgress = {
  readonly state: 'waiting' | 'done' | 'failed'
  /** Of what failed: a sentence that says what to do. */
  readonly problem: string | undefined
}
