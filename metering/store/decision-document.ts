/** How a decision is written into its row: JSON with whole numbers as decimal strings. */
import type { Decision } from '../metering-types.ts'

type DecisionDocument = Record<string, string | number>

export function encodeDecision(decision: Decision): string {
  return JSON.stringify(decision, (_name, member: unknown) =>
    typeof member === 'bigint' ? member.toString() : member,
  )
}

/** Reads what `encodeDecision` wrote. */
export function decodeDecision(text: string): Decision {
  const document = JSON.parse(text) as DecisionDocument
  const whole = (name: string) => ({ [name]: BigInt(document[name] ?? 0) })
  if (document['kind'] === 'replace' || document['kind'] === 'hand_over') {
    return { ...document, ...whole('value') } as Decision
  }
  if (document['kind'] === 'exchange') {
    return { ...document, ...whole('final'), ...whole('start') } as Decision
  }
  return document as Decision
}
