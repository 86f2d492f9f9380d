/**
 * The `usance` command: dispatches to a command and turns its end into an exit code.
 *
 * 0 done, 1 failed, 2 misused, 130 interrupted. The first SIGINT or SIGTERM asks the command to finish what it holds,
 * within ten seconds unless it is the simulator, which has its own patience; a second one ends it. Only this file exits.
 */
import { existsSync, readFileSync } from 'node:fs'
import { AppError } from '../core/index.ts'
import type { CommandContext } from './command-context.ts'

const EXIT_FAILED = 1
const EXIT_MISUSED = 2
const EXIT_INTERRUPTED = 130
/** How long a command may take to end by itself once it is asked to; the others may be ended at any point. */
const closeTimeouts: Readonly<Record<string, number>> = {
  serve: 9_500,
  demo: 9_500,
  'stripe-sandbox': 9_500,
  sim: Infinity,
}
const QUIT_TIMEOUT_MS = 500

/** Resolves to an exit code; data goes to stdout, talk to stderr. */
type Command = (context: CommandContext) => Promise<number>

/** Each is loaded when it is asked for: a backup beside a busy server does not begin with loading all of it. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  init: async () => (await import('./commands/init.ts')).runInit,
  serve: async () => (await import('./commands/serve.ts')).runServe,
  demo: async () => (await import('./demo/run-demo.ts')).runDemo,
  sim: async () => {
    const { runSimulatorCommand } = await import('../devices-sim/index.ts')
    return ({ argv, stdout, stderr, signal, quitSignal, environment }) =>
      runSimulatorCommand([...argv], { stdout, stderr, signal, quitSignal, env: environment })
  },
  bill: async () => (await import('./commands/bill.ts')).runBill,
  rate: async () => (await import('./commands/rate.ts')).runRate,
  preview: async () => (await import('./commands/preview.ts')).runPreview,
  replay: async () => (await import('./commands/replay.ts')).runReplay,
  import: async () => (await import('./commands/import.ts')).runImport,
  migrate: async () => (await import('./commands/migrate.ts')).runMigrate,
  recompute: async () => (await import('./commands/recompute.ts')).runRecompute,
  holds: async () => (await import('./commands/holds.ts')).runHolds,
  mail: async () => (await import('./commands/mail.ts')).runMail,
  audit: async () => (await import('./commands/audit.ts')).runAudit,
  backup: async () => (await import('./commands/backup.ts')).runBackup,
  archive: async () => (await import('./commands/archive.ts')).runArchive,
  restore: async () => (await import('./commands/restore.ts')).runRestore,
  'stripe-sandbox': async () => (await import('./commands/stripe-sandbox.ts')).runStripeSandbox,
}
/** These run beside a server that devices wait for. */
const givingWay: ReadonlySet<string> = new Set(['archive', 'audit', 'backup', 'recompute', 'replay'])

function readHelp(command: string): string {
  return readFileSync(new URL(`./commands/${command}.help.txt`, import.meta.url), 'utf8')
}

async function main(): Promise<number> {
  const [name = '', ...argv] = process.argv.slice(2)
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (name === '' || name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(readHelp('usance'))
    return name === '' ? EXIT_MISUSED : 0
  }
  if (load === undefined) {
    process.stderr.write(`usance: there is no command "${name.slice(0, 40)}". Try "usance --help".\n`)
    return EXIT_MISUSED
  }
  if (name !== 'sim' && (argv.includes('--help') || argv.includes('-h'))) {
    process.stdout.write(readHelp(name))
    return 0
  }
  if (existsSync('.env')) process.loadEnvFile('.env')
  const { signal, quitSignal } = listenForSignals(closeTimeouts[name] ?? 0)
  if (givingWay.has(name)) (await import('../db/index.ts')).giveWay()
  try {
    const command = await load()
    const { stdin, stdout, stderr } = process
    return await command({ argv, stdin, stdout, stderr, signal, quitSignal, environment: process.env })
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    process.stderr.write(`usance: ${error.message} (${error.code})\n`)
    if (signal.aborted) return EXIT_INTERRUPTED
    const isMisuse = error.code === 'arguments_invalid' || error.code === 'configuration_invalid'
    return isMisuse ? EXIT_MISUSED : EXIT_FAILED
  }
}

function listenForSignals(closeTimeoutMs: number): {
  signal: AbortSignal
  quitSignal: AbortSignal
} {
  const first = new AbortController()
  const second = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (first.signal.aborted) {
        second.abort(name)
        setTimeout(() => process.exit(EXIT_INTERRUPTED), QUIT_TIMEOUT_MS).unref()
        return
      }
      first.abort(name)
      if (closeTimeoutMs === 0) process.exit(EXIT_INTERRUPTED)
      if (closeTimeoutMs < Infinity) setTimeout(() => process.exit(EXIT_FAILED), closeTimeoutMs).unref()
    })
  }
  return { signal: first.signal, quitSignal: second.signal }
}

process.exit(await main())
