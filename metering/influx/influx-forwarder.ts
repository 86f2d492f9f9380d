/**
 * Carries what metering stored to InfluxDB: register points, and usage per hour once an hour is settled.
 *
 * The cursor moves only after InfluxDB confirmed the write (204), and lines are the same on every attempt, so a crash or
 * an outage on either side loses and doubles nothing. InfluxDB may be down for a day: the store keeps what is to come,
 * no device notices. A line that InfluxDB will never take is found by halving, logged, counted and passed over.
 */
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { databaseErrors } from '../../db/sqlite-index.ts'
import type { MeteringFeed } from '../metering-types.ts'
import { createInfluxClient, type InfluxTarget } from './influx-client.ts'
import { formatRegisterPoint, formatUsageHour } from './line-protocol.ts'

export type InfluxForwarder = {
  /** Resolves once everything that was stored before the call is in InfluxDB; rejects when closed before. */
  catchUp(): Promise<void>
  stats(): { readonly linesWritten: number; readonly linesRefused: number; readonly isReachable: boolean }
  close(): Promise<void>
}

export type InfluxForwarderOptions = {
  readonly feed: MeteringFeed
  readonly target: InfluxTarget
  readonly log: Logger
}

const READINGS_PER_PAGE = 2_000
const CHANGES_PER_PAGE = 50
const IDLE_MS = 500
const FIRST_RETRY_MS = 250
const LONGEST_RETRY_MS = 10_000

type Source = {
  readonly cursor: string
  readPage(position: number): Promise<{ lines: string[]; position: number; isLast: boolean }>
}

export function createInfluxForwarder({ feed, target, log }: InfluxForwarderOptions): InfluxForwarder {
  const client = createInfluxClient(target)
  const stopping = new AbortController()
  const stats = { linesWritten: 0, linesRefused: 0, isReachable: true }
  const waitingForRound: { readonly resolve: () => void; readonly reject: (error: Error) => void }[] = []

  // Another server or database begins from the start.
  const name = createHash('sha256').update(`${target.url} ${target.database}`).digest('hex').slice(0, 16)
  const sources: readonly Source[] = [
    {
      cursor: `influx_registers:${name}`,
      async readPage(after) {
        const { points, position, isLast } = await feed.readRegisters(after, READINGS_PER_PAGE)
        return { lines: points.map(formatRegisterPoint), position, isLast }
      },
    },
    {
      cursor: `influx_usage:${name}`,
      async readPage(after) {
        const { hours, position, isLast } = await feed.readUsage(after, CHANGES_PER_PAGE)
        return { lines: hours.map(formatUsageHour), position, isLast }
      },
    },
  ]

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const waiters = waitingForRound.splice(0)
      let isComplete = true
      try {
        for (const source of sources) isComplete = (await forwardAll(source)) && isComplete
      } catch (error) {
        isComplete = false
        if (!stopping.signal.aborted) log.error({ err: error }, 'reading what InfluxDB is to get failed')
      }
      if (isComplete) for (const { resolve } of waiters) resolve()
      else waitingForRound.push(...waiters)
      if (!isComplete || waitingForRound.length === 0) await pause(IDLE_MS)
    }
    const closed = databaseErrors.store_unavailable('The forwarder is closing.')
    for (const { reject } of waitingForRound.splice(0)) reject(closed)
  }

  /** True when everything there was is in InfluxDB. */
  async function forwardAll(source: Source): Promise<boolean> {
    let position = await feed.readCursor(source.cursor)
    while (!stopping.signal.aborted) {
      const page = await source.readPage(position)
      if (page.position === position) return true
      if (!(await write(page.lines))) return false
      await feed.moveCursor(source.cursor, page.position)
      position = page.position
      if (page.isLast) return true
    }
    return false
  }

  /** True once every line is written or refused for good; false when stopping or when all has to begin anew. */
  async function write(lines: readonly string[]): Promise<boolean> {
    if (lines.length === 0) return true
    for (let attempt = 0; !stopping.signal.aborted; attempt += 1) {
      const result = await client.write(lines, stopping.signal)
      switch (result.outcome) {
        case 'written':
          stats.linesWritten += lines.length
          if (!stats.isReachable) log.info('InfluxDB answers again')
          stats.isReachable = true
          return true
        case 'refused':
          return writeInHalves(lines, result.reason)
        case 'database_missing':
          await createDatabase()
          return false
        case 'unavailable':
          reportUnreachable(result.reason)
          await pause(retryDelayMs(attempt))
      }
    }
    return false
  }

  async function writeInHalves(lines: readonly string[], reason: string): Promise<boolean> {
    if (lines.length === 1) {
      stats.linesRefused += 1
      log.error({ reason }, 'InfluxDB refuses a line for good; it is passed over')
      return true
    }
    const middle = lines.length >> 1
    return (await write(lines.slice(0, middle))) && (await write(lines.slice(middle)))
  }

  /** A database that was missing is empty: everything that was ever stored is due again. */
  async function createDatabase(): Promise<void> {
    try {
      for (const { cursor } of sources) await feed.moveCursor(cursor, 0)
      await client.query(`CREATE DATABASE "${target.database.replaceAll('"', '')}"`)
      log.info({ database: target.database }, 'created the InfluxDB database')
    } catch (error) {
      reportUnreachable(error instanceof Error ? error.message : 'its database is missing')
    }
  }

  function reportUnreachable(reason: string): void {
    if (!stats.isReachable || stopping.signal.aborted) return
    stats.isReachable = false
    log.warn({ reason }, 'InfluxDB does not take writes; they are kept and tried again')
  }

  async function pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: stopping.signal }).catch(() => undefined)
  }

  const running = run()

  return {
    async catchUp() {
      // The round under way may have read its last page already, so the one after it is waited for.
      await new Promise<void>((resolve, reject) => {
        if (stopping.signal.aborted) reject(databaseErrors.store_unavailable('The forwarder is closing.'))
        else waitingForRound.push({ resolve, reject })
      })
    },
    stats: () => ({ ...stats }),
    async close() {
      stopping.abort()
      await running
    },
  }
}

function retryDelayMs(attempt: number): number {
  return Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** attempt)
}
