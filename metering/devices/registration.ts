/**
 * Registering devices, one or many in a transaction.
 *
 * All checks of a device come before its first write, so a refused one leaves nothing behind and the others of its
 * transaction count. A device that is registered already with the same content is `unchanged`: a list can be sent again.
 * What may change later (site, tags) belongs to the content, so that a list that says otherwise is told, not ignored.
 */
import type { DatabaseSync } from 'node:sqlite'
import { AppError, formatInstant, getDeviceId } from '../../core/index.ts'
import { noteChange, type Deed } from '../changes.ts'
import { meteringErrors } from '../errors.ts'
import { readBaseValues, toDevice, type DeviceRow } from '../store/device-catalogue.ts'
import { findDetailsProblem } from './device-details.ts'
import type { Device, RegisterDeviceInput } from './device-types.ts'
import { inTransaction } from './in-transaction.ts'
import { findLatestModel } from './models.ts'

/** A device with the hash of its first secret; without one it has none yet. */
export type HashedRegistration = { readonly input: RegisterDeviceInput; readonly secretHash?: string }

export type StoredOutcome =
  | { readonly outcome: 'created'; readonly device: Device }
  | { readonly outcome: 'unchanged'; readonly device: Device }
  | { readonly outcome: 'valid' }
  | { readonly outcome: 'refused'; readonly code: string; readonly detail: string }

export type DeviceRegistration = ReturnType<typeof openDeviceRegistration>

export function openDeviceRegistration(database: DatabaseSync) {
  const findById = database.prepare('SELECT * FROM devices WHERE id = ?')
  const findBySerial = database.prepare('SELECT 1 FROM devices WHERE manufacturer_id = ? AND serial = ?')
  const insertDevice = database.prepare(
    `INSERT INTO devices (id, manufacturer_id, model_id, model_version, serial, commissioned_at, base_values, site, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING *`,
  )
  const insertSecret = database.prepare(
    'INSERT INTO device_secrets (device_no, secret_hash, created_at) VALUES (?, ?, ?)',
  )
  const insertTag = database.prepare(
    'INSERT INTO device_tags (manufacturer_id, tag, device_id) VALUES (?, ?, ?)',
  )
  const listTags = database.prepare('SELECT tag FROM device_tags WHERE device_id = ? ORDER BY tag')

  /** Within the caller's transaction. */
  function insert({ input, secretHash }: HashedRegistration, deed: Deed): DeviceRow {
    const { modelVersion } = check(input)
    const row = insertDevice.get(
      input.id,
      input.manufacturerId,
      input.modelId,
      modelVersion,
      input.serial ?? null,
      input.commissionedAt,
      encodeBaseValues(input),
      input.site ?? null,
      deed.now,
    ) as DeviceRow
    for (const tag of distinctTags(input)) insertTag.run(input.manufacturerId, tag, input.id)
    if (secretHash !== undefined) insertSecret.run(row.no, secretHash, deed.now)
    noteChange(database, deed, {
      manufacturerId: input.manufacturerId,
      action: 'device.registered',
      subject: { kind: 'device', id: input.id },
      after: {
        modelId: input.modelId,
        modelVersion,
        commissionedAt: formatInstant(input.commissionedAt),
        serial: input.serial,
        baseValues: JSON.parse(encodeBaseValues(input)) as object,
        site: input.site,
        tags: distinctTags(input),
      },
    })
    return row
  }

  function check(input: RegisterDeviceInput): { readonly modelVersion: number } {
    getDeviceId(input.id)
    const sentence = findDetailsProblem(input)
    if (sentence !== undefined) throw meteringErrors.device_invalid(sentence)
    const model = findLatestModel(database, input.manufacturerId, input.modelId)
    if (model === undefined) {
      throw meteringErrors.model_unknown(`Register the model "${input.modelId.slice(0, 64)}" first.`)
    }
    for (const register of Object.keys(input.baseValues ?? {})) {
      if (!model.registers.some(({ name }) => name === register)) {
        throw meteringErrors.register_not_in_model(
          `The model "${model.id}" has no register "${register.slice(0, 64)}".`,
        )
      }
    }
    if (findById.get(input.id) !== undefined) {
      throw meteringErrors.device_exists(`Choose another id; "${input.id}" is taken.`)
    }
    if (input.serial !== undefined && findBySerial.get(input.manufacturerId, input.serial) !== undefined) {
      throw meteringErrors.device_exists(
        `Choose another serial number; that of "${input.id}" belongs to another device.`,
      )
    }
    return { modelVersion: model.version }
  }

  function registerOrCompare(registration: HashedRegistration, deed: Deed): StoredOutcome {
    const { input } = registration
    const existing = findById.get(input.id) as DeviceRow | undefined
    if (existing === undefined || existing.manufacturer_id !== input.manufacturerId) {
      return { outcome: 'created', device: toDevice(insert(registration, deed)) }
    }
    const tags = listTags.all(input.id).map(({ tag }) => String(tag))
    const difference = findDifference(existing, tags, input)
    if (difference === undefined) return { outcome: 'unchanged', device: toDevice(existing) }
    throw meteringErrors.device_exists(
      `"${input.id}" is registered with another ${difference}; change that device, or choose another id.`,
    )
  }

  return {
    insert,

    register: (registration: HashedRegistration, deed: Deed): Device =>
      inTransaction(database, () => toDevice(insert(registration, deed))),

    registerAll: (
      registrations: readonly HashedRegistration[],
      deed: Deed,
      isDryRun: boolean,
    ): StoredOutcome[] => {
      const attempt = () => registrations.map((each) => refusedAlone(() => registerOrCompare(each, deed)))
      if (!isDryRun) return inTransaction(database, attempt)
      database.exec('BEGIN IMMEDIATE')
      try {
        return attempt().map((each) => (each.outcome === 'created' ? { outcome: 'valid' } : each))
      } finally {
        database.exec('ROLLBACK')
      }
    },
  }
}

function refusedAlone(register: () => StoredOutcome): StoredOutcome {
  try {
    return register()
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return { outcome: 'refused', code: error.code, detail: error.message }
  }
}

function findDifference(
  row: DeviceRow,
  tags: readonly string[],
  input: RegisterDeviceInput,
): string | undefined {
  if (row.model_id !== input.modelId) return 'model'
  if (row.serial !== (input.serial ?? null)) return 'serial number'
  if (row.commissioned_at !== input.commissionedAt) return 'commissioning time'
  const stored = Object.fromEntries(readBaseValues(row))
  if (encodeBaseValues({ baseValues: stored }) !== encodeBaseValues(input)) return 'commissioning value'
  if (row.site !== (input.site ?? null)) return 'site'
  if (tags.join('\n') !== distinctTags(input).join('\n')) return 'set of tags'
  return undefined
}

function encodeBaseValues({ baseValues = {} }: Pick<RegisterDeviceInput, 'baseValues'>): string {
  const entries = Object.entries(baseValues).map(([name, value]) => [name, value.toString()] as const)
  return JSON.stringify(Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1))))
}

function distinctTags({ tags = [] }: RegisterDeviceInput): string[] {
  return [...new Set(tags)].toSorted()
}
