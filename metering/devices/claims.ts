/**
 * Claim codes: what a machine signs in with the first time, to get a secret of its own.
 *
 * A code belongs to the first device id that uses it. Until that device has signed in with the secret, it may use the
 * code again and gets another secret in place of the one before: a lost delivery must not leave a machine without
 * access, not even after the code's expiry. After that the code is worth nothing.
 *
 * A code without a device id of its own never yields access to a device that exists already, or whoever finds a code
 * could take any device over. Codes have 128 random bits, so their plain SHA-256 is stored: it cannot be searched, and it
 * finds the row.
 */
import { createHash } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { encodeBase32, formatInstant, getDeviceId, isDeviceId, systemActor } from '../../core/index.ts'
import type { DeviceId, ManufacturerId, ModelId, RandomBytes } from '../../core/index.ts'
import { listSortedRows, wantedRows } from '../../db/sqlite-index.ts'
import { noteChange, type Deed } from '../changes.ts'
import { meteringErrors } from '../errors.ts'
import { claimSorts, type ClaimQuery, type ClaimState } from '../list-sorts.ts'
import { findDeviceRow, type DeviceRow } from '../store/device-catalogue.ts'
import { findDetailsProblem } from './device-details.ts'
import type { Claim, ClaimInput, CreateClaimsInput, Page } from './device-types.ts'
import { inTransaction } from './in-transaction.ts'
import { findLatestModel } from './models.ts'
import type { DeviceRegistration } from './registration.ts'
import { insertSecret } from './secrets.ts'

const MAX_CLAIMS_AT_ONCE = 1_000
const CODE_PREFIX = 'clm_'

type ClaimRow = {
  id: number
  manufacturer_id: string
  model_id: string
  device_id: string | null
  serial: string | null
  created_at: number
  expires_at: number
  revoked_at: number | null
  device_no: number | null
  secret_id: number | null
  claimed_at: number | null
  completed_at: number | null
  /** The id of the device that used it. */
  claimed_device_id: string | null
}

const SELECT_CLAIMS = `SELECT c.*, d.id AS claimed_device_id FROM claims AS c LEFT JOIN devices AS d ON d.no = c.device_no`

/** `clm_` and 26 letters and digits, for labels and firmware. */
export function generateClaimCode(random: RandomBytes): string {
  return CODE_PREFIX + encodeBase32(random(16))
}

export function hashClaimCode(code: Uint8Array | string): Uint8Array {
  return createHash('sha256').update(code).digest()
}

/** Whether it is worth looking the text up. */
export function isClaimCode(text: Uint8Array): boolean {
  return Buffer.from(text.subarray(0, CODE_PREFIX.length)).toString('latin1') === CODE_PREFIX
}

/** All or none. @throws AppError `claim_invalid`, `model_unknown`, `device_exists`, `id_invalid` */
export function createClaims(
  database: DatabaseSync,
  input: CreateClaimsInput,
  codeHashes: readonly Uint8Array[],
  deed: Deed,
): number[] {
  const { manufacturerId, modelId, expiresAt, claims } = input
  const sentence = findClaimsProblem(input, deed.now)
  if (sentence !== undefined) throw meteringErrors.claim_invalid(sentence)
  if (findLatestModel(database, manufacturerId, modelId) === undefined) {
    throw meteringErrors.model_unknown(`Register the model "${modelId.slice(0, 64)}" first.`)
  }
  for (const claim of claims) assertDeviceFree(database, manufacturerId, claim)
  const insert = database.prepare(
    `INSERT INTO claims (code_hash, manufacturer_id, model_id, device_id, serial, created_at, expires_at)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
  )
  return inTransaction(database, () =>
    claims.map(({ deviceId, serial }, index) => {
      const hash = codeHashes[index] ?? null
      const result = insert.run(
        hash,
        manufacturerId,
        modelId,
        deviceId ?? null,
        serial ?? null,
        deed.now,
        expiresAt,
      )
      const id = Number(result.lastInsertRowid)
      noteChange(database, deed, {
        manufacturerId,
        action: 'claim.created',
        subject: { kind: 'claim', id: id.toString() },
        after: { modelId, deviceId, serial, expiresAt: formatInstant(expiresAt) },
      })
      return id
    }),
  )
}

/** As `stateOf`, for a list to choose by. */
const STATE = `CASE WHEN c.completed_at IS NOT NULL THEN 'completed' WHEN c.revoked_at IS NOT NULL THEN 'revoked'
  WHEN c.claimed_at IS NOT NULL THEN 'claimed' WHEN c.expires_at <= ? THEN 'expired' ELSE 'open' END`

/** The newest first unless asked otherwise. @throws AppError `cursor_invalid` */
export function listClaims(
  database: DatabaseSync,
  manufacturerId: ManufacturerId,
  { state, modelId, deviceId, ...page }: ClaimQuery,
  now: number,
): Page<Claim> {
  const wanted = wantedRows([
    ['c.manufacturer_id = ?', manufacturerId],
    ['c.model_id = ?', modelId],
    ['coalesce(d.id, c.device_id) = ?', deviceId],
  ])
  const inState = state === undefined ? '' : `AND ${STATE} = ?`
  const source = {
    selected: 'c.*, d.id AS claimed_device_id',
    from: `claims AS c LEFT JOIN devices AS d ON d.no = c.device_no WHERE ${wanted.condition} ${inState}`,
    values: [...wanted.values, ...(state === undefined ? [] : [now, state])],
  }
  const { items, nextAfter } = listSortedRows<ClaimRow, typeof claimSorts>(database, source, claimSorts, page)
  return { items: items.map((row) => toClaim(row, now)), nextAfter }
}

/** @throws AppError `claim_unknown` */
export function revokeClaim(
  database: DatabaseSync,
  manufacturerId: ManufacturerId,
  claimId: number,
  deed: Deed,
): void {
  inTransaction(database, () => {
    const claim = database
      .prepare('SELECT revoked_at FROM claims WHERE id = ? AND manufacturer_id = ?')
      .get(claimId, manufacturerId)
    if (claim === undefined) {
      throw meteringErrors.claim_unknown(`Use the id of one of your claim codes; ${claimId} is not one.`)
    }
    if (claim['revoked_at'] !== null) return
    database.prepare('UPDATE claims SET revoked_at = ? WHERE id = ?').run(deed.now, claimId)
    const subject = { kind: 'claim', id: claimId.toString() } as const
    noteChange(database, deed, { manufacturerId, action: 'claim.revoked', subject })
  })
}

export type ClaimAttempt = {
  readonly codeHash: Uint8Array
  readonly deviceId: string
  readonly now: number
}

export function isClaimUsable(database: DatabaseSync, attempt: ClaimAttempt): boolean {
  return findUsableClaim(database, attempt) !== undefined
}

/**
 * Makes the device if it does not exist, and gives it the secret in place of the one that the code yielded before.
 * @throws AppError `claim_refused`, `device_exists` (serial number), `secrets_at_most_two`
 */
export function issueClaimedSecret(
  database: DatabaseSync,
  registration: DeviceRegistration,
  attempt: ClaimAttempt & { readonly secretHash: string },
): void {
  const { now, secretHash } = attempt
  inTransaction(database, () => {
    const usable = findUsableClaim(database, attempt)
    if (usable === undefined) {
      throw meteringErrors.claim_refused('Ask the maker of the machine for a claim code that was not used.')
    }
    const { claim } = usable
    const { deviceId } = attempt
    const deed = { actor: systemActor(`device:${deviceId}`), now }
    const device = usable.device ?? registration.insert({ input: toRegistration(claim, attempt) }, deed)
    if (claim.secret_id !== null) {
      database
        .prepare('UPDATE device_secrets SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL')
        .run(now, claim.secret_id)
    }
    const secretId = insertSecret(database, device, secretHash, now)
    database
      .prepare(
        'UPDATE claims SET device_no = ?, secret_id = ?, claimed_at = coalesce(claimed_at, ?) WHERE id = ?',
      )
      .run(device.no, secretId, now, claim.id)
    noteChange(database, deed, {
      manufacturerId: claim.manufacturer_id as ManufacturerId,
      action: 'claim.used',
      subject: { kind: 'claim', id: claim.id.toString() },
      after: { deviceId, secretId },
    })
  })
}

/** The device has signed in with the secret that its code yielded. */
export function completeClaim(database: DatabaseSync, secretId: number, now: number): void {
  database
    .prepare('UPDATE claims SET completed_at = ? WHERE secret_id = ? AND completed_at IS NULL')
    .run(now, secretId)
}

function findUsableClaim(
  database: DatabaseSync,
  { codeHash, deviceId, now }: ClaimAttempt,
): { readonly claim: ClaimRow; readonly device: DeviceRow | undefined } | undefined {
  const claim = database.prepare(`${SELECT_CLAIMS} WHERE c.code_hash = ?`).get(codeHash) as
    ClaimRow | undefined
  if (claim === undefined || !isDeviceId(deviceId)) return undefined
  const state = stateOf(claim, now)
  if (state !== 'open' && state !== 'claimed') return undefined
  const boundTo = claim.claimed_device_id ?? claim.device_id
  if (boundTo !== null && boundTo !== deviceId) return undefined
  const device = findDeviceRow(database, deviceId)
  if (device === undefined) return { claim, device }
  const isOwn = device.manufacturer_id === claim.manufacturer_id && device.revoked_at === null
  return isOwn && boundTo !== null ? { claim, device } : undefined
}

function toRegistration(claim: ClaimRow, { deviceId, now }: ClaimAttempt) {
  return {
    id: getDeviceId(deviceId),
    manufacturerId: claim.manufacturer_id as ManufacturerId,
    modelId: claim.model_id as ModelId,
    commissionedAt: now,
    ...(claim.serial !== null && { serial: claim.serial }),
  }
}

function stateOf(row: ClaimRow, now: number): ClaimState {
  if (row.completed_at !== null) return 'completed'
  if (row.revoked_at !== null) return 'revoked'
  if (row.claimed_at !== null) return 'claimed'
  return row.expires_at <= now ? 'expired' : 'open'
}

function toClaim(row: ClaimRow, now: number): Claim {
  return {
    id: row.id,
    modelId: row.model_id as ModelId,
    deviceId: (row.claimed_device_id ?? row.device_id ?? undefined) as DeviceId | undefined,
    serial: row.serial ?? undefined,
    state: stateOf(row, now),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    claimedAt: row.claimed_at ?? undefined,
    completedAt: row.completed_at ?? undefined,
  }
}

function findClaimsProblem({ claims, expiresAt }: CreateClaimsInput, now: number): string | undefined {
  if (claims.length === 0 || claims.length > MAX_CLAIMS_AT_ONCE) {
    return `Make 1 to ${MAX_CLAIMS_AT_ONCE} claim codes at once.`
  }
  if (!Number.isSafeInteger(expiresAt) || expiresAt <= now) return 'Let the codes expire in the future.'
  if (hasTwice(claims.map(({ deviceId }) => deviceId))) return 'Name each device id once.'
  if (hasTwice(claims.map(({ serial }) => serial))) return 'Name each serial number once.'
  return claims.map((claim) => findDetailsProblem(claim)).find((sentence) => sentence !== undefined)
}

function hasTwice(texts: readonly (string | undefined)[]): boolean {
  const given = texts.filter((text) => text !== undefined)
  return new Set(given).size < given.length
}

/** @throws AppError `id_invalid`, `device_exists` */
function assertDeviceFree(
  database: DatabaseSync,
  manufacturerId: ManufacturerId,
  { deviceId, serial }: ClaimInput,
): void {
  if (deviceId !== undefined) {
    const device = findDeviceRow(database, getDeviceId(deviceId))
    if (device !== undefined && device.manufacturer_id !== manufacturerId) {
      throw meteringErrors.device_exists(`Choose another device id; "${deviceId}" is taken.`)
    }
  }
  if (serial === undefined) return
  const holder = database
    .prepare('SELECT id FROM devices WHERE manufacturer_id = ? AND serial = ?')
    .get(manufacturerId, serial)
  if (holder !== undefined && holder['id'] !== deviceId) {
    throw meteringErrors.device_exists(
      `Choose another serial number; "${serial.slice(0, 64)}" belongs to a device.`,
    )
  }
}
