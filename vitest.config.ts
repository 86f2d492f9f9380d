/**
 * A file's suffix is its isolation level (house style §8) and its vitest project:
 * `*.test.ts` and `*.prop.test.ts` touch nothing outside the process, `*.db.test.ts` may use a fresh database file,
 * `*.e2e.test.ts` real ports and real programs.
 *
 * Unit and db files share a process: modules hold nothing but caches, and to load them anew for each file took a third of the time.
 */
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Files that run whole programs begin first: they take longest, and one that begins last leaves a core idle for a minute. */
class LongestFirst extends BaseSequencer {
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

const everywhere = ['**/node_modules/**', 'data/**']

export default defineConfig({
  test: {
    // Most of these tests wait for a disk or a thread now and then: one file for each core.
    maxWorkers: '100%',
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          isolate: false,
          // For a hang, not for speed: properties run a few hundred cases on a busy machine.
          testTimeout: 60_000,
          include: ['**/*.test.ts'],
          exclude: [...everywhere, '**/*.db.test.ts', '**/*.e2e.test.ts'],
          setupFiles: ['test/setup/refuse-sockets.ts'],
        },
      },
      {
        test: {
          name: 'db',
          isolate: false,
          include: ['**/*.db.test.ts'],
          exclude: everywhere,
          testTimeout: 30_000,
          hookTimeout: 60_000,
          expect: { poll: { timeout: 20_000 } },
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['**/*.e2e.test.ts'],
          globalSetup: ['test/setup/build-pages.ts'],
          exclude: everywhere,
          testTimeout: 300_000,
          hookTimeout: 300_000,
          // Two files at once on two cores: what is polled for may take a while, and a hang is found all the same.
          expect: { poll: { timeout: 30_000 } },
        },
      },
    ],
  },
})
