/**
 * The devices whose newest readings are stored and acknowledged but not judged yet: the table, and its copy in memory.
 *
 * A device is here while judging it takes longer than one batch may spend on it. The copy is read again after every
 * rollback, and work that was under way is given up then.
 */
import type { DatabaseSync } from 'node:sqlite'
import { compareIdentity, type Identity } from '../usage/identity.ts'
import type { JudgedDevice, JudgingTurn } from './judge-device.ts'

export type UnjudgedDevice = {
  readonly deviceNo: number
  /** What is to be judged again begins with this identity. */
  from: Identity
  judgedId: number
  pending: number
  work: JudgingWork | undefined
}

/** Judging under way: it covers what was stored up to `lastId`; what came since is counted apart. */
export type JudgingWork = {
  readonly turns: Generator<JudgingTurn, JudgedDevice>
  readonly lastId: number
  turnsTaken: number
  isWriting: boolean
  newFrom: Identity | undefined
  newPending: number
}

type Row = {
  device_no: number
  from_epoch: number
  from_seq: number
  judged_reading_id: number
  pending: number
}

export type UnjudgedDevices = ReturnType<typeof openUnjudgedDevices>

export function openUnjudgedDevices(database: DatabaseSync) {
  const listRows = database.prepare('SELECT * FROM unjudged_devices ORDER BY device_no')
  const upsertRow = database.prepare(
    `INSERT INTO unjudged_devices (device_no, from_epoch, from_seq, judged_reading_id, pending) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (device_no) DO UPDATE SET from_epoch = excluded.from_epoch, from_seq = excluded.from_seq,
       judged_reading_id = excluded.judged_reading_id, pending = excluded.pending`,
  )
  const deleteRow = database.prepare('DELETE FROM unjudged_devices WHERE device_no = ?')
  const devices = new Map<number, UnjudgedDevice>()
  load()

  function load(): void {
    devices.clear()
    for (const row of listRows.all() as Row[]) {
      devices.set(row.device_no, {
        deviceNo: row.device_no,
        from: { epoch: row.from_epoch, seq: row.from_seq },
        judgedId: row.judged_reading_id,
        pending: row.pending,
        work: undefined,
      })
    }
  }

  function write({ deviceNo, from, judgedId, pending }: UnjudgedDevice): void {
    upsertRow.run(deviceNo, from.epoch, from.seq, judgedId, pending)
  }

  return {
    load,
    get: (deviceNo: number): UnjudgedDevice | undefined => devices.get(deviceNo),
    get size(): number {
      return devices.size
    },
    /** The one that has waited longest. */
    next: (): UnjudgedDevice | undefined => devices.values().next().value,

    /** Notes that `pending` more readings, the first of them `from`, wait; `judgedId` is used for a device that is new here. */
    add(deviceNo: number, from: Identity, judgedId: number, pending: number): void {
      const known = devices.get(deviceNo)
      const device = known ?? { deviceNo, from, judgedId, pending: 0, work: undefined }
      device.from = earlier(device.from, from)
      device.pending += pending
      if (device.work !== undefined) {
        device.work.newFrom = earlier(device.work.newFrom ?? from, from)
        device.work.newPending += pending
      }
      devices.set(deviceNo, device)
      write(device)
    },

    /** What `work` covered is judged; what came since stays, behind the others. Returns how many readings were judged. */
    settle(device: UnjudgedDevice, work: JudgingWork): number {
      const judged = device.pending - work.newPending
      devices.delete(device.deviceNo)
      if (work.newFrom === undefined) {
        deleteRow.run(device.deviceNo)
      } else {
        const rest = {
          deviceNo: device.deviceNo,
          from: work.newFrom,
          judgedId: work.lastId,
          pending: work.newPending,
          work: undefined,
        }
        devices.set(device.deviceNo, rest)
        write(rest)
      }
      return judged
    },
  }
}

function earlier(left: Identity, right: Identity): Identity {
  return compareIdentity(left, right) <= 0 ? left : right
}
