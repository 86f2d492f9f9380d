/** Runs Debian's `influxd` on loopback with its data in a given folder: for the demo and for tests. */
import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { accessSync, constants, mkdirSync } from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

export type LocalInfluxd = {
  readonly url: string
  /** Ends the program with SIGTERM, or as told, and waits for its end. */
  stop(signal?: NodeJS.Signals): Promise<void>
}

/** The path of `influxd` in one of the folders of a PATH, if it is there. */
export function findInfluxd(searchPath: string): string | undefined {
  const candidates = searchPath.split(path.delimiter).map((folder) => path.join(folder, 'influxd'))
  return candidates.find((candidate) => {
    try {
      accessSync(candidate, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

const START_TIMEOUT_MS = 30_000

/** Starts `program` and resolves once it answers. A given port is used again, so that a restart keeps its URL. */
export async function startLocalInfluxd(
  program: string,
  folder: string,
  port?: number,
): Promise<LocalInfluxd> {
  mkdirSync(folder, { recursive: true })
  const httpPort = port ?? (await findFreePort())
  const child = spawn(program, [], {
    stdio: 'ignore',
    env: {
      ...process.env,
      INFLUXDB_REPORTING_DISABLED: 'true',
      INFLUXDB_BIND_ADDRESS: `127.0.0.1:${await findFreePort()}`,
      INFLUXDB_HTTP_BIND_ADDRESS: `127.0.0.1:${httpPort}`,
      INFLUXDB_HTTP_LOG_ENABLED: 'false',
      INFLUXDB_META_DIR: path.join(folder, 'meta'),
      INFLUXDB_DATA_DIR: path.join(folder, 'data'),
      INFLUXDB_DATA_WAL_DIR: path.join(folder, 'wal'),
      INFLUXDB_DATA_INDEX_VERSION: 'tsi1',
      INFLUXDB_MONITOR_STORE_ENABLED: 'false',
    },
  })
  const ended = once(child, 'exit')
  const endWithParent = () => child.kill()
  process.once('exit', endWithParent)
  child.once('exit', () => process.off('exit', endWithParent))
  const url = `http://127.0.0.1:${httpPort}`
  for (const deadline = Date.now() + START_TIMEOUT_MS; !(await answers(url));) {
    if (child.exitCode !== null || Date.now() > deadline) {
      child.kill('SIGKILL')
      throw new Error(`influxd did not start on ${url}`)
    }
    await sleep(50)
  }
  return {
    url,
    async stop(signal = 'SIGTERM') {
      child.kill(signal)
      await ended
    },
  }
}

async function answers(url: string): Promise<boolean> {
  return fetch(`${url}/ping`).then(
    ({ status }) => status === 204,
    () => false,
  )
}

/** Below the ports that the system gives out by itself, so that nobody is given it before the program listens. */
export async function findFreePort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 30_000)
    const server = createServer()
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false))
      server.listen(port, '127.0.0.1', () => resolve(true))
    })
    if (!isFree) continue
    server.close()
    await once(server, 'close')
    return port
  }
}
