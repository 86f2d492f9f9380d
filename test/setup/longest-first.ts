/**
 * The order of the test files: those that run whole programs first. They take longest, and one that begins last leaves a core idle for a
 * minute. Within both kinds it is vitest's own order.
 */
import { BaseSequencer, type TestSpecification } from 'vitest/node'

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const { long = [], others = [] } = Object.groupBy(sorted, ({ moduleId }) =>
      runsPrograms(moduleId) ? 'long' : 'others',
    )
    return [...long, ...others]
  }
}

function runsPrograms(file: string): boolean {
  return /\/(?:test\/e2e|bench|web|app)\/.*\.e2e\.test\.ts$|\/crash-run\.e2e\.test\.ts$/.test(file)
}
