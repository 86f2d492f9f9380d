/** Makes an example of an answer: lists with one item, and what is shown once or names this test left out. */
import { PUBLIC_URL } from './api-harness.ts'

const shownOnce: ReadonlySet<string> = new Set(['secret', 'key', 'secretKey', 'webhookSecret'])
const CLAIM_CODE = /^clm_/

export function toExample(answer: unknown, member = ''): unknown {
  if (Array.isArray(answer))
    return (member === 'items' ? answer.slice(0, 1) : answer).map((each) => toExample(each))
  if (typeof answer === 'string') {
    if (shownOnce.has(member)) return 'shown-this-once'
    if (CLAIM_CODE.test(answer)) return 'clm_shown-this-once'
    return answer.replaceAll(PUBLIC_URL, 'https://usance.example')
  }
  if (typeof answer !== 'object' || answer === null) return answer
  return Object.fromEntries(Object.entries(answer).map(([name, value]) => [name, toExample(value, name)]))
}
