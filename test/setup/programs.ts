/** Real programs that some tests need: where they are, and how a test says that it needs them. */
import { accessSync, constants } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'vitest'

/** The program's path, looked up on the PATH and where Debian puts daemons; undefined when absent. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(path.delimiter), '/usr/sbin', '/usr/local/sbin']
  return folders.map((folder) => path.join(folder, name)).find(isExecutable)
}

/** A `describe` that is skipped visibly without the programs, and fails without them when `CI=true`. */
export function describeWithProgram(names: readonly string[], title: string, body: () => void): void {
  const missing = names.filter((name) => findProgram(name) === undefined)
  if (missing.length === 0) return describe(title, body)
  if (process.env['CI'] !== 'true') return describe.skip(`${title} (needs ${missing.join(', ')})`, body)
  describe(title, () => {
    it(`finds ${missing.join(', ')}`, () => {
      throw new Error(`Install ${missing.join(', ')}; in CI a missing program is a failure.`)
    })
  })
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
