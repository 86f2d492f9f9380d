/**
 * What people change about a device: decisions on what is held or missing, and the model version it is judged by.
 *
 * The change and the judging that follows from it are one transaction where a few turns do it; else the device waits its turn.
 * Either way the result is that of having known it before.
 */
import type { DatabaseSync } from 'node:sqlite'
import { REGISTER_LIMIT, type DeviceId, type ManufacturerId } from '../../core/index.ts'
import { noteChange, type Deed } from '../changes.ts'
import { meteringErrors } from '../errors.ts'
import type {
  DecideInput,
  Decision,
  DecisionPage,
  DecisionRecord,
  Device,
  WithdrawableDecision,
} from '../metering-types.ts'
import { firstIdentity, type Identity } from '../usage/identity.ts'
import type { CachedDevice } from './device-cache.ts'
import { decodeDecision, encodeDecision } from './decision-document.ts'
import { findDeviceRow, getDeviceRow, toDevice, type DeviceRow } from './device-catalogue.ts'
import { judgeAgain } from './judge-again.ts'
import type { MeteringWriter } from './metering-writer.ts'

const MAX_TEXT = 1_000
const MAX_LISTED = 1_000

type DecisionRow = {
  id: number
  decision: string
  decided_by: string
  reason: string
  decided_at: number
}

export function openFactChanges(writer: MeteringWriter) {
  const { database, transaction, cache, readings, points, unjudged } = writer
  const insertDecision = database.prepare(
    'INSERT INTO decisions (device_no, decision, decided_by, reason, decided_at) VALUES (?, ?, ?, ?, ?)',
  )
  const findDecision = database.prepare('SELECT decision FROM decisions WHERE device_no = ? AND id = ?')
  const findWithdrawal = database.prepare(
    `SELECT 1 FROM decisions
     WHERE device_no = ? AND decision ->> '$.kind' = 'withdraw' AND decision ->> '$.decisionId' = ?`,
  )
  const setVersion = database.prepare('UPDATE devices SET model_version = ? WHERE no = ?')
  const findVersion = database.prepare(
    'SELECT 1 FROM models WHERE manufacturer_id = ? AND id = ? AND version = ?',
  )

  /** The decision that a withdrawal names, if it may be withdrawn. */
  function getWithdrawable(deviceNo: number, decisionId: number): WithdrawableDecision {
    const row = findDecision.get(deviceNo, decisionId) as { decision: string } | undefined
    if (row === undefined) {
      throw meteringErrors.decision_unknown(`Nobody made a decision ${decisionId} about the device.`)
    }
    const decision = decodeDecision(row.decision)
    if (decision.kind === 'withdraw') {
      throw meteringErrors.decision_invalid(
        `Decision ${decisionId} is a withdrawal and cannot be withdrawn. Decide again instead.`,
      )
    }
    if (findWithdrawal.get(deviceNo, decisionId) !== undefined) {
      throw meteringErrors.decision_withdrawn(`Decision ${decisionId} was withdrawn before.`)
    }
    return decision
  }

  function assertDecidable(device: CachedDevice, decision: WithdrawableDecision): void {
    const { register } = decision
    if (register !== undefined && !device.facts.definitions.has(register)) {
      throw meteringErrors.register_not_in_model(
        `The device's model has no register "${register.slice(0, 64)}".`,
      )
    }
    if (decision.kind === 'exchange' || decision.kind === 'hand_over') {
      if (!Number.isSafeInteger(decision.at) || decision.at < device.facts.commissionedAt) {
        throw meteringErrors.decision_invalid('Give a time that is not before the commissioning.')
      }
      const values = decision.kind === 'exchange' ? [decision.final, decision.start] : [decision.value]
      values.forEach(assertWhole)
      return
    }
    if (decision.kind === 'replace') assertWhole(decision.value)
    const readingId = decision.kind === 'replace' ? undefined : decision.readingId
    const stored = readings
      .list(device.no, device.state.head, decision, decision)
      .filter(({ id }) => readingId === undefined || id === readingId)
    if (stored.length === 0) {
      throw meteringErrors.reading_unknown(
        `The device has sent no reading with epoch ${decision.epoch}, sequence number ${decision.seq}.`,
      )
    }
    const carries = stored.some(
      ({ reading }) =>
        reading.registers.some((each) => each.register === register) ||
        (decision.kind !== 'replace' && reading.exchanges.some((each) => each.register === register)),
    )
    if (register !== undefined && !carries) {
      throw meteringErrors.decision_invalid(`That reading says nothing of "${register}".`)
    }
  }

  /** Where what a decision changes begins, when it is made and when it is withdrawn. */
  function changedFrom(device: CachedDevice, decision: WithdrawableDecision): Identity {
    if (decision.kind !== 'exchange' && decision.kind !== 'hand_over') {
      return { epoch: decision.epoch, seq: decision.seq }
    }
    const { no: deviceNo, facts, state } = device
    const { register, at } = decision
    // What is stored of a register that the model lost since, or before judging has reached it, says nothing of the facts of now.
    if (!facts.definitions.has(register) || unjudged.get(deviceNo) !== undefined) return firstIdentity
    const series = { deviceNo, facts, state, judgedId: Number.MAX_SAFE_INTEGER, register }
    // Before its time: once made, it is itself the point at that time.
    return points.lastPointUpTo(series, at - 1)?.reading ?? firstIdentity
  }

  /** Where what changes begins, if the decision may be made. */
  function prepareDecision(device: CachedDevice, decision: Decision): Identity {
    if (decision.kind === 'withdraw')
      return changedFrom(device, getWithdrawable(device.no, decision.decisionId))
    assertDecidable(device, decision)
    return changedFrom(device, decision)
  }

  return {
    /**
     * @throws AppError `device_unknown`, `decision_invalid`, `reading_unknown`, `register_not_in_model`,
     * `decision_unknown`, `decision_withdrawn`
     */
    decide(input: DecideInput, deed: Deed): DecisionRecord {
      const { decision, decidedBy = deed.actor.name, reason } = input
      const decidedAt = deed.now
      const row = getOwnDeviceRow(database, input.manufacturerId, input.deviceId)
      assertText(decidedBy, 'decidedBy')
      assertText(reason, 'reason')
      return transaction(() => {
        const device = cache.find(row.id) ?? cache.getByNo(row.no)
        const from = prepareDecision(device, decision)
        const { lastInsertRowid } = insertDecision.run(
          row.no,
          encodeDecision(decision),
          decidedBy,
          reason,
          decidedAt,
        )
        const id = Number(lastInsertRowid)
        noteChange(database, deed, {
          manufacturerId: input.manufacturerId,
          action: 'decision.made',
          subject: { kind: 'device', id: row.id },
          after: { decisionId: id, ...(JSON.parse(encodeDecision(decision)) as object), decidedBy },
          reason,
        })
        judgeAgain(writer, row.id, from)
        return { id, deviceId: row.id as DeviceId, decision, decidedBy, reason, decidedAt }
      })
    },

    /** @throws AppError `device_unknown`, `model_unknown` */
    setModelVersion(manufacturerId: ManufacturerId, deviceId: string, version: number, deed: Deed): Device {
      const row = getOwnDeviceRow(database, manufacturerId, deviceId)
      if (findVersion.get(manufacturerId, row.model_id, version) === undefined) {
        throw meteringErrors.model_unknown(`The model "${row.model_id}" has no version ${version}.`)
      }
      transaction(() => {
        setVersion.run(version, row.no)
        if (row.model_version !== version) {
          noteChange(database, deed, {
            manufacturerId,
            action: 'device.model_version_set',
            subject: { kind: 'device', id: row.id },
            before: { modelVersion: row.model_version },
            after: { modelVersion: version },
          })
        }
        judgeAgain(writer, row.id, firstIdentity)
      })
      return toDevice({ ...row, model_version: version })
    },
  }
}

/** Oldest first. @throws AppError `device_unknown` */
export function listDecisions(
  database: DatabaseSync,
  manufacturerId: ManufacturerId,
  deviceId: string,
  { after = 0, limit = MAX_LISTED }: DecisionPage = {},
): DecisionRecord[] {
  const { no, id } = getOwnDeviceRow(database, manufacturerId, deviceId)
  const rows = database
    .prepare('SELECT * FROM decisions WHERE device_no = ? AND id > ? ORDER BY id LIMIT ?')
    .all(no, after, Math.min(limit, MAX_LISTED)) as DecisionRow[]
  return rows.map((row) => ({
    id: row.id,
    deviceId: id as DeviceId,
    decision: decodeDecision(row.decision),
    decidedBy: row.decided_by,
    reason: row.reason,
    decidedAt: row.decided_at,
  }))
}

/** @throws AppError `device_unknown` also when the device belongs to another manufacturer */
function getOwnDeviceRow(
  database: DatabaseSync,
  manufacturerId: ManufacturerId,
  deviceId: string,
): DeviceRow {
  const row = findDeviceRow(database, deviceId)
  return row?.manufacturer_id === manufacturerId ? row : getDeviceRow(database, '')
}

function assertText(text: string, name: string): void {
  if (text.trim() === '' || text.length > MAX_TEXT) {
    throw meteringErrors.decision_invalid(`Give "${name}" as a text of 1 to ${MAX_TEXT} characters.`)
  }
}

function assertWhole(value: bigint): void {
  if (value < 0n || value >= REGISTER_LIMIT) {
    throw meteringErrors.decision_invalid('Give register values from 0 to 2^53 - 1.')
  }
}
