/** Site, tags, firmware, presence and revocation of a device: checked, changed and read back. */
import type { DatabaseSync } from 'node:sqlite'
import { assertVersion, formatInstant, type ExpectedVersions, type ManufacturerId } from '../../core/index.ts'
import { versionOf } from '../../db/sqlite-index.ts'
import { noteChange, type Deed } from '../changes.ts'
import { meteringErrors } from '../errors.ts'
import type { DeviceRow } from '../store/device-catalogue.ts'
import type { DeviceChanges, DeviceDetails } from './device-types.ts'
import { inTransaction } from './in-transaction.ts'
import { getOwnDevice } from './own-device.ts'

const MAX_TAGS = 32
const TAG_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/
const MAX_SITE_LENGTH = 128
const MAX_SERIAL_LENGTH = 128
const MAX_REASON_LENGTH = 500
const MAX_FIRMWARE_LENGTH = 64

type PresenceRow = {
  last_seen_at: number | null
  state: 'online' | 'offline' | null
  state_at: number | null
  state_reason: string | null
  firmware: string | null
}

/** Undefined when all members given are well-formed, else what to do. */
export function findDetailsProblem(details: {
  readonly serial?: string
  readonly site?: string | null
  readonly tags?: readonly string[]
  readonly firmware?: string | null
}): string | undefined {
  const { serial, site, tags = [], firmware } = details
  if (!isText(serial, MAX_SERIAL_LENGTH))
    return `Give a serial number of 1 to ${MAX_SERIAL_LENGTH} characters.`
  if (!isText(site, MAX_SITE_LENGTH)) return `Name the site with 1 to ${MAX_SITE_LENGTH} characters.`
  if (!isText(firmware, MAX_FIRMWARE_LENGTH)) {
    return `Name the firmware with 1 to ${MAX_FIRMWARE_LENGTH} characters.`
  }
  if (tags.length > MAX_TAGS) return `Give a device at most ${MAX_TAGS} tags.`
  if (!tags.every((tag) => TAG_PATTERN.test(tag))) {
    return 'A tag has 1 to 64 letters, digits, ".", "_", ":" or "-" and begins with a letter or digit.'
  }
  return undefined
}

function isText(text: string | null | undefined, maxLength: number): boolean {
  return text === undefined || text === null || (text.length > 0 && text.length <= maxLength)
}

/** Of what people say about a device; undefined and null are the same. */
export function versionOfDevice({
  site = null,
  tags,
  firmware = null,
}: {
  readonly site: string | null | undefined
  readonly tags: readonly string[]
  readonly firmware: string | null | undefined
}): string {
  return versionOf({ site, tags, firmware })
}

/** @throws AppError `device_unknown`, `device_invalid`, `etag_stale` */
export function updateDevice(
  database: DatabaseSync,
  {
    manufacturerId,
    deviceId,
    expected,
  }: {
    readonly manufacturerId: ManufacturerId
    readonly deviceId: string
    readonly expected: ExpectedVersions
  },
  changes: DeviceChanges,
  deed: Deed,
): void {
  const row = getOwnDevice(database, manufacturerId, deviceId)
  const sentence = findDetailsProblem(changes)
  if (sentence !== undefined) throw meteringErrors.device_invalid(sentence)
  const { site, tags, firmware } = changes
  const readDetails = openDetailsReader(database)
  inTransaction(database, () => {
    const details = readDetails(getOwnDevice(database, manufacturerId, deviceId))
    assertVersion(versionOfDevice(details), expected)
    const before = describeDetails(details, changes)
    if (site !== undefined) database.prepare('UPDATE devices SET site = ? WHERE no = ?').run(site, row.no)
    if (firmware !== undefined) {
      database.prepare('UPDATE device_presence SET firmware = ? WHERE device_no = ?').run(firmware, row.no)
    }
    if (tags !== undefined) replaceTags(database, row, tags)
    const after = describeDetails(readDetails(getOwnDevice(database, manufacturerId, deviceId)), changes)
    if (JSON.stringify(before) === JSON.stringify(after)) return
    noteChange(database, deed, {
      manufacturerId,
      action: 'device.updated',
      subject: { kind: 'device', id: row.id },
      before,
      after,
    })
  })
}

function replaceTags(
  database: DatabaseSync,
  { id, manufacturer_id }: DeviceRow,
  tags: readonly string[],
): void {
  database.prepare('DELETE FROM device_tags WHERE device_id = ?').run(id)
  const insert = database.prepare(
    'INSERT INTO device_tags (manufacturer_id, tag, device_id) VALUES (?, ?, ?)',
  )
  for (const tag of new Set(tags)) insert.run(manufacturer_id, tag, id)
}

/** Of what somebody asked to change. */
function describeDetails(details: DeviceDetails, asked: DeviceChanges): object {
  return {
    ...(asked.site !== undefined && { site: details.site ?? null }),
    ...(asked.tags !== undefined && { tags: details.tags }),
    ...(asked.firmware !== undefined && { firmware: details.firmware ?? null }),
  }
}

/** The first reason stands. @throws AppError `device_unknown`, `device_invalid` */
export function revokeDevice(
  database: DatabaseSync,
  manufacturerId: ManufacturerId,
  deviceId: string,
  reason: string,
  deed: Deed,
): void {
  const row = getOwnDevice(database, manufacturerId, deviceId)
  if (!isText(reason, MAX_REASON_LENGTH)) {
    throw meteringErrors.device_invalid(`Give the reason in 1 to ${MAX_REASON_LENGTH} characters.`)
  }
  inTransaction(database, () => {
    const { changes } = database
      .prepare('UPDATE devices SET revoked_at = ?, revoked_reason = ? WHERE no = ? AND revoked_at IS NULL')
      .run(deed.now, reason, row.no)
    if (changes === 0) return
    const subject = { kind: 'device', id: row.id } as const
    noteChange(database, deed, { manufacturerId, action: 'device.revoked', subject, reason })
    database.prepare('UPDATE device_presence SET quiet_since = NULL WHERE device_no = ?').run(row.no)
  })
}

/** From now on it is expected to be heard of again. @throws AppError `device_unknown` */
export function restoreDevice(
  database: DatabaseSync,
  manufacturerId: ManufacturerId,
  deviceId: string,
  deed: Deed,
): void {
  const row = getOwnDevice(database, manufacturerId, deviceId)
  const { revoked_at: revokedAt, revoked_reason: reason } = row
  if (revokedAt === null) return
  inTransaction(database, () => {
    database.prepare('UPDATE devices SET revoked_at = NULL, revoked_reason = NULL WHERE no = ?').run(row.no)
    database.prepare('UPDATE device_presence SET quiet_since = ? WHERE device_no = ?').run(deed.now, row.no)
    noteChange(database, deed, {
      manufacturerId,
      action: 'device.restored',
      subject: { kind: 'device', id: row.id },
      before: { revokedAt: formatInstant(revokedAt), reason },
    })
  })
}

export function openDetailsReader(database: DatabaseSync) {
  const readPresence = database.prepare('SELECT * FROM device_presence WHERE device_no = ?')
  const listTags = database.prepare('SELECT tag FROM device_tags WHERE device_id = ? ORDER BY tag')

  return (row: DeviceRow): DeviceDetails => {
    const presence = readPresence.get(row.no) as PresenceRow | undefined
    const { state = null, state_at = null, state_reason = null } = presence ?? {}
    return {
      presence:
        state === null || state_at === null || state_reason === null
          ? undefined
          : { state, at: state_at, reason: state_reason },
      lastSeenAt: presence?.last_seen_at ?? undefined,
      firmware: presence?.firmware ?? undefined,
      site: row.site ?? undefined,
      tags: listTags.all(row.id).map(({ tag }) => String(tag)),
      revoked: row.revoked_at === null ? undefined : { at: row.revoked_at, reason: row.revoked_reason ?? '' },
    }
  }
}
