import { createHash } from 'node:crypto'
import type { TariffDocument } from '../rating/rating-types.ts'

/** The document with its members in order and without white space: equal documents give equal texts. */
export function canonicalDocument(document: TariffDocument): string {
  return canonicalJson(document)
}

/** SHA-256 of the canonical document, in hex. */
export function versionIdOf(document: TariffDocument): string {
  return createHash('sha256').update(canonicalDocument(document)).digest('hex')
}

function canonicalJson(json: unknown): string {
  if (Array.isArray(json)) return `[${json.map(canonicalJson).join(',')}]`
  if (typeof json !== 'object' || json === null) return JSON.stringify(json)
  const members = Object.entries(json).sort(([left], [right]) => (left < right ? -1 : 1))
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`).join(',')}}`
}
