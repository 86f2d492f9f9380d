/**
 * Devices as the writer knows them: what they are judged by and where they stand.
 *
 * What is kept in memory is what was committed: a transaction works on copies and publishes them after COMMIT. After a
 * rollback, and when another process wrote the file, nothing kept may be trusted.
 */
import type { DatabaseSync } from 'node:sqlite'
import type { DeviceId } from '../../core/index.ts'
import type { DeviceFacts } from '../usage/device-facts.ts'
import { slotStart, type Slot } from '../usage/open-slots.ts'
import { findDeviceRow, getDeviceRowByNo, type DeviceRow } from './device-catalogue.ts'
import { openFactsReader } from './device-facts-store.ts'
import { decodeDeviceState, initialDeviceState, type DeviceState } from './device-state.ts'
import type { ChainGap } from './reading-log.ts'
import type { Unsaved } from './unsaved.ts'

/** Devices whose state is kept in memory; about 1 KB each. */
const MAX_CACHED_DEVICES = 200_000

export type CachedDevice = {
  readonly id: DeviceId
  readonly no: number
  readonly facts: DeviceFacts
  readonly state: DeviceState
  /** Where the last late reading fell between chained ones; the next one is likely to fall there too. */
  readonly gap: ChainGap | undefined
  /** Present while the saved rows lack some of its readings. */
  readonly unsaved: Unsaved | undefined
}

export type DeviceCache = ReturnType<typeof openDeviceCache>

export function openDeviceCache(database: DatabaseSync) {
  const readProgress = database.prepare('SELECT state FROM device_progress WHERE device_no = ?')
  const readFacts = openFactsReader(database)
  const committed = new Map<string, CachedDevice>()
  /** Those with unsaved readings, the one that waits longest first. */
  const unsaved = new Map<string, CachedDevice>()

  function load(row: DeviceRow): CachedDevice {
    const facts = readFacts(row)
    const progress = readProgress.get(row.no) as { state: string } | undefined
    const state =
      progress === undefined ? initialDeviceState(baseSlots(facts)) : decodeDeviceState(progress.state)
    return { id: row.id as DeviceId, no: row.no, facts, state, gap: undefined, unsaved: undefined }
  }

  return {
    find(deviceId: string): CachedDevice | undefined {
      const known = committed.get(deviceId)
      if (known !== undefined) return known
      const row = findDeviceRow(database, deviceId)
      return row && load(row)
    },
    getByNo: (deviceNo: number): CachedDevice => load(getDeviceRowByNo(database, deviceNo)),
    publish(device: CachedDevice): void {
      // Moving it to the end is dear in a large map, and the order counts only once some have to go.
      if (committed.size > MAX_CACHED_DEVICES / 2) committed.delete(device.id)
      committed.set(device.id, device)
      if (device.unsaved === undefined) unsaved.delete(device.id)
      else unsaved.set(device.id, device)
    },
    /** Only for a device without unsaved readings. */
    forget: (deviceId: string): boolean => committed.delete(deviceId),
    forgetAll(): void {
      committed.clear()
      unsaved.clear()
    },
    unsaved: unsaved as ReadonlyMap<string, CachedDevice>,
    /** Lets go of the devices that were quiet for longest. */
    trim(): void {
      for (const deviceId of committed.keys()) {
        if (committed.size <= MAX_CACHED_DEVICES) break
        if (!unsaved.has(deviceId)) committed.delete(deviceId)
      }
    },
  }
}

/** A declared commissioning value is the register's first point. */
export function baseSlots({ commissionedAt, baseValues }: DeviceFacts): ReadonlyMap<string, Slot> {
  return new Map(
    [...baseValues].map(([register, value]) => {
      const point = { at: commissionedAt, value, reading: undefined }
      return [register, { slotAt: slotStart(point.at), first: point, last: point }]
    }),
  )
}
