/**
 * mosquitto, if this machine has it, with a configuration of its own on a free loopback port.
 *
 * Persistence is on and queues are unlimited, so that its subscriber gets every message; it syncs nothing to disk
 * before it acknowledges.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants, mkdirSync, writeFileSync } from 'node:fs'
import { connect, createServer, type AddressInfo } from 'node:net'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { benchErrors } from '../errors.ts'

export type MosquittoServer = { readonly port: number; close(): Promise<void> }

const START_TIMEOUT_MS = 5_000
const POLL_MS = 20

/** The program's path: on the PATH, or where Debian puts it, which is not on an ordinary user's PATH. */
export function findMosquitto(searchPath: string = process.env['PATH'] ?? ''): string | undefined {
  const folders = [
    ...searchPath.split(path.delimiter).filter(path.isAbsolute),
    '/usr/sbin',
    '/usr/local/sbin',
  ]
  return folders.map((folder) => path.join(folder, 'mosquitto')).find(isExecutable)
}

/** @throws AppError `bench_failed` when it does not listen in time */
export async function startMosquitto(
  program: string,
  folder: string,
  signal: AbortSignal,
): Promise<MosquittoServer> {
  mkdirSync(folder)
  const port = await findFreePort()
  const configFile = path.join(folder, 'mosquitto.conf')
  // Started by root, it would change to a user who may not write here.
  const lines = [
    `listener ${port} 127.0.0.1`,
    'allow_anonymous true',
    'set_tcp_nodelay true',
    'max_inflight_messages 1000',
    'max_queued_messages 0',
    'persistence true',
    `persistence_location ${folder}/`,
    'user root',
    'log_dest none',
  ]
  writeFileSync(configFile, `${lines.join('\n')}\n`)
  const child = spawn(program, ['-c', configFile], { stdio: 'ignore', signal })
  let isRunning = true
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => {
      isRunning = false
      resolve()
    })
  })
  child.on('error', () => {
    isRunning = false
  })
  const close = async () => {
    if (child.pid === undefined) return
    child.kill('SIGKILL')
    await ended
  }
  const deadline = performance.now() + START_TIMEOUT_MS
  while (!(await isListening(port))) {
    if (isRunning && performance.now() < deadline) await sleep(POLL_MS)
    else {
      await close()
      throw benchErrors.bench_failed(
        `${program} does not listen; try "${program} -c ${configFile}" yourself.`,
      )
    }
  }
  return { port, close }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Free at this moment; mosquitto cannot choose one itself. */
async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
