/** The one thread that writes the metering database. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { InvariantError, type DeviceProblem, type ManufacturerId } from '../../core/index.ts'
import {
  assertSchemaCurrent,
  checkpointWal,
  deferCheckpoints,
  isEnvironmentalSqliteError,
  openSqlite,
  type WalState,
} from '../../db/sqlite-index.ts'
import type { Deed } from '../changes.ts'
import { openDeviceWriter } from '../devices/device-writer.ts'
import type { DecideInput, DecisionRecord, Device, PinInput, PinnedUsage } from '../metering-types.ts'
import { openFactChanges } from '../store/change-facts.ts'
import { openMeteringWriter, type SavedSome } from '../store/metering-writer.ts'
import { openUsagePins } from '../store/pin-usage.ts'
import { unpackMessages, type MessageBatch } from './message-batch.ts'
import { serveCalls } from './thread-calls.ts'

export type WriterData = { readonly file: string; readonly maxPages: number | undefined }

if (parentPort === null) throw new InvariantError('The writer runs as a worker thread.')
const { file, maxPages } = workerData as WriterData
const database = openSqlite(file, maxPages === undefined ? {} : { maxPages })
assertSchemaCurrent(database, 'metering')
deferCheckpoints(database)
const writer = openMeteringWriter(database)
const facts = openFactChanges(writer)
const pins = openUsagePins(writer)
const port = parentPort

/** How long `judgeSome` keeps the thread. */
const JUDGING_MS = 10

let isTurnDue = false
/** What devices whose readings were judged later are to be told; handed over with the next batch. */
const waitingProblems: DeviceProblem[] = []

/** Between calls, one turn after the other, devices that wait are judged. */
function judgeInTurns(): void {
  if (isTurnDue || writer.unjudged.size === 0) return
  isTurnDue = true
  setImmediate(() => {
    isTurnDue = false
    if (!database.isOpen) return
    try {
      waitingProblems.push(...writer.judging.takeTurn())
    } catch (error) {
      if (!isEnvironmentalSqliteError(error)) throw error
      return // the next batch or probe tells when the store takes writes again
    }
    judgeInTurns()
  })
}

function withWaitingProblems(problems: DeviceProblem[]): DeviceProblem[] {
  return waitingProblems.length === 0 ? problems : [...waitingProblems.splice(0), ...problems]
}

const methods = {
  ingest(batch: MessageBatch): DeviceProblem[] {
    const problems = writer.ingest(unpackMessages(batch))
    judgeInTurns()
    return withWaitingProblems(problems)
  },

  /** Between its parts other calls are answered. */
  async ingestInParts(batch: MessageBatch): Promise<DeviceProblem[]> {
    const problems: DeviceProblem[] = []
    for (const ofPart of writer.ingestInParts(unpackMessages(batch))) {
      for (const problem of ofPart) problems.push(problem)
      judgeInTurns()
      await nextTurn()
    }
    return withWaitingProblems(problems)
  },

  decide({ input, deed }: { input: DecideInput; deed: Deed }): DecisionRecord {
    const record = facts.decide(input, deed)
    judgeInTurns()
    return record
  },

  setModelVersion(call: {
    manufacturerId: ManufacturerId
    deviceId: string
    version: number
    deed: Deed
  }): Device {
    const device = facts.setModelVersion(call.manufacturerId, call.deviceId, call.version, call.deed)
    judgeInTurns()
    return device
  },

  pinUsages(call: { inputs: readonly PinInput[]; now: number }): (readonly PinnedUsage[])[] {
    const pinned = pins.pinUsages(call.inputs, call.now)
    judgeInTurns()
    return pinned
  },

  saveDevices: (deviceIds: readonly string[]): void => writer.saveDevices(deviceIds),

  saveSome: (upTo: number | undefined): SavedSome => writer.saveSome(upTo),

  checkpoint: (): WalState => {
    deferCheckpoints(database)
    return checkpointWal(database)
  },

  /** Judges for a moment; returns how many devices still wait. */
  judgeSome(): number {
    const until = performance.now() + JUDGING_MS
    while (writer.unjudged.size > 0 && performance.now() < until) {
      waitingProblems.push(...writer.judging.takeTurn())
    }
    return writer.unjudged.size
  },

  ...openDeviceWriter(database),

  moveCursor: ({ name, position }: { name: string; position: number }): void => {
    database
      .prepare(
        'INSERT INTO cursors (name, position) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET position = excluded.position',
      )
      .run(name, position)
  },

  /**
   * A write that changes nothing but needs room: tells whether the store takes writes again. On a full disk the room may be in the
   * write-ahead log itself.
   */
  probe: (): void => {
    checkpointWal(database)
    database.exec('UPDATE outcome_counts SET readings = readings')
    judgeInTurns()
  },

  close: (): void => {
    port.close()
    try {
      // With a checkpoint at its end, what follows from the log needs no repeating at the next start.
      writer.transaction(() => undefined)
    } catch (error) {
      if (!isEnvironmentalSqliteError(error)) throw error
    }
    database.close()
  },
}

export type WriterMethods = typeof methods

serveCalls(port, methods)
judgeInTurns()
