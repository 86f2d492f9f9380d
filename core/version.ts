/**
 * Versions of things that several people change: who changes one names the version that he has seen, and the change is made only
 * if it is still that one. The comparison belongs into the transaction that writes, so that of two writers who saw the
 * same version exactly one gets through.
 */
import { coreErrors } from './errors.ts'

/** What a writer has seen, one of these; undefined for whatever there is. */
export type ExpectedVersions = readonly string[] | undefined

/** @throws AppError `etag_stale` */
export function assertVersion(current: string, expected: ExpectedVersions): void {
  if (expected === undefined || expected.includes(current)) return
  throw coreErrors.etag_stale('Read it again: it was changed since you read it.')
}
