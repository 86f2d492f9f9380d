/** Checks of the plain inputs of billing's verbs. Mistakes are collected and thrown together. */
import type { InputIssue } from '../core/index.ts'
import { billingErrors } from './errors.ts'

const MAX_NAME_LENGTH = 200
const MAX_REASON_LENGTH = 500
const MAX_PAGE_SIZE = 500

/** Gives the issue when the condition is false. */
export function issueUnless(isRight: boolean, pointer: string, detail: string): readonly InputIssue[] {
  return isRight ? [] : [{ pointer, detail }]
}

export function issuesOfName(name: string, pointer: string): readonly InputIssue[] {
  const isRight = name.trim() === name && name.length >= 1 && name.length <= MAX_NAME_LENGTH
  return issueUnless(isRight, pointer, `Write 1 to ${MAX_NAME_LENGTH} characters without spaces at the ends.`)
}

export function issuesOfInstant(at: number, pointer: string): readonly InputIssue[] {
  return issueUnless(Number.isSafeInteger(at), pointer, 'Give a whole number of milliseconds since 1970.')
}

/** Why somebody decided something: for the document, the trail and whoever asks later. */
export function issuesOfReason(reason: string): readonly InputIssue[] {
  const isRight = reason.trim() === reason && reason.length >= 1 && reason.length <= MAX_REASON_LENGTH
  return issueUnless(
    isRight,
    '/reason',
    `Write 1 to ${MAX_REASON_LENGTH} characters without spaces at the ends.`,
  )
}

/** @throws AppError `billing_input_invalid` when there are issues */
export function refuseInput(issues: readonly InputIssue[]): void {
  const [first] = issues
  if (first === undefined) return
  throw billingErrors.billing_input_invalid(`Correct ${first.pointer}: ${first.detail}`, { issues })
}

/** @throws AppError `billing_input_invalid` unless the page has 1 to 500 items */
export function assertPageLimit(limit: number): void {
  const isRight = Number.isSafeInteger(limit) && limit >= 1 && limit <= MAX_PAGE_SIZE
  refuseInput(issueUnless(isRight, '/limit', `Ask for 1 to ${MAX_PAGE_SIZE} items.`))
}
