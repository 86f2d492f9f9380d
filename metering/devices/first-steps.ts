/** Whether a manufacturer has come so far that a device reports: from indexes, however large its fleet is. */
import type { DatabaseSync } from 'node:sqlite'
import type { ManufacturerId } from '../../core/index.ts'
import type { FirstSteps } from './device-types.ts'

/** Each ends at the first row that it finds. */
export const firstStepQueries: Readonly<Record<keyof FirstSteps, string>> = {
  model: 'SELECT EXISTS (SELECT 1 FROM models WHERE manufacturer_id = ?) AS found',
  device: 'SELECT EXISTS (SELECT 1 FROM devices WHERE manufacturer_id = ?) AS found',
  reading: `SELECT EXISTS (SELECT 1 FROM devices AS d CROSS JOIN device_progress AS p ON p.device_no = d.no
    WHERE d.manufacturer_id = ? AND json_extract(p.state, '$.head') IS NOT NULL) AS found`,
}

export function findFirstSteps(database: DatabaseSync, manufacturerId: ManufacturerId): FirstSteps {
  const isDone = (step: keyof FirstSteps) =>
    database.prepare(firstStepQueries[step]).get(manufacturerId)?.['found'] === 1
  return { model: isDone('model'), device: isDone('device'), reading: isDone('reading') }
}
