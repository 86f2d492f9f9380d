/** Rows of device secrets: at most two active ones, so that a device gets the next before the last is revoked. */
import type { DatabaseSync } from 'node:sqlite'
import type { ManufacturerId } from '../../core/index.ts'
import { noteChange, type Deed } from '../changes.ts'
import { meteringErrors } from '../errors.ts'
import type { DeviceRow } from '../store/device-catalogue.ts'
import type { DeviceSecret } from './device-types.ts'
import { inTransaction } from './in-transaction.ts'
import { getOwnDevice } from './own-device.ts'

/** Also enforced by a trigger. */
const MAX_ACTIVE_SECRETS = 2
/** Newest ones; a device that rotates its secret every week for two years fits. */
const MAX_LISTED = 100

/** What a sign-in is checked against. */
export type ActiveSecret = {
  readonly id: number
  readonly hash: string
  /** True until a device uses the secret that its claim code yielded. */
  readonly isClaimOpen: boolean
}

/** Of a device; none for a revoked or unknown one. */
export function openActiveSecrets(database: DatabaseSync): (deviceId: string) => ActiveSecret[] {
  const active = database.prepare(
    `SELECT s.id, s.secret_hash,
       EXISTS (SELECT 1 FROM claims AS c WHERE c.secret_id = s.id AND c.completed_at IS NULL) AS is_claim_open
     FROM device_secrets AS s JOIN devices AS d ON d.no = s.device_no
     WHERE d.id = ? AND d.revoked_at IS NULL AND s.revoked_at IS NULL ORDER BY s.id`,
  )
  return (deviceId) =>
    active.all(deviceId).map((row) => ({
      id: Number(row['id']),
      hash: String(row['secret_hash']),
      isClaimOpen: row['is_claim_open'] === 1,
    }))
}

/** Oldest first. @throws AppError `device_unknown` */
export function listSecrets(
  database: DatabaseSync,
  manufacturerId: ManufacturerId,
  deviceId: string,
): DeviceSecret[] {
  const { no } = getOwnDevice(database, manufacturerId, deviceId)
  const rows = database
    .prepare('SELECT * FROM device_secrets WHERE device_no = ? ORDER BY id DESC LIMIT ?')
    .all(no, MAX_LISTED) as {
    id: number
    created_at: number
    last_used_at: number | null
    revoked_at: number | null
  }[]
  return rows.toReversed().map((row) => ({
    id: row.id,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at ?? undefined,
    revokedAt: row.revoked_at ?? undefined,
  }))
}

/** @throws AppError `device_unknown`, `secrets_at_most_two` */
export function createSecret(
  database: DatabaseSync,
  manufacturerId: ManufacturerId,
  deviceId: string,
  secretHash: string,
  deed: Deed,
): number {
  const device = getOwnDevice(database, manufacturerId, deviceId)
  return inTransaction(database, () => {
    const secretId = insertSecret(database, device, secretHash, deed.now)
    noteChange(database, deed, {
      manufacturerId,
      action: 'device_secret.created',
      subject: { kind: 'device', id: device.id },
      after: { secretId },
    })
    return secretId
  })
}

/** Within the caller's transaction. @throws AppError `secrets_at_most_two` */
export function insertSecret(
  database: DatabaseSync,
  device: DeviceRow,
  secretHash: string,
  now: number,
): number {
  const active = database
    .prepare('SELECT count(*) AS secrets FROM device_secrets WHERE device_no = ? AND revoked_at IS NULL')
    .get(device.no)
  if (Number(active?.['secrets']) >= MAX_ACTIVE_SECRETS) {
    throw meteringErrors.secrets_at_most_two(`Revoke one of the two secrets of "${device.id}" first.`)
  }
  const { lastInsertRowid } = database
    .prepare('INSERT INTO device_secrets (device_no, secret_hash, created_at) VALUES (?, ?, ?)')
    .run(device.no, secretHash, now)
  return Number(lastInsertRowid)
}

/**
 * A secret that came from a claim code takes the code with it, or its holder would get another one.
 * @throws AppError `device_unknown`, `secret_unknown`
 */
export function revokeSecret(
  database: DatabaseSync,
  manufacturerId: ManufacturerId,
  deviceId: string,
  secretId: number,
  deed: Deed,
): void {
  const { no, id } = getOwnDevice(database, manufacturerId, deviceId)
  inTransaction(database, () => {
    const secret = database
      .prepare('SELECT revoked_at FROM device_secrets WHERE id = ? AND device_no = ?')
      .get(secretId, no)
    if (secret === undefined) {
      throw meteringErrors.secret_unknown(`Use the id of a secret of "${id}"; ${secretId} is not one.`)
    }
    if (secret['revoked_at'] !== null) return
    database.prepare('UPDATE device_secrets SET revoked_at = ? WHERE id = ?').run(deed.now, secretId)
    database
      .prepare(
        'UPDATE claims SET revoked_at = ? WHERE secret_id = ? AND completed_at IS NULL AND revoked_at IS NULL',
      )
      .run(deed.now, secretId)
    noteChange(database, deed, {
      manufacturerId,
      action: 'device_secret.revoked',
      subject: { kind: 'device', id },
      after: { secretId },
    })
  })
}
