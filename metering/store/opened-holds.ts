/**
 * Holds as they were opened, for followers: one for each device, register and reason while such a hold is open. A trigger notes them in
 * the transaction of the hold (`holds_are_noted`); ids rise, and what was noted stays when the hold is decided or gone.
 */
import type { DatabaseSync } from 'node:sqlite'
import type { DeviceId, ManufacturerId } from '../../core/index.ts'
import type { HoldCode } from '../errors.ts'

export type OpenedHold = {
  readonly id: number
  readonly manufacturerId: ManufacturerId
  readonly deviceId: DeviceId
  /** Undefined where the whole reading is held. */
  readonly register: string | undefined
  readonly code: HoldCode
  readonly detail: string
  readonly heldAt: number
}

type OpenedHoldRow = {
  id: number
  manufacturer_id: string
  device_id: string
  register: string
  code: string
  detail: string
  held_at: number
}

/** Those after that id, oldest first. */
export function readOpenedHolds(database: DatabaseSync, afterId: number, limit: number): OpenedHold[] {
  const rows = database
    .prepare(
      `SELECT o.id, d.manufacturer_id, d.id AS device_id, o.register, o.code, o.detail, o.held_at
       FROM opened_holds AS o JOIN devices AS d ON d.no = o.device_no WHERE o.id > ? ORDER BY o.id LIMIT ?`,
    )
    .all(afterId, limit) as OpenedHoldRow[]
  return rows.map((row) => ({
    id: row.id,
    manufacturerId: row.manufacturer_id as ManufacturerId,
    deviceId: row.device_id as DeviceId,
    register: row.register === '' ? undefined : row.register,
    code: row.code as HoldCode,
    detail: row.detail,
    heldAt: row.held_at,
  }))
}
