import type { DatabaseSync } from 'node:sqlite'
import type { ManufacturerId } from '../../core/index.ts'
import { meteringErrors } from '../errors.ts'
import { findDeviceRow, type DeviceRow } from '../store/device-catalogue.ts'

/** @throws AppError `device_unknown`, also for a device of another manufacturer (I12) */
export function getOwnDevice(
  database: DatabaseSync,
  manufacturerId: ManufacturerId,
  deviceId: string,
): DeviceRow {
  const row = findDeviceRow(database, deviceId)
  if (row === undefined || row.manufacturer_id !== manufacturerId) {
    throw meteringErrors.device_unknown(
      `Use the id of one of your devices; "${deviceId.slice(0, 64)}" is not one.`,
    )
  }
  return row
}
