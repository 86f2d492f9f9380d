/** The parts of the torture: each runs to its end and says in one line how it went. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { formatCrashReport, runCrash } from './crash/crash-run.ts'
import type { PartName, TortureSettings } from './torture-arguments.ts'

export type PartResult = { readonly passed: boolean; readonly summary: string }

type Part = (settings: TortureSettings, seed: number, say: (line: string) => void) => Promise<PartResult>

export const parts: Readonly<Record<PartName, Part>> = {
  async crash({ kills, devices, limitMs }, seed, say) {
    const report = await runCrash({ seed, kills, devices, limitMs, say })
    say(formatCrashReport(report))
    for (const violation of report.violations) say(`VIOLATION ${violation}`)
    const { present, readings } = report.stored
    const made = [...report.kills.values()].reduce((sum, each) => sum + each.made, 0)
    const outcome = report.violations.length === 0 ? 'as promised' : `${report.violations.length} violations`
    return {
      passed: report.violations.length === 0,
      summary: `${made} of ${kills} kills, ${present} of ${readings} acknowledged readings present, ${outcome}`,
    }
  },
  model: (settings, seed) => runTests(['--project', 'db', 'metering/ingest-against-model'], settings, seed),
  fuzz: (settings, seed) => runTests(['--project', 'e2e', 'broker/fuzz'], settings, seed),
  stripe: (settings, seed) => runTests(['--project', 'e2e', 'billing/stripe/crash-run'], settings, seed),
}

/** Runs tests that read how many cases they are to try; the last line of theirs is the summary. */
async function runTests(
  words: readonly string[],
  settings: TortureSettings,
  seed: number,
): Promise<PartResult> {
  const root = path.join(import.meta.dirname, '..', '..')
  const script = path.join(root, 'test', 'setup', 'run-tests.ts')
  const child = spawn(process.execPath, [script, ...words, `--testTimeout=${settings.limitMs}`], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      USANCE_TORTURE: String(settings.cases),
      STRIPE_KILLS: String(settings.kills),
      SEED: String(seed),
    },
  })
  let lastLine = ''
  child.stdout.on('data', (chunk: Buffer) => {
    process.stdout.write(chunk)
    lastLine = chunk.toString().trimEnd().split('\n').at(-1) ?? lastLine
  })
  const [code] = (await once(child, 'close')) as [number | null]
  return { passed: code === 0, summary: lastLine }
}
