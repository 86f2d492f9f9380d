/**
 * `npm test`: sees to the programs that tests need, runs vitest, and ends with one plain line of counts.
 *
 * Flags come after `--`; all but the ones below go to vitest: `npm test -- --project unit core`.
 */
import { spawn } from 'node:child_process'
import { mkdtempDisposableSync, readFileSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import path from 'node:path'
import { countTests, formatClosingLine, type VitestReport } from './closing-line.ts'
import { installPrograms } from './install-programs.ts'
import {
  findMissingPrograms,
  installSentence,
  isContinuousIntegration,
  type ProgramName,
} from './program-search.ts'

const help = `Runs the tests.

  npm test                              all tests; those whose programs are missing count as skipped
  npm test -- --install                 installs missing programs with apt-get first (needs root; implied by CI=true)
  npm test -- --project unit            only the tests that touch nothing outside the process
  npm test -- --project db billing      only the database tests under billing/

Further words go to vitest. With CI=true a missing program is a failure.
The last line is "N passed, N failed" or "N passed, N failed, N skipped"; the exit code is 0 only if nothing failed.
`

const words = process.argv.slice(2)
process.exitCode = words.includes('--help') || words.includes('-h') ? printHelp() : await runTests(words)

function printHelp(): number {
  process.stdout.write(help)
  return 0
}

async function runTests(words: readonly string[]): Promise<number> {
  const isStrict = isContinuousIntegration()
  const missing = findPrograms(isStrict || words.includes('--install'))
  using folder = mkdtempDisposableSync(path.join(tmpdir(), 'usance-tests-'))
  const reportFile = path.join(folder.path, 'report.json')
  const exitCode = await runVitest(
    words.filter((word) => word !== '--install'),
    reportFile,
  )
  const counts = countTests(readReport(reportFile), exitCode)
  const failed = counts.failed + (isStrict ? missing.length : 0)
  console.log(formatClosingLine({ ...counts, failed }))
  return failed === 0 ? 0 : 1
}

/** Returns the programs that stay missing, after having said so. */
function findPrograms(mayInstall: boolean): readonly ProgramName[] {
  const missing = findMissingPrograms()
  if (missing.length === 0) return []
  const problem = mayInstall ? installPrograms(missing) : undefined
  if (problem !== undefined) console.log(problem)
  const stillMissing = findMissingPrograms()
  if (stillMissing.length > 0) console.log(installSentence(stillMissing))
  return stillMissing
}

function runVitest(words: readonly string[], reportFile: string): Promise<number> {
  const root = path.join(import.meta.dirname, '..', '..')
  const vitest = path.join(root, 'node_modules', 'vitest', 'vitest.mjs')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`]
  const child = spawn(process.execPath, [vitest, 'run', ...reporters, ...words], {
    cwd: root,
    // Threads and programs that tests start load the same files again and again.
    env: { ...process.env, NODE_COMPILE_CACHE: path.join(root, 'node_modules', '.cache', 'compiled') },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGTERM']))
  })
}

function readReport(file: string): VitestReport | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as VitestReport
  } catch {
    return undefined
  }
}
