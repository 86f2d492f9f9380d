/** The version of a thing is the hash of what can be changed of it (`core/version.ts`). */
import { createHash } from 'node:crypto'
import { canonicalJson } from '../core/index.ts'

const VERSION_LENGTH = 22

/** @param document of strings, booleans, null and whole numbers, as `canonicalJson` takes it */
export function versionOf(document: unknown): string {
  return createHash('sha256').update(canonicalJson(document)).digest('base64url').slice(0, VERSION_LENGTH)
}
