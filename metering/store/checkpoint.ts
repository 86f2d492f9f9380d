/**
 * The log is the truth; where a device stands, its closed slots and the entries to its chain follow from it and are saved a
 * little later, so that a device that reports often is written once for many readings.
 *
 * Each batch saves a share of the devices that wait, those that wait longest first: with few of them all, so that a quiet
 * server has nothing unsaved. `cursors.checkpoint` is a reading up to which all is saved; after a crash, and whenever memory is
 * not to be trusted, the readings after it take their step again. Devices that are judged from their history are saved at once.
 */
import type { DatabaseSync } from 'node:sqlite'
import { decodeStoredReading, InvariantError } from '../../core/index.ts'
import type { StoredReading } from '../usage/stored-reading.ts'
import type { CachedDevice, DeviceCache } from './device-cache.ts'
import { encodeDeviceState } from './device-state.ts'
import type { DerivedRows } from './derived-rows.ts'
import { followsInChain, stepInOrder } from './in-order-step.ts'
import type { ReadingLog } from './reading-log.ts'
import type { UnjudgedDevices } from './unjudged-devices.ts'
import { itemsOf, unsavedSince } from './unsaved.ts'
import type { UsageStore } from './usage-store.ts'

/** One of so many waiting devices is saved with each batch. */
const SHARE = 32
/** The checkpoint may lag behind by so many readings before it is written again. */
const MAX_LAG = 4_096

type LogRow = {
  id: number
  device_no: number
  epoch: number
  seq: number
  received_at: number
  previous_id: number | null
  raw: Uint8Array
}

/** As they stand after the batch, by id. */
type DevicesOfBatch = ReadonlyMap<string, { readonly device: CachedDevice }>

export type CheckpointParts = {
  readonly database: DatabaseSync
  readonly cache: DeviceCache
  readonly readings: ReadingLog
  readonly rows: DerivedRows
  readonly usage: UsageStore
  readonly unjudged: UnjudgedDevices
}

export type Checkpoint = ReturnType<typeof openCheckpoint>

export function openCheckpoint({ database, cache, readings, rows, usage, unjudged }: CheckpointParts) {
  const writeProgress = database.prepare(
    `INSERT INTO device_progress (device_no, state) VALUES (?, ?)
     ON CONFLICT (device_no) DO UPDATE SET state = excluded.state`,
  )
  const readCheckpoint = database.prepare("SELECT position FROM cursors WHERE name = 'checkpoint'")
  const writeCheckpoint = database.prepare(
    `INSERT INTO cursors (name, position) VALUES ('checkpoint', ?)
     ON CONFLICT (name) DO UPDATE SET position = excluded.position`,
  )
  const readLastId = database.prepare('SELECT coalesce(max(id), 0) AS id FROM readings')
  const listAfter = database.prepare('SELECT * FROM readings WHERE id > ? ORDER BY id')
  let written = 0

  const lastReadingId = () => (readLastId.get() as { id: number }).id

  /** Writes the device as it is; it has nothing unsaved afterwards. */
  function save(device: CachedDevice): CachedDevice {
    const { no, state, unsaved } = device
    if (unsaved !== undefined) {
      for (const head of itemsOf(unsaved.blocks)) readings.recordBlock(no, head)
      for (const slot of itemsOf(unsaved.slots)) rows.writeSlot(no, slot)
      if (unsaved.changed !== undefined) usage.writeChange(no, unsaved.changed)
    }
    writeProgress.run(no, encodeDeviceState(state))
    return { ...device, unsaved: undefined }
  }

  /**
   * Those that wait longest, at most `count`, and only with readings up to `upTo`. Inside a transaction; the devices returned are
   * to be published after COMMIT.
   */
  function saveOldest(count: number, upTo: number): CachedDevice[] {
    const saved: CachedDevice[] = []
    let firstLeft: CachedDevice | undefined
    for (const device of cache.unsaved.values()) {
      if (saved.length === count || firstUnsavedId(device) > upTo) {
        firstLeft = device
        break
      }
      saved.push(save(device))
    }
    moveTo(firstLeft === undefined ? lastReadingId() : firstUnsavedId(firstLeft) - 1)
    return saved
  }

  function moveTo(readingId: number): void {
    if (readingId <= written) return
    writeCheckpoint.run(readingId)
    written = readingId
  }

  /** Repeats the steps that were lost with the memory. Inside a transaction; all is saved afterwards. */
  function recover(): void {
    written = Number(readCheckpoint.get()?.['position'] ?? 0)
    const devices = new Map<number, CachedDevice>()
    for (const row of listAfter.iterate(written)) {
      const { id, device_no, epoch, seq, received_at, previous_id, raw } = row as LogRow
      if (unjudged.get(device_no) !== undefined) continue
      const device = devices.get(device_no) ?? cache.getByNo(device_no)
      devices.set(device_no, device)
      if (!followsInChain(device.state, id, previous_id)) continue
      const stored = { id, epoch, seq, receivedAt: received_at, reading: decodeStoredReading(raw) }
      devices.set(device_no, repeatStep(device, stored))
    }
    for (const device of devices.values()) {
      if (device.unsaved !== undefined) save(device)
    }
    moveTo(lastReadingId())
  }

  return {
    save,
    saveOldest,
    recover,
    lastReadingId,

    /**
     * Saves the share that is due, of all devices as they stand after the batch. Inside the batch's transaction; the
     * devices returned are to be published after COMMIT.
     */
    saveShare(ofBatch: DevicesOfBatch): CachedDevice[] {
      const waiting = cache.unsaved.size + ofBatch.size
      const due: CachedDevice[] = []
      const share = Math.ceil(waiting / SHARE)
      let firstLeft: CachedDevice | undefined
      for (const device of oldestFirst(ofBatch)) {
        if (due.length === share) {
          firstLeft = device
          break
        }
        due.push(save(device))
      }
      const reached = firstLeft === undefined ? lastReadingId() : firstUnsavedId(firstLeft) - 1
      if (reached - written >= MAX_LAG) moveTo(reached)
      return due
    },
  }

  function* oldestFirst(ofBatch: DevicesOfBatch): Generator<CachedDevice, void> {
    for (const [deviceId, device] of cache.unsaved) {
      const current = ofBatch.get(deviceId)?.device ?? device
      if (current.unsaved !== undefined) yield current
    }
    for (const [deviceId, { device }] of ofBatch) {
      if (!cache.unsaved.has(deviceId) && device.unsaved !== undefined) yield device
    }
  }
}

function firstUnsavedId({ unsaved }: CachedDevice): number {
  return unsaved?.firstId ?? Number.MAX_SAFE_INTEGER
}

function repeatStep(device: CachedDevice, stored: StoredReading): CachedDevice {
  const unsaved = device.unsaved ?? unsavedSince(stored.id)
  const step = stepInOrder(stored, device.state, unsaved, device.facts)
  if (step === undefined) throw new InvariantError('A reading that extended its device no longer does.')
  return { ...device, ...step }
}
