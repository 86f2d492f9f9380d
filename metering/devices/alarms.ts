/** Alarms: at most one open per device and code, counted when it is raised again, so that a fault cannot fill the table. */
import type { DatabaseSync } from 'node:sqlite'
import type { DeviceId, ManufacturerId } from '../../core/index.ts'
import { listSortedRows, wantedRows } from '../../db/sqlite-index.ts'
import { noteChange, type Deed } from '../changes.ts'
import { meteringErrors } from '../errors.ts'
import { alarmSorts, type AlarmQuery } from '../list-sorts.ts'
import type { Alarm, AlarmInput, Page } from './device-types.ts'
import { inTransaction } from './in-transaction.ts'

type AlarmRow = {
  id: number
  device_id: string
  code: string
  detail: string
  raised_at: number
  last_raised_at: number
  times: number
  acknowledged_at: number | null
  acknowledged_by: string | null
}

/** Does nothing for a device that is not registered. */
export function recordAlarm(database: DatabaseSync, { deviceId, code, detail, at }: AlarmInput): void {
  database
    .prepare(
      `INSERT INTO alarms (device_no, code, detail, raised_at, last_raised_at)
         SELECT no, ?, ?, ?, ? FROM devices WHERE id = ?
       ON CONFLICT (device_no, code) WHERE acknowledged_at IS NULL DO UPDATE SET
         times = times + 1, detail = excluded.detail, last_raised_at = max(last_raised_at, excluded.last_raised_at)`,
    )
    .run(code, detail, at, at, deviceId)
}

/** The newest first unless asked otherwise. @throws AppError `cursor_invalid` */
export function listAlarms(
  database: DatabaseSync,
  manufacturerId: ManufacturerId,
  { withAcknowledged = false, deviceId, code, ...page }: AlarmQuery,
): Page<Alarm> {
  const wanted = wantedRows([
    ['d.manufacturer_id = ?', manufacturerId],
    ['d.id = ?', deviceId],
    ['a.code = ?', code],
  ])
  const open = withAcknowledged ? '' : 'AND a.acknowledged_at IS NULL'
  const from = `alarms AS a JOIN devices AS d ON d.no = a.device_no WHERE ${wanted.condition} ${open}`
  const source = { selected: 'a.*, d.id AS device_id', from, values: wanted.values }
  const { items, nextAfter } = listSortedRows<AlarmRow, typeof alarmSorts>(database, source, alarmSorts, page)
  return { items: items.map(toAlarm), nextAfter }
}

/** @throws AppError `alarm_unknown` */
export function acknowledgeAlarm(
  database: DatabaseSync,
  manufacturerId: ManufacturerId,
  alarmId: number,
  acknowledgedBy: string,
  deed: Deed,
): void {
  inTransaction(database, () => {
    const alarm = database
      .prepare(
        `SELECT a.*, d.id AS device_id FROM alarms AS a JOIN devices AS d ON d.no = a.device_no
         WHERE a.id = ? AND d.manufacturer_id = ?`,
      )
      .get(alarmId, manufacturerId) as AlarmRow | undefined
    if (alarm === undefined) {
      throw meteringErrors.alarm_unknown(
        `Use the id of an alarm of one of your devices; ${alarmId} is not one.`,
      )
    }
    if (alarm.acknowledged_at !== null) return
    database
      .prepare('UPDATE alarms SET acknowledged_at = ?, acknowledged_by = ? WHERE id = ?')
      .run(deed.now, acknowledgedBy, alarmId)
    noteChange(database, deed, {
      manufacturerId,
      action: 'alarm.acknowledged',
      subject: { kind: 'alarm', id: alarmId.toString() },
      after: { deviceId: alarm.device_id, code: alarm.code, acknowledgedBy },
    })
  })
}

function toAlarm(row: AlarmRow): Alarm {
  return {
    id: row.id,
    deviceId: row.device_id as DeviceId,
    code: row.code,
    detail: row.detail,
    raisedAt: row.raised_at,
    lastRaisedAt: row.last_raised_at,
    times: row.times,
    acknowledged:
      row.acknowledged_at === null ? undefined : { at: row.acknowledged_at, by: row.acknowledged_by ?? '' },
  }
}
