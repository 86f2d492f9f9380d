/** Models and devices: registering them, and reading them back for ingest, authentication and the API. */
import type { DatabaseSync } from 'node:sqlite'
import {
  getDeviceId,
  isRegisterName,
  type DeviceId,
  type ManufacturerId,
  type ModelId,
} from '../../core/index.ts'
import { meteringErrors } from '../errors.ts'
import type { Device, Model, RegisterDefinition, RegisterDeviceInput } from '../metering-types.ts'

type RegisterDocument = {
  name: string
  unit: string
  maxPerHour: string
  maxGapMs: number
  gapRule: 'spread' | 'end'
  modulus?: string
}
type ModelRow = { manufacturer_id: string; id: string; version: number; name: string; registers: string }
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
}

/** @throws AppError `model_invalid` */
function assertModelValid(model: Omit<Model, 'version'>): void {
  const names = model.registers.map((register) => register.name)
  const problem = findModelProblem(model.id, names) ?? firstProblem(model.registers)
  if (problem !== undefined) throw meteringErrors.model_invalid(problem)
}

function findModelProblem(id: string, registers: readonly string[]): string | undefined {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(id))
    return 'A model id has 1 to 64 letters, digits, ".", "_" or "-".'
  if (registers.length === 0) return 'Give the model at least one register.'
  if (new Set(registers).size < registers.length) return 'Name each register of the model once.'
  return undefined
}

function firstProblem(registers: readonly RegisterDefinition[]): string | undefined {
  return registers.map(findRegisterProblem).find((sentence) => sentence !== undefined)
}

function findRegisterProblem({
  name,
  maxPerHour,
  maxGapMs,
  modulus,
}: RegisterDefinition): string | undefined {
  if (!isRegisterName(name)) return `Name registers like "run_s"; "${name.slice(0, 40)}" is not such a name.`
  if (maxPerHour <= 0n) return `Give ${name} a "maxPerHour" above zero.`
  if (!Number.isSafeInteger(maxGapMs) || maxGapMs <= 0) return `Give ${name} a "maxGapMs" above zero.`
  if (modulus !== undefined && modulus <= 1n) return `Give ${name} a "modulus" above one, or none.`
  return undefined
}

export function findLatestModel(
  database: DatabaseSync,
  manufacturerId: ManufacturerId,
  modelId: ModelId,
): Model | undefined {
  const row = database
    .prepare('SELECT * FROM models WHERE manufacturer_id = ? AND id = ? ORDER BY version DESC LIMIT 1')
    .get(manufacturerId, modelId) as ModelRow | undefined
  return row && toModel(row)
}

export function getModelOfDevice(database: DatabaseSync, device: DeviceRow): Model {
  const row = database
    .prepare('SELECT * FROM models WHERE manufacturer_id = ? AND id = ? AND version = ?')
    .get(device.manufacturer_id, device.model_id, device.model_version) as ModelRow
  return toModel(row)
}

/** Adds the next version unless the newest one has the same name and registers. */
export function registerModel(database: DatabaseSync, model: Omit<Model, 'version'>, now: number): Model {
  assertModelValid(model)
  const registers = encodeRegisters(model.registers)
  const newest = findLatestModel(database, model.manufacturerId, model.id)
  if (newest !== undefined && newest.name === model.name && encodeRegisters(newest.registers) === registers) {
    return newest
  }
  const version = (newest?.version ?? 0) + 1
  database
    .prepare(
      'INSERT INTO models (manufacturer_id, id, version, name, registers, created_at) VALUES (?, ?, ?, ?, ?, ?)',
    )
    .run(model.manufacturerId, model.id, version, model.name, registers, now)
  return { ...model, version }
}

/** Adds a device with its first secret, given as a hash. @throws AppError `model_unknown`, `device_exists` */
export function registerDevice(
  database: DatabaseSync,
  input: RegisterDeviceInput,
  secretHash: string,
  now: number,
): Device {
  getDeviceId(input.id)
  const model = findLatestModel(database, input.manufacturerId, input.modelId)
  if (model === undefined) {
    throw meteringErrors.model_unknown(`Register the model "${input.modelId.slice(0, 64)}" first.`)
  }
  const baseValues = Object.entries(input.baseValues ?? {}).map(([name, value]) => [name, value.toString()])
  for (const [register] of baseValues) {
    if (!model.registers.some(({ name }) => name === register)) {
      throw meteringErrors.register_not_in_model(`The model "${model.id}" has no register "${register}".`)
    }
  }
  const isTaken = database
    .prepare('SELECT 1 FROM devices WHERE id = ? OR (manufacturer_id = ? AND serial = ?)')
    .get(input.id, input.manufacturerId, input.serial ?? null)
  if (isTaken !== undefined) {
    throw meteringErrors.device_exists(`Choose another id or serial number; "${input.id}" is taken.`)
  }
  database.exec('BEGIN IMMEDIATE')
  try {
    const { lastInsertRowid } = database
      .prepare(
        `INSERT INTO devices (id, manufacturer_id, model_id, model_version, serial, commissioned_at, base_values, created_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        input.id,
        input.manufacturerId,
        input.modelId,
        model.version,
        input.serial ?? null,
        input.commissionedAt,
        JSON.stringify(Object.fromEntries(baseValues)),
        now,
      )
    database
      .prepare('INSERT INTO device_secrets (device_no, secret_hash, created_at) VALUES (?, ?, ?)')
      .run(lastInsertRowid, secretHash, now)
    database.exec('COMMIT')
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
  return toDevice(getDeviceRow(database, input.id))
}

export function findDeviceRow(database: DatabaseSync, deviceId: string): DeviceRow | undefined {
  return database.prepare('SELECT * FROM devices WHERE id = ?').get(deviceId) as DeviceRow | undefined
}

/** For numbers that come from the store's own rows. */
export function getDeviceRowByNo(database: DatabaseSync, deviceNo: number): DeviceRow {
  return database.prepare('SELECT * FROM devices WHERE no = ?').get(deviceNo) as DeviceRow
}

/** @throws AppError `device_unknown` */
export function getDeviceRow(database: DatabaseSync, deviceId: string): DeviceRow {
  const row = findDeviceRow(database, deviceId)
  if (row === undefined) throw meteringErrors.device_unknown(`There is no device "${deviceId.slice(0, 64)}".`)
  return row
}

export function listActiveSecretHashes(database: DatabaseSync, deviceId: string): readonly string[] {
  return database
    .prepare(
      `SELECT s.secret_hash AS hash FROM device_secrets AS s JOIN devices AS d ON d.no = s.device_no
       WHERE d.id = ? AND s.revoked_at IS NULL ORDER BY s.id`,
    )
    .all(deviceId)
    .map((row) => String(row['hash']))
}

/** Whether a device whose certificate is good may connect: it is registered. */
export function mayConnectWithCertificate(database: DatabaseSync, deviceId: string): boolean {
  return database.prepare('SELECT 1 FROM devices WHERE id = ?').get(deviceId) !== undefined
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

function toModel(row: ModelRow): Model {
  return {
    id: row.id as ModelId,
    version: row.version,
    manufacturerId: row.manufacturer_id as ManufacturerId,
    name: row.name,
    registers: (JSON.parse(row.registers) as RegisterDocument[]).map(({ maxPerHour, modulus, ...rest }) => ({
      ...rest,
      maxPerHour: BigInt(maxPerHour),
      ...(modulus === undefined ? {} : { modulus: BigInt(modulus) }),
    })),
  }
}

function encodeRegisters(registers: readonly RegisterDefinition[]): string {
  const documents = registers.map(
    ({ name, unit, maxPerHour, maxGapMs, gapRule, modulus }): RegisterDocument => ({
      name,
      unit,
      maxPerHour: maxPerHour.toString(),
      maxGapMs,
      gapRule,
      ...(modulus === undefined ? {} : { modulus: modulus.toString() }),
    }),
  )
  return JSON.stringify(documents)
}
