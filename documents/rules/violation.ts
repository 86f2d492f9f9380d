/** What a rule says about a document that breaks it. */
import type { documentErrors } from '../errors.ts'

export type DocumentErrorCode = keyof typeof documentErrors.declarations

export type Violation = {
  /** The rule's name in EN 16931-1, "BR-CO-15"; the business term, "BT-131", where the rule is our own. */
  readonly rule: string
  readonly code: DocumentErrorCode
  /** JSON pointer to the member of the document. */
  readonly pointer: string
  /** One sentence that says what to do. */
  readonly detail: string
}

export function unless(isKept: boolean, violation: Violation): readonly Violation[] {
  return isKept ? [] : [violation]
}

export function isBlank(text: string | null): boolean {
  return text === null || text.trim() === ''
}
