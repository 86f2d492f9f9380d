/** Rows of devices, as ingest, usage and the administration of devices read them. */
import type { DatabaseSync } from 'node:sqlite'
import type { DeviceId, ManufacturerId, ModelId } from '../../core/index.ts'
import { prepareOnce } from '../../db/sqlite-index.ts'
import { toModel, type ModelRow } from '../devices/models.ts'
import { meteringErrors } from '../errors.ts'
import type { Device, Model } from '../metering-types.ts'

export type DeviceRow = {
  no: number
  id: string
  manufacturer_id: string
  model_id: string
  model_version: number
  serial: string | null
  commissioned_at: number
  base_values: string
  created_at: number
  site: string | null
  revoked_at: number | null
  revoked_reason: string | null
}

export function getModelOfDevice(database: DatabaseSync, device: DeviceRow): Model {
  const { manufacturer_id, model_id, model_version } = device
  const sql = 'SELECT * FROM models WHERE manufacturer_id = ? AND id = ? AND version = ?'
  return toModel(prepareOnce(database, sql).get(manufacturer_id, model_id, model_version) as ModelRow)
}

export function findDeviceRow(database: DatabaseSync, deviceId: string): DeviceRow | undefined {
  const sql = 'SELECT * FROM devices WHERE id = ?'
  return prepareOnce(database, sql).get(deviceId) as DeviceRow | undefined
}

/** For numbers that come from the store's own rows. */
export function getDeviceRowByNo(database: DatabaseSync, deviceNo: number): DeviceRow {
  return prepareOnce(database, 'SELECT * FROM devices WHERE no = ?').get(deviceNo) as DeviceRow
}

/** @throws AppError `device_unknown` */
export function getDeviceRow(database: DatabaseSync, deviceId: string): DeviceRow {
  const row = findDeviceRow(database, deviceId)
  if (row === undefined) throw meteringErrors.device_unknown(`There is no device "${deviceId.slice(0, 64)}".`)
  return row
}

export function toDevice(row: DeviceRow): Device {
  return {
    id: row.id as DeviceId,
    manufacturerId: row.manufacturer_id as ManufacturerId,
    modelId: row.model_id as ModelId,
    modelVersion: row.model_version,
    serial: row.serial ?? undefined,
    commissionedAt: row.commissioned_at,
    createdAt: row.created_at,
  }
}

export function readBaseValues(row: DeviceRow): ReadonlyMap<string, bigint> {
  const document = JSON.parse(row.base_values) as Record<string, string>
  return new Map(Object.entries(document).map(([register, value]) => [register, BigInt(value)]))
}
