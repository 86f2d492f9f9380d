/** The thread that reads the metering database, on a read-only connection with short transactions. */
import { parentPort, workerData } from 'node:worker_threads'
import { InvariantError, type ManufacturerId } from '../../core/index.ts'
import { giveWay, openSqlite } from '../../db/sqlite-index.ts'
import { readChanges, type NotedChange } from '../changes.ts'
import { openDeviceReader } from '../devices/device-reader.ts'
import { openStoreFigures, type StoreFigures } from '../keeping/store-figures.ts'
import type {
  DecisionPage,
  DecisionRecord,
  HoldInContext,
  HoldQuery,
  HoleQuery,
  LateChangesPage,
  ListedReading,
  OutcomeCounts,
  Page,
  PinDifference,
  RecomputedDevice,
  ReadingListQuery,
  RecomputedTotals,
  RecomputeScope,
  RegisterFeedPage,
  RegisterUsage,
  RunSession,
  StepsQuery,
  UsageFeedPage,
  UsageQuery,
  UsageSteps,
} from '../metering-types.ts'
import type { QuarantineQuery } from '../list-sorts.ts'
import type {
  EventsQuery,
  EventsResult,
  MetricQuery,
  MetricResult,
  RunningEventsResult,
} from '../metric-types.ts'
import { openMetricReader } from '../metrics/metric-reader.ts'
import { listDecisions } from '../store/change-facts.ts'
import { readPinDifferences } from '../store/pin-usage.ts'
import { getModelOfDevice } from '../store/device-catalogue.ts'
import { openHoldReader } from '../store/hold-context.ts'
import { readOpenedHolds, type OpenedHold } from '../store/opened-holds.ts'
import { openRecompute, type RecomputeRun } from '../store/recompute.ts'
import { openReadingList } from '../store/reading-list.ts'
import { openReadingLog } from '../store/reading-log.ts'
import { countMissingReadings } from '../store/sequence-holes.ts'
import { listHolds, listQuarantine } from '../store/set-aside.ts'
import { readCursor, readRegisterFeed, readLateChanges, readUsageFeed } from '../store/usage-feed.ts'
import { openUsageReader } from '../store/usage-reader.ts'
import { serveCalls } from './thread-calls.ts'

export type ReaderData = {
  readonly file: string
  /** For long reads, beside which devices wait for the writer. */
  readonly givesWay: boolean
}

if (parentPort === null) throw new InvariantError('The reader runs as a worker thread.')
const { file, givesWay } = workerData as ReaderData
if (givesWay) giveWay()
const database = openSqlite(file, { readOnly: true })
const reader = openUsageReader(database)
const readingLog = openReadingLog(database)
const metrics = openMetricReader(database, {
  walkRegister: reader.walkRegister,
  readEventTypes: (device) => getModelOfDevice(database, device).eventTypes ?? [],
})
const recompute = openRecompute(database)
const holds = openHoldReader(database, reader)
const readings = openReadingList(database, reader)
const figures = openStoreFigures(database)
const port = parentPort

const methods = {
  readSteps: (queries: readonly StepsQuery[]): UsageSteps[] => reader.readSteps(queries),

  readUsage: (queries: readonly UsageQuery[]): RegisterUsage[] => reader.readUsage(queries),

  countMissingReadings: (queries: readonly HoleQuery[]): number[] =>
    countMissingReadings(database, readingLog, reader, queries),

  readSessions: (query: UsageQuery): RunSession[] => reader.readSessions(query),

  listReadings: (call: {
    manufacturerId: ManufacturerId
    deviceId: string
    query: ReadingListQuery
  }): Page<ListedReading> => readings.listReadings(call.manufacturerId, call.deviceId, call.query),

  readMetrics: (queries: readonly MetricQuery[]): MetricResult[] => metrics.readMetrics(queries),

  readRunningEvents: (queries: readonly EventsQuery[]): RunningEventsResult[] =>
    metrics.readRunningEvents(queries),

  readEvents: (queries: readonly EventsQuery[]): EventsResult[] => metrics.readEvents(queries),

  ...openDeviceReader(database, (manufacturerId, deviceId) => reader.findDevice(manufacturerId, deviceId)),

  listHolds: (call: { manufacturerId: ManufacturerId; deviceId: string | undefined }) =>
    listHolds(database, call.manufacturerId, call.deviceId),

  findHolds: (call: { manufacturerId: ManufacturerId; query: HoldQuery }): Page<HoldInContext> =>
    holds.findHolds(call.manufacturerId, call.query),

  listDecisions: (call: {
    manufacturerId: ManufacturerId
    deviceId: string
    page: DecisionPage
  }): DecisionRecord[] => listDecisions(database, call.manufacturerId, call.deviceId, call.page),

  readPinDifferences: (pinId: string): PinDifference[] => readPinDifferences(database, reader, pinId),

  listQuarantine: (call: { manufacturerId: ManufacturerId; query: QuarantineQuery }) =>
    listQuarantine(database, call.manufacturerId, call.query),

  readOutcomeCounts: (): OutcomeCounts => {
    const rows = database.prepare('SELECT outcome, readings FROM outcome_counts').all()
    return Object.fromEntries(rows.map((row) => [row['outcome'], row['readings']])) as OutcomeCounts
  },

  readStoreFigures: (): StoreFigures => figures.readStoreFigures(),

  readChanges: (call: { after: number; limit: number }): NotedChange[] =>
    readChanges(database, call.after, call.limit),

  readOpenedHolds: (call: { after: number; limit: number }): OpenedHold[] =>
    readOpenedHolds(database, call.after, call.limit),

  readCursor: (name: string): number => readCursor(database, name),

  readRegisterFeed: (call: { after: number; limit: number }): RegisterFeedPage =>
    readRegisterFeed(database, call.after, call.limit),

  readUsageFeed: (call: { after: number; limit: number }): UsageFeedPage =>
    readUsageFeed(database, reader, call.after, call.limit),

  readLateChanges: (call: { after: number; limit: number }): LateChangesPage =>
    readLateChanges(database, call.after, call.limit),

  beginRecompute: (scope: RecomputeScope): RecomputeRun => recompute.begin(scope),

  recomputeNext: (call: { run: RecomputeRun; afterNo: number }): RecomputedDevice | undefined =>
    recompute.next(call.run, call.afterNo),

  addUpRecompute: (call: { run: RecomputeRun; readingsOfRun: number }): RecomputedTotals =>
    recompute.addUp(call.run, call.readingsOfRun),

  close: (): void => {
    port.close()
    database.close()
  },
}

export type ReaderMethods = typeof methods

serveCalls(port, methods)
