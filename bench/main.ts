/**
 * `npm run bench`: dispatches to a bench and turns its end into an exit code: 0 measured, 1 failed or invalid, 2 misused,
 * 130 interrupted. Only this file exits.
 */
import { readFileSync } from 'node:fs'
import { AppError, systemClock } from '../core/index.ts'
import { benches } from './index.ts'

const EXIT_FAILED = 1
const EXIT_MISUSED = 2
const EXIT_INTERRUPTED = 130

async function main(): Promise<number> {
  const [name = '', ...argv] = process.argv.slice(2)
  if (name === '' || name === '--help' || name === '-h') {
    process.stdout.write(readFileSync(new URL('./bench.help.txt', import.meta.url), 'utf8'))
    return name === '' ? EXIT_MISUSED : 0
  }
  const bench = Object.hasOwn(benches, name) ? benches[name] : undefined
  if (bench === undefined) {
    process.stderr.write(`There is no bench "${name.slice(0, 40)}". Try "npm run bench -- --help".\n`)
    return EXIT_MISUSED
  }
  const interruption = listenForSignals()
  try {
    const { stdout, stderr } = process
    await bench(argv, { stdout, stderr, clock: systemClock, signal: interruption.signal })
    return 0
  } catch (error) {
    if (interruption.signal.aborted) return EXIT_INTERRUPTED
    if (!(error instanceof AppError)) throw error
    process.stderr.write(`${error.title}.\n${error.message}\n`)
    return error.code === 'arguments_invalid' ? EXIT_MISUSED : EXIT_FAILED
  }
}

function listenForSignals(): AbortController {
  const interruption = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (interruption.signal.aborted) process.exit(EXIT_INTERRUPTED)
      interruption.abort()
    })
  }
  return interruption
}

process.exitCode = await main()
