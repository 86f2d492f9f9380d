/** The real program as a child process, on a data folder that outlives it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
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

/** Runs `usance serve` and resolves when it says that it is ready. */
export async function startUsanceProcess(
  data: string,
  ports: { mqtt: number; http: number },
): Promise<UsanceProcess> {
  const flags = ['--data', data, '--mqtt-port', String(ports.mqtt), '--http-port', String(ports.http)]
  const child = spawn(process.execPath, [usanceMain, 'serve', ...flags], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env['PATH'] },
  })
  const exited = once(child, 'exit') as Promise<[number | null]>
  const talk: string[] = []
  const ready = new Promise<{ mqttUrl: string; httpUrl: string }>((resolve, reject) => {
    createInterface(child.stderr).on('line', (line) => {
      talk.push(line)
      if (!line.includes('"Usance is ready"')) return
      const { mqttUrl, httpUrl } = JSON.parse(line) as { mqttUrl: string; httpUrl: string }
      resolve({ mqttUrl, httpUrl })
    })
    child.on('exit', (code) => reject(new Error(`usance ended with ${code}:\n${talk.join('\n')}`)))
  })
  return {
    ...(await ready),
    pid: child.pid ?? 0,
    async stop(signal) {
      child.kill(signal)
      const [code] = await exited
      return code
    },
  }
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

export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}
