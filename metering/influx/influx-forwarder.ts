/**
 * Carries what metering stored to InfluxDB: register points, and usage per hour once an hour is settled.
 *
 * The cursor moves only after InfluxDB confirmed the write (204), and lines are the same on every attempt, so a crash or
 * an outage on either side loses and doubles nothing. InfluxDB may be down for a day: the store keeps what is to come,
 * no device notices. A line that InfluxDB will never take is found by halving, logged, counted and passed over.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { MeteringFeed } from '../metering-types.ts'
import { createInfluxClient, type InfluxTarget } from './influx-client.ts'
import { formatRegisterPoint, formatUsageHour } from './line-protocol.ts'

export type InfluxForwarder = {
  /** Resolves once everything that was stored before the call is in InfluxDB. */
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
  const waitingForRound: (() => void)[] = []

  const sources: readonly Source[] = [
    {
      cursor: 'influx_registers',
      async readPage(after) {
        const { points, position, isLast } = await feed.readRegisters(after, READINGS_PER_PAGE)
        return { lines: points.map(formatRegisterPoint), position, isLast }
      },
    },
    {
      cursor: 'influx_usage',
      async readPage(after) {
        const { hours, position, isLast } = await feed.readUsage(after, CHANGES_PER_PAGE)
        return { lines: hours.map(formatUsageHour), position, isLast }
      },
    },
  ]

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const waiters = waitingForRound.splice(0)
      try {
        for (const source of sources) await forwardAll(source)
      } catch (error) {
        waitingForRound.push(...waiters.splice(0))
        if (!stopping.signal.aborted) log.error({ err: error }, 'reading what InfluxDB is to get failed')
      }
      for (const resolve of waiters) resolve()
      if (waitingForRound.length === 0 || waiters.length === 0) await pause(IDLE_MS)
    }
  }

  async function forwardAll(source: Source): Promise<void> {
    let position = await feed.readCursor(source.cursor)
    while (!stopping.signal.aborted) {
      const page = await source.readPage(position)
      if (page.position === position) return
      await write(page.lines)
      if (stopping.signal.aborted) return
      await feed.moveCursor(source.cursor, page.position)
      position = page.position
      if (page.isLast) return
    }
  }

  /** Returns when every line is written or refused for good, or when stopping. */
  async function write(lines: readonly string[]): Promise<void> {
    if (lines.length === 0) return
    for (let attempt = 0; !stopping.signal.aborted; attempt += 1) {
      const result = await client.write(lines)
      if (result.outcome === 'written') {
        stats.linesWritten += lines.length
        if (!stats.isReachable) log.info('InfluxDB answers again')
        stats.isReachable = true
        return
      }
      if (result.outcome === 'refused') return writeInHalves(lines, result.reason)
      if (result.outcome === 'database_missing') await createDatabase()
      else if (stats.isReachable) {
        stats.isReachable = false
        log.warn({ reason: result.reason }, 'InfluxDB does not take writes; they are kept and tried again')
      }
      await pause(retryDelayMs(attempt))
    }
  }

  async function writeInHalves(lines: readonly string[], reason: string): Promise<void> {
    if (lines.length === 1) {
      stats.linesRefused += 1
      log.error({ reason }, 'InfluxDB refuses a line for good; it is passed over')
      return
    }
    const middle = lines.length >> 1
    await write(lines.slice(0, middle))
    await write(lines.slice(middle))
  }

  async function createDatabase(): Promise<void> {
    await client.query(`CREATE DATABASE "${target.database.replaceAll('"', '')}"`).then(
      () => log.info({ database: target.database }, 'created the InfluxDB database'),
      (error: unknown) => log.warn({ err: error }, 'the InfluxDB database is missing and cannot be created'),
    )
  }

  async function pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: stopping.signal }).catch(() => undefined)
  }

  const running = run()

  return {
    async catchUp() {
      // The round under way may have read its last page already, so the one after it is waited for.
      await new Promise<void>((resolve) => waitingForRound.push(resolve))
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
