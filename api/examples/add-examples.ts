/**
 * Puts examples of answers into the OpenAPI document: for each operation what it answers when all is well, and the problems
 * that its callers meet most. `answers.json` is recorded from a world with real stores by `document-walk.db.test.ts`
 * (`UPDATE_EXAMPLES=1`), never written by hand; the same test holds every example to its schema. Secrets are left out of it.
 */
import { readFileSync } from 'node:fs'

import { PROBLEM_MEDIA_TYPE } from '../problem.ts'

/** By operation and status, with the media type ("200 text/csv") where there are several; a problem's status is its code. */
export type RecordedAnswers = Record<string, Record<string, unknown>>

type Content = Record<string, { example?: unknown; examples?: Record<string, unknown> }>
type Operation = {
  readonly operationId?: string
  readonly responses?: Record<string, { readonly content?: Content }>
}

const file = new URL('answers.json', import.meta.url)

/** Changes the document in place. */
export function addExamples(document: { readonly paths?: object }): void {
  const recorded = JSON.parse(readFileSync(file, 'utf8')) as RecordedAnswers
  for (const path of Object.values(document.paths ?? {}) as Record<string, Operation>[]) {
    for (const { operationId = '', responses = {} } of Object.values(path)) {
      addTo(responses, recorded[operationId] ?? {})
    }
  }
}

function addTo(responses: NonNullable<Operation['responses']>, answers: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(answers)) {
    const [status = '', mediaType] = name.split(' ')
    const contents = responses[status]?.content ?? {}
    const content = mediaType === undefined ? Object.values(contents)[0] : contents[mediaType]
    if (content !== undefined) content.example = value
    const problems = responses['default']?.content?.[PROBLEM_MEDIA_TYPE]
    if (/^[a-z]/.test(name) && problems !== undefined) {
      problems.examples = { ...problems.examples, [name]: { value } }
    }
  }
}
