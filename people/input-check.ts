/** Checks of plain inputs. Mistakes are collected and thrown together. */
import type { InputIssue } from '../core/index.ts'
import { peopleErrors } from './errors.ts'

const MAX_NAME_LENGTH = 200
const MAX_EMAIL_LENGTH = 254
const emailPattern = /^[^\s@<>"]+@[^\s@<>"]+\.[^\s@<>"]+$/

/** Gives the issue when the condition is false. */
export function issueUnless(isRight: boolean, pointer: string, detail: string): readonly InputIssue[] {
  return isRight ? [] : [{ pointer, detail }]
}

export function issuesOfName(name: string, pointer: string): readonly InputIssue[] {
  const isRight = name.trim() === name && name.length >= 1 && name.length <= MAX_NAME_LENGTH
  return issueUnless(isRight, pointer, `Write 1 to ${MAX_NAME_LENGTH} characters without spaces at the ends.`)
}

export function issuesOfEmail(email: string, pointer: string): readonly InputIssue[] {
  const isRight = emailPattern.test(email) && email.length <= MAX_EMAIL_LENGTH
  return issueUnless(isRight, pointer, 'Write an address such as "jo@example.com".')
}

/** @throws AppError `people_input_invalid` when there are issues */
export function refuseInput(issues: readonly InputIssue[]): void {
  const [first] = issues
  if (first === undefined) return
  throw peopleErrors.people_input_invalid(`Correct ${first.pointer}: ${first.detail}`, { issues })
}

/** One person, one address: capitals make no difference. */
export function normaliseEmail(email: string): string {
  return email.trim().toLowerCase()
}
