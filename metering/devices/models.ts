/**
 * Device models: checked, versioned and kept for ever. A version never changes; other content is the next version, and a
 * device stays with the version that it was registered with.
 */
import type { DatabaseSync } from 'node:sqlite'
import { isRegisterName, type ManufacturerId, type ModelId } from '../../core/index.ts'
import { prepareOnce } from '../../db/sqlite-index.ts'
import { listSortedRows, wantedRows } from '../../db/sqlite-index.ts'
import { noteChange, type Deed } from '../changes.ts'
import { meteringErrors } from '../errors.ts'
import { modelSorts, type ModelQuery } from '../list-sorts.ts'
import type { EventTypeRule } from '../metric-types.ts'
import type { Model, Page, RegisterDefinition } from './device-types.ts'
import { inTransaction } from './in-transaction.ts'

const MODEL_ID_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/
const MAX_EVENT_TYPES = 64
const MAX_UNIT_LENGTH = 16

type RegisterDocument = {
  name: string
  unit: string
  maxPerHour: string
  maxGapMs: number
  gapRule: 'spread' | 'end'
  modulus?: string
  display?: { unit: string; factor: string }
}
export type ModelRow = {
  manufacturer_id: string
  id: string
  version: number
  name: string
  registers: string
  event_types: string
}

export function findLatestModel(
  database: DatabaseSync,
  manufacturerId: ManufacturerId,
  modelId: ModelId,
): Model | undefined {
  const sql = 'SELECT * FROM models WHERE manufacturer_id = ? AND id = ? ORDER BY version DESC LIMIT 1'
  const row = prepareOnce(database, sql).get(manufacturerId, modelId) as ModelRow | undefined
  return row && toModel(row)
}

export function listModelVersions(
  database: DatabaseSync,
  manufacturerId: ManufacturerId,
  modelId: ModelId,
): Model[] {
  const rows = database
    .prepare('SELECT * FROM models WHERE manufacturer_id = ? AND id = ? ORDER BY version')
    .all(manufacturerId, modelId) as ModelRow[]
  return rows.map(toModel)
}

/** The newest version of each model. @throws AppError `cursor_invalid` */
export function listModels(
  database: DatabaseSync,
  manufacturerId: ManufacturerId,
  { text, ...page }: ModelQuery,
): Page<Model> {
  const wanted = wantedRows([
    ['m.manufacturer_id = ?', manufacturerId],
    ['instr(lower(m.name || char(10) || m.id), lower(?))', text],
  ])
  const newest = 'SELECT max(version) FROM models WHERE manufacturer_id = m.manufacturer_id AND id = m.id'
  const from = `models AS m WHERE m.version = (${newest}) AND ${wanted.condition}`
  const source = { selected: 'm.*', from, values: wanted.values }
  const { items, nextAfter } = listSortedRows<ModelRow, typeof modelSorts>(database, source, modelSorts, page)
  return { items: items.map(toModel), nextAfter }
}

/** Adds the next version unless the newest one has the same content. @throws AppError `model_invalid` */
export function registerModel(database: DatabaseSync, model: Omit<Model, 'version'>, deed: Deed): Model {
  const sentence = findModelProblem(model)
  if (sentence !== undefined) throw meteringErrors.model_invalid(sentence)
  const registers = encodeRegisters(model.registers)
  const eventTypes = encodeEventTypes(model.eventTypes ?? [])
  const newest = findLatestModel(database, model.manufacturerId, model.id)
  if (
    newest !== undefined &&
    newest.name === model.name &&
    encodeRegisters(newest.registers) === registers &&
    encodeEventTypes(newest.eventTypes ?? []) === eventTypes
  ) {
    return newest
  }
  const version = (newest?.version ?? 0) + 1
  inTransaction(database, () => {
    database
      .prepare(
        `INSERT INTO models (manufacturer_id, id, version, name, registers, event_types, created_at)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(model.manufacturerId, model.id, version, model.name, registers, eventTypes, deed.now)
    noteChange(database, deed, {
      manufacturerId: model.manufacturerId,
      action: 'model.registered',
      subject: { kind: 'model', id: model.id },
      before: newest && describeModel(newest),
      after: describeModel({ ...model, version }),
    })
  })
  return { ...model, version }
}

export function toModel(row: ModelRow): Model {
  const eventTypes = JSON.parse(row.event_types) as EventTypeRule[]
  return {
    id: row.id as ModelId,
    version: row.version,
    manufacturerId: row.manufacturer_id as ManufacturerId,
    name: row.name,
    registers: (JSON.parse(row.registers) as RegisterDocument[]).map(toRegister),
    ...(eventTypes.length > 0 && { eventTypes }),
  }
}

function toRegister({ maxPerHour, modulus, display, ...rest }: RegisterDocument): RegisterDefinition {
  return {
    ...rest,
    maxPerHour: BigInt(maxPerHour),
    ...(modulus !== undefined && { modulus: BigInt(modulus) }),
    ...(display !== undefined && { display: { unit: display.unit, factor: BigInt(display.factor) } }),
  }
}

function describeModel({
  version,
  name,
  registers,
  eventTypes = [],
}: Omit<Model, 'id' | 'manufacturerId'>): object {
  return { version, name, registers: JSON.parse(encodeRegisters(registers)) as object, eventTypes }
}

/** The same text for the same registers, whatever the order of their members. */
function encodeRegisters(registers: readonly RegisterDefinition[]): string {
  const documents = registers.map(
    ({ name, unit, maxPerHour, maxGapMs, gapRule, modulus, display }): RegisterDocument => ({
      name,
      unit,
      maxPerHour: maxPerHour.toString(),
      maxGapMs,
      gapRule,
      ...(modulus !== undefined && { modulus: modulus.toString() }),
      ...(display !== undefined && { display: { unit: display.unit, factor: display.factor.toString() } }),
    }),
  )
  return JSON.stringify(documents)
}

function encodeEventTypes(eventTypes: readonly EventTypeRule[]): string {
  return JSON.stringify(
    eventTypes.map(({ type, maxLengthMs, heartbeatMs, isBillable = true }) => {
      return { type, maxLengthMs, heartbeatMs, ...(!isBillable && { isBillable }) }
    }),
  )
}

function findModelProblem({ id, registers, eventTypes = [] }: Omit<Model, 'version'>): string | undefined {
  if (!MODEL_ID_PATTERN.test(id)) return 'A model id has 1 to 64 letters, digits, ".", "_" or "-".'
  if (registers.length === 0) return 'Give the model at least one register.'
  if (hasTwice(registers.map(({ name }) => name))) return 'Name each register of the model once.'
  if (eventTypes.length > MAX_EVENT_TYPES) return `Give the model at most ${MAX_EVENT_TYPES} event types.`
  if (hasTwice(eventTypes.map(({ type }) => type))) return 'Name each event type of the model once.'
  return [...registers.map(findRegisterProblem), ...eventTypes.map(findEventTypeProblem)].find(
    (sentence) => sentence !== undefined,
  )
}

function findRegisterProblem({
  name,
  maxPerHour,
  maxGapMs,
  modulus,
  display,
}: RegisterDefinition): string | undefined {
  if (!isRegisterName(name)) return `Name registers like "run_s"; "${name.slice(0, 40)}" is not such a name.`
  if (maxPerHour <= 0n) return `Give ${name} a "maxPerHour" above zero.`
  if (!isDuration(maxGapMs)) return `Give ${name} a "maxGapMs" above zero.`
  if (modulus !== undefined && modulus <= 1n) return `Give ${name} a "modulus" above one, or none.`
  if (display === undefined) return undefined
  if (display.factor <= 0n) return `Give ${name} a "display" with a "factor" above zero.`
  if (display.unit === '' || display.unit.length > MAX_UNIT_LENGTH) {
    return `Give ${name} a "display" with a "unit" of 1 to ${MAX_UNIT_LENGTH} characters.`
  }
  return undefined
}

function findEventTypeProblem({ type, maxLengthMs, heartbeatMs }: EventTypeRule): string | undefined {
  if (!isRegisterName(type)) {
    return `Name event types like "wash_cycle"; "${type.slice(0, 40)}" is not such a name.`
  }
  if (maxLengthMs !== undefined && !isDuration(maxLengthMs)) return `Give ${type} a "maxLengthMs" above zero.`
  if (heartbeatMs !== undefined && !isDuration(heartbeatMs)) return `Give ${type} a "heartbeatMs" above zero.`
  if (maxLengthMs !== undefined && heartbeatMs !== undefined && heartbeatMs > maxLengthMs) {
    return `Give ${type} a "heartbeatMs" that is not longer than its "maxLengthMs".`
  }
  return undefined
}

function isDuration(ms: number): boolean {
  return Number.isSafeInteger(ms) && ms > 0
}

function hasTwice(names: readonly string[]): boolean {
  return new Set(names).size < names.length
}
