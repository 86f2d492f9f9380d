/** How many devices of a manufacturer are in which state. Each count walks an index alone; a test reads the query plans. */
import type { DatabaseSync } from 'node:sqlite'
import type { ManufacturerId } from '../../core/index.ts'
import type { FleetCounts } from './device-types.ts'

const ofManufacturer = 'FROM device_presence WHERE manufacturer_id = :manufacturerId'

/** What is counted, by name. `:silentSince` is only in one of them. */
export const fleetCountQueries: Readonly<Record<keyof FleetCounts, string>> = {
  devices: 'SELECT count(*) AS n FROM devices WHERE manufacturer_id = :manufacturerId',
  online: `SELECT count(*) AS n ${ofManufacturer} AND state = 'online'`,
  offline: `SELECT count(*) AS n ${ofManufacturer} AND state = 'offline'`,
  neverSeen: `SELECT count(*) AS n ${ofManufacturer} AND last_seen_at IS NULL`,
  silent: `SELECT count(*) AS n ${ofManufacturer} AND quiet_since < :silentSince`,
  revoked:
    'SELECT count(*) AS n FROM devices WHERE manufacturer_id = :manufacturerId AND revoked_at IS NOT NULL',
  // What is open is little, so it leads and its device is looked up.
  openHolds: `SELECT count(*) AS n FROM holds AS h INDEXED BY holds_open CROSS JOIN devices AS d ON d.no = h.device_no
    WHERE h.is_decided = 0 AND d.manufacturer_id = :manufacturerId`,
  openAlarms: `SELECT count(*) AS n FROM alarms AS a INDEXED BY alarms_open_by_device CROSS JOIN devices AS d
    ON d.no = a.device_no WHERE a.acknowledged_at IS NULL AND d.manufacturer_id = :manufacturerId`,
}

export function countFleet(
  database: DatabaseSync,
  manufacturerId: ManufacturerId,
  silentSince: number,
): FleetCounts {
  const count = (name: keyof FleetCounts) => {
    const sql = fleetCountQueries[name]
    const values = { manufacturerId, ...(sql.includes(':silentSince') && { silentSince }) }
    return Number(database.prepare(sql).get(values)?.['n'])
  }
  return {
    devices: count('devices'),
    online: count('online'),
    offline: count('offline'),
    neverSeen: count('neverSeen'),
    silent: count('silent'),
    revoked: count('revoked'),
    openHolds: count('openHolds'),
    openAlarms: count('openAlarms'),
  }
}
