/**
 * The crash run in brief: 20 kills. `npm run torture -- stripe` does the same with 300.
 */
import { expect, it } from 'vitest'
import { runStripeCrash } from './testing/stripe-crash.ts'

const LIMIT_MS = 300_000

it(
  'I10 each document exists at Stripe exactly once with our total, whatever fails and whoever is killed',
  async () => {
    const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1_000_000))
    const kills = Number(process.env['STRIPE_KILLS'] ?? 20)
    const say = (line: string) => process.stderr.write(`${line}\n`)
    say(`SEED=${seed} STRIPE_KILLS=${kills}`)
    const report = await runStripeCrash({ seed, kills, say })
    const made = [...report.kills.values()].reduce((sum, each) => sum + each, 0)
    const counted = (counts: ReadonlyMap<string, number>) =>
      [...counts].map(([name, count]) => `${name} ${count}`).join(', ')
    say(
      `${made} of ${kills} kills (${counted(report.kills)}), ${report.documents} documents, ${report.creditNotes} credit notes, ` +
        `${report.requests} requests, faults: ${counted(report.faults)}`,
    )
    expect(report.violations).toEqual([])
    expect([...report.kills.keys()].toSorted()).toEqual(['answer', 'any_moment', 'request', 'statement'])
    expect(report.documents).toBeGreaterThan(kills)
  },
  (Number(process.env['STRIPE_KILLS'] ?? 20) / 20) * LIMIT_MS,
)
