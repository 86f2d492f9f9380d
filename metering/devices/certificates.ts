/** Which client certificates a device may sign in with, beside what TLS checks: its issuer, and its subject as the device. */
import type { DatabaseSync } from 'node:sqlite'
import type { ManufacturerId } from '../../core/index.ts'
import { noteChange, type Deed } from '../changes.ts'
import { meteringErrors } from '../errors.ts'
import { findDeviceRow } from '../store/device-catalogue.ts'
import { inTransaction } from './in-transaction.ts'
import { getOwnDevice } from './own-device.ts'

const MAX_CERTIFICATES = 8
const FINGERPRINT_PATTERN = /^[0-9a-f]{64}$/

/** Node writes fingerprints as "AB:CD:…"; stored and compared are 64 lower-case digits. */
function normaliseFingerprint(fingerprint: string): string {
  return fingerprint.replaceAll(':', '').toLowerCase()
}

export function isCertificateAccepted(
  database: DatabaseSync,
  deviceId: string,
  fingerprint256: string,
): boolean {
  const row = findDeviceRow(database, deviceId)
  if (row === undefined || row.revoked_at !== null) return false
  const allowed = listFingerprints(database, row.no)
  return allowed.length === 0 || allowed.includes(normaliseFingerprint(fingerprint256))
}

/** @throws AppError `device_unknown` */
export function listCertificates(
  database: DatabaseSync,
  manufacturerId: ManufacturerId,
  deviceId: string,
): string[] {
  return listFingerprints(database, getOwnDevice(database, manufacturerId, deviceId).no)
}

/** @throws AppError `device_unknown`, `device_invalid` */
export function setCertificates(
  database: DatabaseSync,
  manufacturerId: ManufacturerId,
  deviceId: string,
  fingerprints: readonly string[],
  deed: Deed,
): void {
  const { no, id } = getOwnDevice(database, manufacturerId, deviceId)
  const distinct = new Set(fingerprints.map(normaliseFingerprint))
  if (distinct.size > MAX_CERTIFICATES) {
    throw meteringErrors.device_invalid(`Allow at most ${MAX_CERTIFICATES} certificates per device.`)
  }
  if (![...distinct].every((fingerprint) => FINGERPRINT_PATTERN.test(fingerprint))) {
    throw meteringErrors.device_invalid(
      'Give SHA-256 fingerprints: 64 hexadecimal digits, with or without colons.',
    )
  }
  inTransaction(database, () => {
    const before = listFingerprints(database, no)
    database.prepare('DELETE FROM device_certificates WHERE device_no = ?').run(no)
    const insert = database.prepare(
      'INSERT INTO device_certificates (device_no, fingerprint256) VALUES (?, ?)',
    )
    for (const fingerprint of distinct) insert.run(no, fingerprint)
    const after = listFingerprints(database, no)
    if (before.join() === after.join()) return
    noteChange(database, deed, {
      manufacturerId,
      action: 'device_certificates.set',
      subject: { kind: 'device', id },
      before: { fingerprints: before },
      after: { fingerprints: after },
    })
  })
}

function listFingerprints(database: DatabaseSync, deviceNo: number): string[] {
  return database
    .prepare('SELECT fingerprint256 FROM device_certificates WHERE device_no = ? ORDER BY fingerprint256')
    .all(deviceNo)
    .map((row) => String(row['fingerprint256']))
}
