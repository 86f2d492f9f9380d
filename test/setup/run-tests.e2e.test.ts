import { execFile } from 'node:child_process'
import path from 'node:path'
import { describe, expect, it } from 'vitest'

type Outcome = { readonly code: number; readonly lines: readonly string[]; readonly lastLine: string }

/** Runs the test command with no programs on the PATH and nothing of this vitest's environment. */
function runTests(words: readonly string[], environment: Record<string, string> = {}): Promise<Outcome> {
  const command = path.join(import.meta.dirname, 'run-tests.ts')
  const env = { PATH: '/nowhere', NO_COLOR: '1', ...environment }
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [command, ...words], { env }, (_error, stdout) => {
      const lines = stdout.trimEnd().split('\n')
      resolve({ code: child.exitCode ?? -1, lines, lastLine: lines.at(-1) ?? '' })
    })
  })
}

const installLine =
  /^Install .*influxd.*: run "apt-get install .*influxdb.*", or the tests with "--install"\.$/

describe('the test command', () => {
  it('ends in the counts of what it was asked to run, and exits 0 when nothing failed', async () => {
    const { code, lastLine } = await runTests(['--project', 'unit', 'test/setup/closing-line'])
    expect(lastLine).toMatch(/^[1-9]\d* passed, 0 failed$/)
    expect(code).toBe(0)
  })

  it('exits 1 when it finds no test', async () => {
    const { code, lastLine } = await runTests(['--project', 'unit', 'no-such-file'])
    expect(lastLine).toBe('0 passed, 1 failed')
    expect(code).toBe(1)
  })

  it('says what to install and counts tests of missing programs as skipped', async () => {
    const { code, lines, lastLine } = await runTests(['--project', 'e2e', 'influx-forwarder'])
    expect(lines.filter((line) => installLine.test(line))).toHaveLength(1)
    expect(lastLine).toMatch(/^0 passed, 0 failed, [1-9]\d* skipped$/)
    expect(code).toBe(0)
  })

  it('fails for missing programs where CI=true, when apt-get cannot help', async () => {
    const { code, lines, lastLine } = await runTests(['--project', 'e2e', 'influx-forwarder'], { CI: 'true' })
    expect(lines).toContain('Nothing was installed: this machine has no apt-get.')
    expect(lines.filter((line) => installLine.test(line))).toHaveLength(1)
    expect(lastLine).toMatch(/^0 passed, [1-9]\d* failed$/)
    expect(code).toBe(1)
  })

  it('explains itself with --help', async () => {
    const { code, lines } = await runTests(['--help'])
    expect(lines[0]).toBe('Runs the tests.')
    expect(code).toBe(0)
  })
})
