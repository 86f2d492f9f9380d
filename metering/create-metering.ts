/**
 * Assembles metering: one thread that writes, one that answers short reads (sign-in waits for it), one for what people look
 * at, one for long reads, which gives way to the others, one that moves the write-ahead log, and nothing synchronous on the
 * caller's event loop.
 *
 * Readiness follows the last write: a failed one turns it off, and from then on a probe once a second turns it on again
 * as soon as the store takes writes, whether or not a device is still connected to try.
 */
import type { Logger } from 'pino'
import {
  isLongMessage,
  type Clock,
  type DeviceId,
  type InboundMessage,
  type RandomBytes,
} from '../core/index.ts'
import { assertSchemaCurrent, gatherCalls, openSqlite } from '../db/sqlite-index.ts'
import { createDeviceAdministration } from './devices/device-administration.ts'
import type { Metering, PinInput } from './metering-types.ts'
import { assertEventsQueriesValid, assertMetricQueriesValid } from './metrics/metric-definition.ts'
import { SAVED_AT_ONCE } from './store/unsaved.ts'
import { packMessages } from './threads/message-batch.ts'
import type { ReaderData, ReaderMethods } from './threads/reader-worker.ts'
import { connectThread } from './threads/thread-calls.ts'
import { createWalKeeper } from './threads/wal-keeper.ts'
import type { WalMethods } from './threads/wal-worker.ts'
import type { WriterData, WriterMethods } from './threads/writer-worker.ts'

/** What the thread for pages takes; more is a long read. Some milliseconds each. */
const USAGES_OF_A_PAGE = 200
const BORDERS_OF_A_PAGE = 5_000

/** Devices wait for the writer meanwhile. */
const PINS_AT_ONCE = 25

const PROBE_INTERVAL_MS = 1_000
/**
 * A fleet that signs in asks the reader once for each device. By V8's own measure it would let tens of megabytes of
 * garbage grow before it looked, which is some 15 KB for each of a thousand connections.
 */
const READER_YOUNG_MB = 2

export type MeteringOptions = {
  /** The SQLite file; `usance migrate` must have brought it up to date. */
  readonly file: string
  readonly clock: Clock
  readonly randomBytes: RandomBytes
  readonly log: Logger
  /** Ends the device's connection and its sign-ins under way. Called for every revocation, after its commit. */
  readonly onRevoked?: (deviceId: DeviceId) => void
  /** Called after each change that somebody made, so that it is copied to the audit trail soon. */
  readonly onChanged?: () => void
  /** Stops the database from growing past this many 4 KiB pages; for tests of a full disk. */
  readonly maxPages?: number
}

/** @throws AppError `database_not_writable`, `schema_behind`, `schema_unknown` */
export function createMetering(options: MeteringOptions): Metering {
  const {
    file,
    clock,
    randomBytes,
    log,
    maxPages,
    onRevoked = () => undefined,
    onChanged = () => undefined,
  } = options
  const database = openSqlite(file)
  try {
    assertSchemaCurrent(database, 'metering')
  } finally {
    database.close()
  }

  const writer = connectThread<WriterMethods>(
    new URL('./threads/writer-worker.ts', import.meta.url),
    { file, maxPages } satisfies WriterData,
    (error) => log.error({ err: error }, 'metering writer ended; it starts again with the next batch'),
  )
  const reader = connectThread<ReaderMethods>(
    new URL('./threads/reader-worker.ts', import.meta.url),
    { file, givesWay: false } satisfies ReaderData,
    (error) => log.error({ err: error }, 'metering reader ended; it starts again with the next call'),
    { maxYoungGenerationSizeMb: READER_YOUNG_MB },
  )
  const follower = connectThread<ReaderMethods>(
    new URL('./threads/reader-worker.ts', import.meta.url),
    { file, givesWay: true } satisfies ReaderData,
    (error) => log.error({ err: error }, 'metering follower ended; it starts again with the next page'),
  )
  const pageReader = connectThread<ReaderMethods>(
    new URL('./threads/reader-worker.ts', import.meta.url),
    { file, givesWay: false } satisfies ReaderData,
    (error) => log.error({ err: error }, 'metering page reader ended; it starts again with the next call'),
  )
  const walThread = connectThread<WalMethods>(
    new URL('./threads/wal-worker.ts', import.meta.url),
    { file },
    (error) =>
      log.error({ err: error }, 'the thread of the write-ahead log ended; it starts again by itself'),
  )
  const wal = createWalKeeper({
    file,
    checkpoint: () => walThread.call('checkpoint', undefined),
    finish: () => writer.call('checkpoint', undefined),
    log,
  })
  const { administration, by, tracker } = createDeviceAdministration({
    writer,
    reader,
    pageReader,
    slowReader: follower,
    saveDevices,
    clock,
    randomBytes,
    log,
    onRevoked,
    onChanged,
  })
  const pinTogether = gatherCalls(
    (thread: typeof writer, inputs: readonly PinInput[]) =>
      thread.call('pinUsages', { inputs, now: clock.now() }),
    { atOnce: PINS_AT_ONCE },
  )
  const stats = { batchesCommitted: 0, messagesCommitted: 0, batchesFailed: 0, lastCommitMs: 0 }
  let isReady = true
  let isClosed = false
  let probe: NodeJS.Timeout | undefined

  function markUnready(): void {
    if (!isReady || isClosed) return
    isReady = false
    log.error('the metering store refuses writes; devices keep their readings')
    probe = setInterval(() => {
      writer.call('probe', undefined).then(markReady, () => undefined)
    }, PROBE_INTERVAL_MS)
  }

  function markReady(): void {
    if (isReady) return
    isReady = true
    clearInterval(probe)
    log.info('the metering store takes writes again')
  }

  async function ingest(batch: readonly InboundMessage[]) {
    const startedAt = performance.now()
    const packed = packMessages(batch)
    try {
      const method = batch.some(isLongMessage) ? 'ingestInParts' : 'ingest'
      const problems = await writer.call(method, packed, [packed.payloads.buffer])
      stats.batchesCommitted += 1
      stats.messagesCommitted += batch.length
      stats.lastCommitMs = performance.now() - startedAt
      tracker.noteMessages(batch)
      wal.afterCommit()
      markReady()
      return { problems }
    } catch (error) {
      stats.batchesFailed += 1
      markUnready()
      throw error
    }
  }

  /** The readers see what is saved; the writer saves first what it has only logged of these devices. */
  async function saveDevices(deviceIds: readonly string[]): Promise<void> {
    for (let start = 0; start < deviceIds.length; start += SAVED_AT_ONCE) {
      await writer.call('saveDevices', deviceIds.slice(start, start + SAVED_AT_ONCE))
    }
  }

  async function afterSavingOf<Answer>(
    queries: readonly { readonly deviceId: string }[],
    read: () => Promise<Answer>,
  ): Promise<Answer> {
    await saveDevices([...new Set(queries.map(({ deviceId }) => deviceId))])
    return read()
  }

  /** The same for all devices. */
  async function afterSaving<Answer>(read: () => Promise<Answer>): Promise<Answer> {
    let saved = await writer.call('saveSome', undefined)
    while (!saved.isDone) saved = await writer.call('saveSome', saved.upTo)
    return read()
  }

  return {
    ingest,
    stats: () => ({ ...stats }),

    ...administration,
    by,
    readSessions: (query) => afterSavingOf([query], () => follower.call('readSessions', query)),
    async findFirstSteps(manufacturerId) {
      const steps = await administration.findFirstSteps(manufacturerId)
      // Saving a whole fleet is for the moment of the first reading only.
      return steps.reading ? steps : afterSaving(() => administration.findFirstSteps(manufacturerId))
    },
    listReadings: (manufacturerId, deviceId, query) =>
      afterSavingOf([{ deviceId }], () =>
        pageReader.call('listReadings', { manufacturerId, deviceId, query }),
      ),
    readUsage(queries) {
      const thread = queries.length <= USAGES_OF_A_PAGE ? pageReader : follower
      return afterSavingOf(queries, () => thread.call('readUsage', queries))
    },
    readSteps(queries) {
      const borders = queries.reduce((sum, query) => sum + query.borders.length, 0)
      const thread = borders <= BORDERS_OF_A_PAGE ? pageReader : follower
      return afterSavingOf(queries, () => thread.call('readSteps', queries))
    },
    async readMetrics(queries) {
      assertMetricQueriesValid(queries)
      return afterSavingOf(queries, () => follower.call('readMetrics', queries))
    },
    async readRunningEvents(queries) {
      assertEventsQueriesValid(queries)
      return afterSavingOf(queries, () => follower.call('readRunningEvents', queries))
    },
    async readEvents(queries) {
      assertEventsQueriesValid(queries)
      return afterSavingOf(queries, () => follower.call('readEvents', queries))
    },
    listHolds: (manufacturerId, deviceId) => reader.call('listHolds', { manufacturerId, deviceId }),
    findHolds(manufacturerId, query) {
      const { deviceId } = query
      const read = () => pageReader.call('findHolds', { manufacturerId, query })
      return deviceId === undefined ? afterSaving(read) : afterSavingOf([{ deviceId }], read)
    },
    listDecisions: (manufacturerId, deviceId, page = {}) =>
      reader.call('listDecisions', { manufacturerId, deviceId, page }),
    countMissingReadings: (queries) =>
      afterSavingOf(queries, () => reader.call('countMissingReadings', queries)),
    pinUsage: (input) => pinTogether(writer, input),
    readPinDifferences: (pinId) => afterSaving(() => reader.call('readPinDifferences', pinId)),
    async settle() {
      while ((await writer.call('judgeSome', undefined)) > 0);
    },
    async *recompute(scope = {}) {
      const run = await follower.call('beginRecompute', scope)
      let [afterNo, readingsOfRun] = [0, 0]
      for (;;) {
        const device = await follower.call('recomputeNext', { run, afterNo })
        if (device === undefined) break
        afterNo = device.no
        readingsOfRun += device.readingsOfRun
        yield device
      }
      if (run.deviceId === undefined && run.manufacturerId === undefined) {
        yield await follower.call('addUpRecompute', { run, readingsOfRun })
      }
    },
    listQuarantine: (manufacturerId, query) => reader.call('listQuarantine', { manufacturerId, query }),
    readOutcomeCounts: () => reader.call('readOutcomeCounts', undefined),
    readStoreFigures: () => reader.call('readStoreFigures', undefined),

    feed: {
      readCursor: (name) => follower.call('readCursor', name),
      moveCursor: (name, position) => writer.call('moveCursor', { name, position }),
      readRegisters: (after, limit) => follower.call('readRegisterFeed', { after, limit }),
      readUsage: (after, limit) => afterSaving(() => follower.call('readUsageFeed', { after, limit })),
      readLateChanges: (after, limit) =>
        afterSaving(() => follower.call('readLateChanges', { after, limit })),
      readChanges: (after, limit) => reader.call('readChanges', { after, limit }),
      readOpenedHolds: (after, limit) => reader.call('readOpenedHolds', { after, limit }),
    },

    isReady: () => isReady,
    async close() {
      isClosed = true
      clearInterval(probe)
      await tracker.close()
      await wal.whenIdle()
      await walThread.close()
      await Promise.all([writer, reader, pageReader, follower].map((thread) => thread.close()))
    },
  }
}
