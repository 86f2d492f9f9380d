/** The real program as a child process, on a data folder that outlives it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { createInterface } from 'node:readline'
import {
  createUsanceCore,
  loadConfig,
  migrateDatabases,
  setUpDemo,
  type DemoState,
  type UsanceCore,
} from '../../app/index.ts'
import { secureRandomBytes, systemClock } from '../../core/index.ts'
import { pino } from 'pino'
import { onTestFinished } from 'vitest'

export const usanceMain = path.join(import.meta.dirname, '../../app/main.ts')

export type UsanceProcess = {
  readonly mqttUrl: string
  readonly httpUrl: string
  readonly pid: number
  /** Sends the signal and resolves to the exit code; null after SIGKILL. */
  stop(signal: NodeJS.Signals): Promise<number | null>
}

/** A server that may not be ready yet, or never become it. */
export type StartingUsance = {
  /** Rejects when the process ends before. */
  readonly ready: Promise<UsanceProcess>
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>
  kill(signal: NodeJS.Signals): void
}

/** Runs `usance serve` and resolves when it says that it is ready. */
export function startUsanceProcess(
  data: string,
  ports: { mqtt: number; http: number },
): Promise<UsanceProcess> {
  return spawnUsance(data, ports).ready
}

/** Runs `usance serve`; `onLine` hears every line of its standard error. */
export function spawnUsance(
  data: string,
  ports: { mqtt: number; http: number },
  environment: Readonly<Record<string, string>> = {},
  onLine: (line: string) => void = () => undefined,
): StartingUsance {
  const flags = ['--data', data, '--mqtt-port', String(ports.mqtt), '--http-port', String(ports.http)]
  const child = spawn(process.execPath, [usanceMain, 'serve', ...flags], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env['PATH'], ...environment },
  })
  const talk: string[] = []
  const lines = createInterface(child.stderr)
  const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
  const ended = exited.then(([code, signal]) => ({ code, signal }))
  const stop = async (signal: NodeJS.Signals) => {
    child.kill(signal)
    return (await ended).code
  }
  const ready = new Promise<UsanceProcess>((resolve, reject) => {
    lines.on('line', (line) => {
      onLine(line)
      talk.push(line)
      if (!line.includes('"Usance is ready"')) return
      const { mqttUrl, httpUrl } = JSON.parse(line) as { mqttUrl: string; httpUrl: string }
      resolve({ mqttUrl, httpUrl, pid: child.pid ?? 0, stop })
    })
    child.on('exit', (code) => reject(new Error(`usance ended with ${code}:\n${talk.join('\n')}`)))
  })
  return { ready, ended, kill: (signal) => child.kill(signal) }
}

/** Runs one command to its end. */
export async function runUsance(
  argv: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [usanceMain, ...argv], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], ...environment },
  })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout, stderr }
}

/** Opens the stores of a data folder without any port, as the commands do. */
export function openCore(data: string): UsanceCore {
  return createUsanceCore({
    config: loadConfig({ data }, {}),
    clock: systemClock,
    randomBytes: secureRandomBytes,
    log: pino({ level: 'silent' }),
  })
}

/** Migrates the folder and fills it with the demo's manufacturer, customers, contracts and drills. */
export async function setUpWorld(data: string): Promise<DemoState> {
  migrateDatabases(data)
  const core = openCore(data)
  try {
    return await setUpDemo(core, systemClock.now(), secureRandomBytes)
  } finally {
    await core.close()
  }
}
