/**
 * Versions of things that several people change. A version is the hash of what can be changed of a thing: who changes it
 * names the version that he has seen, and the change is made only if it is still that one. The comparison belongs into the
 * transaction that writes, so that of two writers who saw the same version exactly one gets through.
 */
import { createHash } from 'node:crypto'
import { canonicalJson } from './canonical-json.ts'
import { coreErrors } from './errors.ts'

/** What a writer has seen, one of these; undefined for whatever there is. */
export type ExpectedVersions = readonly string[] | undefined

const VERSION_LENGTH = 22

/** @param document of strings, booleans, null and whole numbers, as `canonicalJson` takes it */
export function versionOf(document: unknown): string {
  return createHash('sha256').update(canonicalJson(document)).digest('base64url').slice(0, VERSION_LENGTH)
}

/** @throws AppError `etag_stale` */
export function assertVersion(current: string, expected: ExpectedVersions): void {
  if (expected === undefined || expected.includes(current)) return
  throw coreErrors.etag_stale('Read it again: it was changed since you read it.')
}
