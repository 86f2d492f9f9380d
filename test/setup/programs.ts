/**
 * What a test that needs a real program does when it is not here: it is skipped visibly, or fails where `CI=true`, so
 * that a green run there has tested everything.
 */
import { describe, expect, it } from 'vitest'
import {
  findMissingPrograms,
  installSentence,
  isContinuousIntegration,
  type ProgramName,
} from './program-search.ts'

export { findProgram } from './program-search.ts'

/** A `describe` whose tests need programs: skipped visibly where one is missing, failed where `CI=true`. */
export function describeWithProgram(names: readonly ProgramName[], title: string, body: () => void): void {
  const missing = findMissingPrograms(names)
  if (missing.length === 0) return void describe(title, body)
  if (!isContinuousIntegration()) return void describe.skip(`${title} (needs ${missing.join(', ')})`, body)
  describe(title, () => {
    it(`finds ${missing.join(', ')}`, () => expect.fail(installSentence(missing)))
  })
}
