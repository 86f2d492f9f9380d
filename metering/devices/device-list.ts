/** Finding devices: pages in order of id, by tag, site, model and silence, and counting the silent ones. */
import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import type { ManufacturerId } from '../../core/index.ts'
import type { DeviceRow } from '../store/device-catalogue.ts'
import type { DeviceFilter } from './device-types.ts'

export function listDeviceRows(
  database: DatabaseSync,
  manufacturerId: ManufacturerId,
  filter: DeviceFilter,
  after: string,
  limit: number,
): DeviceRow[] {
  const conditions = ['d.manufacturer_id = ?', 'd.id > ?']
  const values: SQLInputValue[] = [manufacturerId, after]
  const where = (condition: string, value: SQLInputValue | undefined, ...more: SQLInputValue[]) => {
    if (value === undefined) return
    conditions.push(condition)
    values.push(...more, value)
  }
  where('d.site = ?', filter.site)
  where('d.model_id = ?', filter.modelId)
  where(
    'd.id IN (SELECT device_id FROM device_tags WHERE manufacturer_id = ? AND tag = ?)',
    filter.tag,
    manufacturerId,
  )
  where(
    'EXISTS (SELECT 1 FROM device_presence AS p WHERE p.device_no = d.no AND p.quiet_since < ?)',
    filter.silentSince,
  )
  return database
    .prepare(`SELECT d.* FROM devices AS d WHERE ${conditions.join(' AND ')} ORDER BY d.id LIMIT ?`)
    .all(...values, limit) as DeviceRow[]
}

export function countSilentDevices(
  database: DatabaseSync,
  manufacturerId: ManufacturerId | undefined,
  silentSince: number,
): number {
  const row =
    manufacturerId === undefined
      ? database
          .prepare('SELECT count(*) AS devices FROM device_presence WHERE quiet_since < ?')
          .get(silentSince)
      : database
          .prepare(
            'SELECT count(*) AS devices FROM device_presence WHERE manufacturer_id = ? AND quiet_since < ?',
          )
          .get(manufacturerId, silentSince)
  return Number(row?.['devices'])
}
