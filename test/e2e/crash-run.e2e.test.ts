/**
 * The crash run in brief: ten lives of the real server under load, each with a fault it must survive and a SIGKILL, also
 * inside COMMIT and inside a checkpoint. `npm run torture` does the same with 300.
 */
import { expect, it } from 'vitest'
import { formatCrashReport, runCrash } from '../torture/crash/crash-run.ts'

/** Many times what it takes: a machine that does something else starts a server in ten seconds instead of one. */
const LIMIT_MS = 300_000

it(
  'I1 I2 I4 ten kills and every fault lose no acknowledged reading, count none twice, and the counts add up',
  async () => {
    const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1_000_000))
    const say = (line: string) => process.stderr.write(`${line}\n`)
    say(`SEED=${seed} (npm run torture -- crash --kills 10 --seed ${seed})`)
    const report = await runCrash({ seed, kills: 10, devices: 24, limitMs: LIMIT_MS, say })
    say(formatCrashReport(report))

    expect(report.violations).toEqual([])
    expect([...report.kills.keys()].sort()).toEqual([
      'after_commit',
      'any_moment',
      'before_commit',
      'during_start',
      'in_checkpoint',
      'in_commit',
      'start_checkpoint',
    ])
    expect(report.stored.present).toBe(report.stored.readings)
    expect(report.stored.readings).toBeGreaterThan(500)
  },
  2 * LIMIT_MS,
)
