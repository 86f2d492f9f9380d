/**
 * `npm run torture`: the long versions of what CI runs briefly, one part after the other, each with one line at the end.
 * Exit codes: 0 all parts passed, 1 one failed, 2 misused.
 */
import { randomInt } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { parseTortureArguments, type TortureSettings } from './torture-arguments.ts'
import { parts } from './torture-parts.ts'

const EXIT_FAILED = 1
const EXIT_MISUSED = 2

const say = (line: string) => process.stdout.write(`${line}\n`)
process.exitCode = await main()

async function main(): Promise<number> {
  const parsed = parseTortureArguments(process.argv.slice(2))
  if (parsed.kind === 'help') {
    process.stdout.write(readFileSync(new URL('./torture.help.txt', import.meta.url), 'utf8'))
    return 0
  }
  if (parsed.kind === 'misused') {
    process.stderr.write(`${parsed.problems.join('\n')}\nTry "npm run torture -- --help".\n`)
    return EXIT_MISUSED
  }
  return runParts(parsed.settings)
}

async function runParts(settings: TortureSettings): Promise<number> {
  const seed = settings.seed ?? randomInt(0xffff_ffff)
  say(`SEED=${seed}`)
  const lines: string[] = []
  let hasFailed = false
  for (const name of settings.parts) {
    const startedAt = performance.now()
    const { passed, summary } = await parts[name](settings, seed, say)
    const seconds = Math.round((performance.now() - startedAt) / 1_000)
    hasFailed ||= !passed
    lines.push(`${name}: ${passed ? 'passed' : 'FAILED'} in ${seconds} s: ${summary}`)
  }
  for (const line of lines) say(line)
  return hasFailed ? EXIT_FAILED : 0
}
