/**
 * One batch of messages from all devices in one transaction: decode, validate, deduplicate, log, fold, count.
 *
 * - Nothing is answered before COMMIT. State kept in memory is published only after COMMIT; after any failure it is
 *   thrown away and read from the database again, so a retried batch is never taken for its own duplicate.
 * - When another process wrote the file, memory is thrown away too: two servers on one folder cost speed, not usage.
 * - A failure of the machine (full disk, I/O, lock) rejects the whole batch: `store_unavailable`, nothing may be relied
 *   on. Any other failure is tried twice, then the batch is halved until the poison message stands alone; it goes
 *   to quarantine in a transaction of its own and the rest is stored.
 * - A reading that comes in sequence order takes one step of the fold; anything else makes the device be folded again
 *   from its log, once per batch.
 */
import type { DatabaseSync } from 'node:sqlite'
import {
  canonicalContent,
  decodeReadingMessage,
  type DeviceId,
  type DeviceProblem,
  type InboundMessage,
  type Period,
  type Reading,
  type Refusal,
} from '../../core/index.ts'
import { databaseErrors, isEnvironmentalSqliteError } from '../../db/index.ts'
import { openEventStore, type EventConflict, type ReportingReading } from '../events/event-store.ts'
import {
  acceptReading,
  compareIdentity,
  isSequenceJump,
  type AcceptanceRules,
  type HeldValue,
  type Identity,
  type StoredReading,
} from '../usage/accept-reading.ts'
import { addToSlots, settledHours, slotStart, uniteSpans, type Slot } from '../usage/open-slots.ts'
import type { RegisterPoint } from '../metering-types.ts'
import { findDeviceRow, getModelOfDevice, readBaseValues } from './device-catalogue.ts'
import { decodeDeviceState, encodeDeviceState, initialDeviceState, type DeviceState } from './device-state.ts'
import { openReadingLog } from './reading-log.ts'
import { byReceivedTimeAndDigest, groupByIdentity, isNextInOrder } from './reading-order.ts'
import { openUsageStore } from './usage-store.ts'

/** Devices whose state is kept in memory; about 1 KB each. */
const MAX_CACHED_DEVICES = 200_000

type KnownDevice = {
  readonly no: number
  readonly rules: AcceptanceRules
  readonly baseSlots: ReadonlyMap<string, Slot>
}

/** A device inside one transaction. Nothing of it outlives a rollback. */
type DeviceWork = {
  readonly device: KnownDevice
  state: DeviceState
  changed: Period | undefined
  /** Id of the first reading of this batch that the fold has to be redone for. */
  refoldFrom: number | undefined
}

type StoredIdentity = Pick<StoredReading, 'id' | 'epoch' | 'seq' | 'receivedAt'>

type Counts = { received: number; accepted: number; duplicate: number; held: number; rejected: number }

export function openBatchIngest(database: DatabaseSync) {
  const readings = openReadingLog(database)
  const usage = openUsageStore(database)
  const events = openEventStore(database)
  const readProgress = database.prepare('SELECT state FROM device_progress WHERE device_no = ?')
  const writeProgress = database.prepare(
    `INSERT INTO device_progress (device_no, state) VALUES (?, ?)
     ON CONFLICT (device_no) DO UPDATE SET state = excluded.state`,
  )
  const insertQuarantine = database.prepare(
    'INSERT INTO quarantine (device_id, topic, received_at, code, detail, raw) VALUES (?, ?, ?, ?, ?, ?)',
  )
  const readDataVersion = database.prepare('PRAGMA data_version')
  const addCount = database.prepare('UPDATE outcome_counts SET readings = readings + ? WHERE outcome = ?')

  const committed = new Map<string, { readonly device: KnownDevice; readonly state: DeviceState }>()
  /** Changes whenever another connection wrote: then nothing kept in memory may be trusted. */
  let dataVersion: unknown

  /** Stores the batch and returns what the devices are to be told. @throws AppError `store_unavailable` */
  function ingest(messages: readonly InboundMessage[]): DeviceProblem[] {
    let failure: unknown
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      try {
        return inTransaction(() => applyBatch(messages))
      } catch (error) {
        if (isEnvironmentalSqliteError(error)) {
          throw databaseErrors.store_unavailable(
            'Free space on the disk; devices keep what was not acknowledged.',
            {
              cause: error,
            },
          )
        }
        failure = error
      }
    }
    const [first] = messages
    if (first === undefined) throw failure
    if (messages.length === 1) return quarantinePoison(first, failure)
    const middle = messages.length >> 1
    return [...ingest(messages.slice(0, middle)), ...ingest(messages.slice(middle))]
  }

  function inTransaction<Result>(
    body: () => { result: Result; work: ReadonlyMap<string, DeviceWork> },
  ): Result {
    database.exec('BEGIN IMMEDIATE')
    const found = readDataVersion.get()?.['data_version']
    if (found !== dataVersion) committed.clear()
    dataVersion = found
    let outcome: { result: Result; work: ReadonlyMap<string, DeviceWork> }
    try {
      outcome = body()
      database.exec('COMMIT')
    } catch (error) {
      committed.clear()
      if (database.isTransaction) database.exec('ROLLBACK')
      throw error
    }
    for (const [deviceId, { device, state }] of outcome.work) {
      committed.delete(deviceId)
      committed.set(deviceId, { device, state })
    }
    for (const deviceId of committed.keys()) {
      if (committed.size <= MAX_CACHED_DEVICES) break
      committed.delete(deviceId)
    }
    return outcome.result
  }

  function quarantinePoison(message: InboundMessage, failure: unknown): DeviceProblem[] {
    const reason = failure instanceof Error ? failure.message : 'unknown failure'
    return inTransaction(() => {
      const problems: DeviceProblem[] = []
      const counts = noCounts()
      const detail = `The message could not be stored (${reason}); it is kept for a person to look at.`
      refuse(message, message.payload, { code: 'message_poison', detail }, counts, problems)
      writeCounts(counts)
      return { result: problems, work: new Map() }
    })
  }

  function applyBatch(messages: readonly InboundMessage[]) {
    const work = new Map<string, DeviceWork>()
    const problems: DeviceProblem[] = []
    const counts = noCounts()
    for (const message of messages) applyMessage(message, work, counts, problems)
    for (const [deviceId, device] of work) {
      if (device.refoldFrom !== undefined) refold(deviceId as DeviceId, device, counts, problems)
      writeProgress.run(device.device.no, encodeDeviceState(device.state))
      if (device.changed !== undefined) usage.writeChange(device.device.no, device.changed)
    }
    writeCounts(counts)
    return { result: problems, work }
  }

  function applyMessage(
    message: InboundMessage,
    work: Map<string, DeviceWork>,
    counts: Counts,
    problems: DeviceProblem[],
  ): void {
    const device = message.refusal === undefined ? takeDevice(message.deviceId, work) : undefined
    if (device === undefined) {
      const unknown: Refusal = { code: 'device_unknown', detail: 'Register the device before it publishes.' }
      return refuse(message, message.payload, message.refusal ?? unknown, counts, problems)
    }
    for (const element of decodeReadingMessage(message.payload)) {
      const refusal = element.refusal ?? findUnknownRegister(element.reading, device.device.rules)
      if (refusal !== undefined) refuse(message, element.raw, refusal, counts, problems)
      else if (element.reading !== undefined) {
        applyReading(message, element.raw, element.reading, device, counts, problems)
      }
    }
  }

  function refuse(
    message: InboundMessage,
    raw: Uint8Array,
    { code, detail }: Refusal,
    counts: Counts,
    problems: DeviceProblem[],
  ): void {
    insertQuarantine.run(message.deviceId, message.topic, message.receivedAt, code, detail, raw)
    counts.received += 1
    counts.rejected += 1
    problems.push({ deviceId: message.deviceId, code, detail })
  }

  function applyReading(
    { deviceId, receivedAt }: InboundMessage,
    raw: Uint8Array,
    reading: Reading,
    work: DeviceWork,
    counts: Counts,
    problems: DeviceProblem[],
  ): void {
    counts.received += 1
    const { no, rules } = work.device
    const { head, acceptance } = work.state
    const entry = { deviceNo: no, epoch: reading.epoch, seq: reading.seq, receivedAt, raw }

    if (work.refoldFrom === undefined && isNextInOrder(work.state, reading)) {
      const newHead = readings.appendToChain(entry, head)
      const step = acceptReading(acceptance, { ...newHead, receivedAt, reading }, rules)
      const ahead = work.state.ahead
      work.state = {
        head: newHead,
        acceptance: step.next,
        openSlots: addPoints(work, step.accepted),
        ahead: ahead !== undefined && compareIdentity(ahead, newHead) > 0 ? ahead : undefined,
      }
      const held = [...step.held, ...storeEvents(work, { ...newHead, receivedAt, events: reading.events })]
      counts[held.length > 0 ? 'held' : 'accepted'] += 1
      if (held.length > 0) writeHolds(deviceId, no, { ...newHead, receivedAt }, held, problems)
      return
    }

    const stored = readings.list(no, head, reading, reading)
    const content = canonicalContent(reading)
    if (stored.some((other) => canonicalContent(other.reading) === content)) {
      counts.duplicate += 1
      return
    }
    counts.accepted += 1 // the fold below moves it to held if need be
    const isAhead = head !== undefined && compareIdentity(reading, head) > 0
    if ((head === undefined || isAhead) && !isSequenceJump(head, reading)) {
      const newHead = readings.appendToChain(entry, head)
      work.state = { ...work.state, head: newHead }
      work.refoldFrom ??= newHead.id
    } else {
      const id = readings.appendOffChain(entry)
      work.refoldFrom ??= id
    }
  }

  function addPoints(
    work: DeviceWork,
    accepted: readonly { readonly register: string; readonly point: RegisterPoint }[],
  ): ReadonlyMap<string, Slot> {
    const openSlots = new Map(work.state.openSlots)
    for (const { register, point } of accepted) {
      const before = openSlots.get(register)
      const { open, closed } = addToSlots(before, point)
      if (closed !== undefined) usage.writeSlot(work.device.no, { register, ...closed })
      if (before !== undefined) {
        work.changed = uniteSpans(work.changed, settledHours(before.last.at, point.at))
      }
      openSlots.set(register, open)
    }
    return openSlots
  }

  function storeEvents(work: DeviceWork, reading: ReportingReading): HeldValue[] {
    if (reading.events.length === 0) return []
    const { conflicts, nowHeld, noLongerHeld } = events.storeEvents(work.device.no, [reading])
    // Holds of earlier readings change: derived again with all others. This reading is told of its own below.
    if (nowHeld.length + noLongerHeld.length > 0) work.refoldFrom ??= reading.id + 1
    return conflicts.map(toHeldValue)
  }

  function writeHolds(
    deviceId: DeviceId,
    deviceNo: number,
    stored: StoredIdentity,
    held: readonly HeldValue[],
    problems: DeviceProblem[],
  ): void {
    for (const value of held) {
      usage.writeHold(deviceNo, stored, value)
      const { epoch, seq } = stored
      const { code, detail, register } = value
      problems.push({ deviceId, code, detail, epoch, seq, ...(register === undefined ? {} : { register }) })
    }
  }

  /** Derives a device again from its whole log, as if every reading had arrived in sequence order. */
  function refold(deviceId: DeviceId, work: DeviceWork, counts: Counts, problems: DeviceProblem[]): void {
    const { no, rules, baseSlots } = work.device
    const { head, acceptance: before } = work.state
    const isNew = (stored: { readonly id: number }) => stored.id >= (work.refoldFrom ?? 0)
    const heldBefore = usage.countHeldReadings(no)
    const firstSlotAt = usage.findFirstSlotAt(no) ?? firstOpenSlotAt(work.state)
    usage.forgetDerived(no)
    events.forgetEvents(no)
    const reporting: ReportingReading[] = []
    work.state = { ...initialDeviceState(baseSlots), head }
    const changedBefore = work.changed
    const lastUnchangedAt = new Map<string, number>()
    let isUnchanged = true
    let firstAt: number | undefined
    for (const versions of groupByIdentity(readings.list(no, head, firstIdentity, lastIdentity))) {
      const [standing, ...others] = versions.sort(byReceivedTimeAndDigest)
      if (standing === undefined) continue
      const step = acceptReading(work.state.acceptance, standing, rules)
      const isJump = step.held.some(({ code }) => code === 'sequence_jump')
      if (!isJump && standing.reading.events.length > 0)
        reporting.push({ ...standing, events: standing.reading.events })
      isUnchanged &&= !versions.some(isNew)
      for (const { register, point } of step.accepted) {
        firstAt ??= point.at
        if (isUnchanged) lastUnchangedAt.set(register, point.at)
      }
      work.state = {
        head,
        acceptance: step.next,
        openSlots: addPoints(work, step.accepted),
        ahead: isJump ? (work.state.ahead ?? standing) : undefined,
      }
      writeHolds(deviceId, no, standing, step.held, isNew(standing) ? problems : [])
      for (const other of others) {
        const conflict = [{ register: undefined, code: 'content_conflict', detail: conflictDetail }] as const
        writeHolds(deviceId, no, other, conflict, isNew(other) ? problems : [])
      }
    }
    for (const conflict of events.storeEvents(no, reporting).conflicts) {
      const stored = { ...conflict, id: conflict.readingId }
      writeHolds(deviceId, no, stored, [toHeldValue(conflict)], isNew(stored) ? problems : [])
    }
    const heldNow = usage.countHeldReadings(no) - heldBefore
    counts.held += heldNow
    counts.accepted -= heldNow
    const lastAt = Math.max(before.lastAt ?? 0, work.state.acceptance.lastAt ?? 0)
    const from =
      lastUnchangedAt.size > 0
        ? Math.min(...lastUnchangedAt.values())
        : Math.min(firstSlotAt ?? Infinity, firstAt ?? Infinity)
    work.changed = from < lastAt ? uniteSpans(changedBefore, settledHours(from, lastAt)) : changedBefore
    work.refoldFrom = undefined
  }

  function takeDevice(deviceId: DeviceId, work: Map<string, DeviceWork>): DeviceWork | undefined {
    const taken = work.get(deviceId)
    if (taken !== undefined) return taken
    const known = committed.get(deviceId) ?? loadDevice(deviceId)
    if (known === undefined) return undefined
    const fresh: DeviceWork = { ...known, changed: undefined, refoldFrom: undefined }
    work.set(deviceId, fresh)
    return fresh
  }

  function loadDevice(deviceId: DeviceId): { device: KnownDevice; state: DeviceState } | undefined {
    const row = findDeviceRow(database, deviceId)
    if (row === undefined) return undefined
    const registers = new Map(getModelOfDevice(database, row).registers.map((each) => [each.name, each]))
    const baseSlots = new Map(
      [...readBaseValues(row)].map(([register, value]) => {
        const point = { at: row.commissioned_at, value, reading: undefined }
        return [register, { slotAt: slotStart(point.at), first: point, last: point }]
      }),
    )
    const progress = readProgress.get(row.no) as { state: string } | undefined
    const device = { no: row.no, rules: { registers, commissionedAt: row.commissioned_at }, baseSlots }
    const state = progress === undefined ? initialDeviceState(baseSlots) : decodeDeviceState(progress.state)
    return { device, state }
  }

  function writeCounts(counts: Counts): void {
    for (const [outcome, readings] of Object.entries(counts)) {
      if (readings !== 0) addCount.run(readings, outcome)
    }
  }

  return { ingest }
}

function firstOpenSlotAt({ openSlots }: DeviceState): number | undefined {
  const starts = [...openSlots.values()].map(({ slotAt }) => slotAt)
  return starts.length === 0 ? undefined : Math.min(...starts)
}

const firstIdentity: Identity = { epoch: 0, seq: 0 }
const lastIdentity: Identity = { epoch: Number.MAX_SAFE_INTEGER, seq: Number.MAX_SAFE_INTEGER }
const conflictDetail =
  'Another reading with the same epoch and sequence number stands; this one has other content.'

function toHeldValue({ detail }: EventConflict): HeldValue {
  return { register: undefined, code: 'event_conflict', detail }
}

function noCounts(): Counts {
  return { received: 0, accepted: 0, duplicate: 0, held: 0, rejected: 0 }
}

function findUnknownRegister(reading: Reading, { registers }: AcceptanceRules): Refusal | undefined {
  const unknown = reading.registers.find(({ register }) => !registers.has(register))
  if (unknown === undefined) return undefined
  const known = [...registers.keys()].join(', ')
  return {
    code: 'register_unknown',
    detail: `The device's model has no register "${unknown.register}"; it has ${known}.`,
  }
}
