/**
 * One batch of messages from all devices in one transaction: decode, validate, deduplicate, log, judge, count. Long messages
 * may be shared out over several, so that others can go in between.
 *
 * - Nothing is answered before COMMIT. State kept in memory is published only after COMMIT; after any failure it is
 *   thrown away and read from the database again, so a retried batch is never taken for its own duplicate.
 * - A failure of the machine (full disk, I/O, lock) rejects the whole batch: `store_unavailable`, nothing may be relied
 *   on. Any other failure is tried twice, then the batch is halved until the poison message stands alone; it goes
 *   to quarantine in a transaction of its own and the rest is stored.
 * - A reading that follows the others takes one step (`extend-in-order.ts`). Anything else makes its device be judged again,
 *   once per batch, at once if that is quick; else the device waits its turn (`judge-in-turns.ts`) and its readings,
 *   durable and acknowledged, are counted as pending.
 */
import type { DatabaseSync } from 'node:sqlite'
import {
  canonicalContent,
  decodeReadingMessage,
  type DecodedElement,
  type DeviceProblem,
  type InboundMessage,
  type Reading,
  type Refusal,
} from '../../core/index.ts'
import { databaseErrors, isEnvironmentalSqliteError } from '../../db/sqlite-index.ts'
import type { Definitions } from '../usage/device-facts.ts'
import { compareIdentity, isSequenceJump, type Identity } from '../usage/identity.ts'
import type { StoredReading } from '../usage/stored-reading.ts'
import type { Checkpoint } from './checkpoint.ts'
import type { CachedDevice, DeviceCache } from './device-cache.ts'
import type { ChainHead, DeviceState } from './device-state.ts'
import { stepInOrder } from './in-order-step.ts'
import { TURNS_AT_ONCE, type TurnJudging } from './judge-in-turns.ts'
import { noChanges, type OutcomeChanges, type OutcomeCounter } from './outcome-counts.ts'
import { isNewBlock, isWithinGap, type ReadingLog } from './reading-log.ts'
import type { SequenceEvents } from './sequence-events.ts'
import type { UnjudgedDevices } from './unjudged-devices.ts'
import { unsavedSince } from './unsaved.ts'
import type { WriteTransaction } from './write-transaction.ts'

/** One reading of a message, or what is refused of it. */
type Arrival = { readonly message: InboundMessage } & DecodedElement

/** How many one transaction takes of long messages: some milliseconds, even if all of them are late. */
const ARRIVALS_PER_PART = 100

/** A device inside one transaction. Nothing of it outlives a rollback. */
type DeviceWork = {
  device: CachedDevice
  /** The lowest identity of this batch that is not judged, how many wait, and the last reading before them. */
  waiting: { from: Identity; pending: number; readonly judgedId: number } | undefined
}

type Batch = {
  /** The last reading stored before the batch. */
  readonly lastId: number
  readonly work: Map<string, DeviceWork>
  readonly problems: DeviceProblem[]
  readonly changes: OutcomeChanges
}

export type IngestParts = {
  readonly database: DatabaseSync
  readonly transaction: WriteTransaction
  readonly cache: DeviceCache
  readonly readings: ReadingLog
  readonly events: SequenceEvents
  readonly counts: OutcomeCounter
  readonly unjudged: UnjudgedDevices
  readonly judging: TurnJudging
  readonly checkpoint: Checkpoint
}

export function openBatchIngest(parts: IngestParts) {
  const { database, transaction, cache, readings, events, counts, unjudged, judging, checkpoint } = parts
  const insertQuarantine = database.prepare(
    'INSERT INTO quarantine (device_id, topic, received_at, code, detail, raw) VALUES (?, ?, ?, ?, ?, ?)',
  )

  /** Stores the batch and returns what the devices are to be told. @throws AppError `store_unavailable` */
  function ingest(messages: readonly InboundMessage[]): DeviceProblem[] {
    return store(messages.flatMap(arrivalsOf), TURNS_AT_ONCE)
  }

  /**
   * The same in as many transactions as long messages need, one for each step. Who sends much late waits to be judged until
   * the last of it.
   */
  function* ingestInParts(messages: readonly InboundMessage[]): Generator<DeviceProblem[], void> {
    let part: Arrival[] = []
    for (const message of messages) {
      for (const arrival of arrivalsOf(message)) {
        if (part.length === ARRIVALS_PER_PART) {
          yield store(part, 0)
          part = []
        }
        part.push(arrival)
      }
    }
    if (part.length > 0) yield store(part, TURNS_AT_ONCE)
  }

  /** `turns`: how many may be spent on judging at once. */
  function store(arrivals: readonly Arrival[], turns: number): DeviceProblem[] {
    let failure: unknown
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      try {
        return storeTogether(arrivals, turns)
      } catch (error) {
        if (isEnvironmentalSqliteError(error)) {
          throw databaseErrors.store_unavailable(
            'Free space on the disk; devices keep what was not acknowledged.',
            { cause: error },
          )
        }
        failure = error
      }
    }
    const [first] = arrivals
    if (first === undefined) throw failure
    if (arrivals.length === 1) return quarantinePoison(first, failure)
    const middle = arrivals.length >> 1
    return [...store(arrivals.slice(0, middle), turns), ...store(arrivals.slice(middle), turns)]
  }

  function storeTogether(arrivals: readonly Arrival[], turns: number): DeviceProblem[] {
    const { work, saved, problems } = transaction(() => {
      const batch: Batch = {
        lastId: checkpoint.lastReadingId(),
        work: new Map(),
        problems: [],
        changes: noChanges(),
      }
      for (const arrival of arrivals) apply(arrival, batch)
      finishDevices(batch, turns)
      const due = checkpoint.saveShare(batch.work)
      counts.write(batch.changes)
      return { ...batch, saved: due }
    })
    for (const { device } of work.values()) cache.publish(device)
    for (const device of saved) cache.publish(device)
    cache.trim()
    return problems
  }

  function quarantinePoison(arrival: Arrival, failure: unknown): DeviceProblem[] {
    const batch: Batch = { lastId: 0, work: new Map(), problems: [], changes: noChanges() }
    transaction(() => {
      refuse(arrival, poison(failure), batch)
      counts.write(batch.changes)
    })
    return batch.problems
  }

  function apply(arrival: Arrival, batch: Batch): void {
    const { message, reading } = arrival
    if (reading === undefined) return refuse(arrival, arrival.refusal, batch)
    const device = takeDevice(message.deviceId, batch.work)
    if (device === undefined) {
      const unknown = { code: 'device_unknown', detail: 'Register the device before it publishes.' } as const
      return refuse(arrival, unknown, batch)
    }
    const refusal = findUnknownRegister(reading, device.device.facts.definitions)
    if (refusal === undefined) applyReading(message, arrival.raw, reading, device, batch)
    else refuse(arrival, refusal, batch)
  }

  function refuse({ message, raw }: Arrival, { code, detail }: Refusal, { changes, problems }: Batch): void {
    insertQuarantine.run(message.deviceId, message.topic, message.receivedAt, code, detail, raw)
    changes.received += 1
    changes.rejected += 1
    problems.push({ deviceId: message.deviceId, code, detail })
  }

  function applyReading(
    { receivedAt }: InboundMessage,
    raw: Uint8Array,
    reading: Reading,
    work: DeviceWork,
    batch: Batch,
  ): void {
    const { changes } = batch
    changes.received += 1
    const { no, state } = work.device
    const { head } = state
    const { epoch, seq } = reading
    const hasExchanges = reading.exchanges.length > 0
    const entry = { deviceNo: no, epoch, seq, receivedAt, raw, hasExchanges }

    const mayExtend = work.waiting === undefined && unjudged.get(no) === undefined
    if (mayExtend && isNextInOrder(state, reading)) {
      const newHead = readings.appendToChain(entry, head)
      if (!extend(work, newHead.id, receivedAt, reading, batch)) waitAtHead(work, newHead, batch)
      return
    }

    saveNow(work)
    const isAhead = head === undefined || compareIdentity(reading, head) > 0
    if (isStored(work, isAhead, reading)) {
      changes.duplicate += 1
      return
    }
    if (isAhead && !isSequenceJump(head, reading)) {
      waitAtHead(work, readings.appendToChain(entry, head), batch)
    } else {
      wait(work, reading, readings.appendOffChain(entry), batch)
    }
  }

  /** Before the device's rows are looked at or judged. */
  function saveNow(work: DeviceWork): void {
    if (work.device.unsaved !== undefined) work.device = checkpoint.save(work.device)
  }

  /** False when the reading has to be judged together with those before it. */
  function extend(work: DeviceWork, id: number, receivedAt: number, reading: Reading, batch: Batch): boolean {
    const { device } = work
    const stored = { id, epoch: reading.epoch, seq: reading.seq, receivedAt, reading }
    const unsaved = device.unsaved ?? unsavedSince(batch.lastId + 1)
    const step = stepInOrder(stored, device.state, unsaved, device.facts)
    if (step === undefined) return false
    work.device = { ...device, state: step.state, unsaved: step.unsaved }
    const heldChange = reading.events.length > 0 ? addEvents(work, stored, batch) : 0
    batch.changes.accepted += 1 - heldChange
    batch.changes.held += heldChange
    return true
  }

  /** Returns how many more readings are held because of them. */
  function addEvents({ device }: DeviceWork, stored: StoredReading, { problems }: Batch): number {
    const { conflicts, heldChange } = events.add(device.no, stored, device.facts)
    const { epoch, seq } = stored
    for (const { detail } of conflicts) {
      problems.push({ deviceId: device.id, code: 'event_conflict', detail, epoch, seq })
    }
    return heldChange
  }

  function isStored(work: DeviceWork, isAhead: boolean, reading: Reading): boolean {
    const { device } = work
    const { no, gap } = device
    const { head } = device.state
    let isInChain = false
    if (!isAhead && !(gap !== undefined && isWithinGap(gap, reading))) {
      const found = readings.findGap(no, head, reading)
      isInChain = found === undefined
      if (found !== undefined) work.device = { ...device, gap: found }
    }
    const others = isInChain ? readings.list(no, head, reading, reading) : readings.listOffChain(no, reading)
    if (others.length === 0) return false
    const content = canonicalContent(reading)
    return others.some((other) => canonicalContent(other.reading) === content)
  }

  function waitAtHead(work: DeviceWork, newHead: ChainHead, batch: Batch): void {
    saveNow(work)
    const { device } = work
    const { head } = device.state
    if (isNewBlock(head, newHead)) readings.recordBlock(device.no, head)
    work.device = { ...device, state: { ...device.state, head: newHead } }
    wait(work, newHead, newHead.id, batch)
  }

  function finishDevices({ work, problems, changes }: Batch, turnsAtOnce: number): void {
    let turns = turnsAtOnce
    for (const each of work.values()) {
      const { device, waiting } = each
      if (waiting === undefined) continue
      const { from, pending, judgedId } = waiting
      const judged =
        unjudged.get(device.no) === undefined && turns > 0
          ? judging.judgeAtOnce(device, from, judgedId, pending, turns, changes, problems)
          : undefined
      if (judged === undefined) {
        checkpoint.save(device)
        unjudged.add(device.no, from, judgedId, pending)
        turns = 0
      } else {
        each.device = { ...device, state: judged.state }
        turns -= judged.turns
      }
    }
  }

  function takeDevice(deviceId: string, work: Map<string, DeviceWork>): DeviceWork | undefined {
    const taken = work.get(deviceId)
    if (taken !== undefined) return taken
    const device = cache.find(deviceId)
    if (device === undefined) return undefined
    const fresh: DeviceWork = { device, waiting: undefined }
    work.set(deviceId, fresh)
    return fresh
  }

  return { ingest, ingestInParts }
}

function arrivalsOf(message: InboundMessage): Arrival[] {
  const { refusal, payload } = message
  if (refusal !== undefined) return [{ message, raw: payload, refusal }]
  try {
    return decodeReadingMessage(payload).map((element) => ({ message, ...element }))
  } catch (error) {
    return [{ message, raw: payload, refusal: poison(error) }]
  }
}

function poison(failure: unknown): Refusal {
  const reason = failure instanceof Error ? failure.message : 'unknown failure'
  const detail = `The message could not be stored (${reason}); it is kept for a person to look at.`
  return { code: 'message_poison', detail }
}

/** True when nothing stored for the device comes after the reading or would be judged differently because of it. */
function isNextInOrder({ head, last, ahead }: DeviceState, reading: Identity): boolean {
  if (head !== undefined && compareIdentity(reading, head) <= 0) return false
  if (last !== undefined && compareIdentity(reading, last) <= 0) return false
  if (isSequenceJump(last, reading)) return false
  // Once the reading is past the nearest one that was passed over, the next of those has to be asked for.
  return ahead === undefined || isSequenceJump(reading, ahead)
}

function findUnknownRegister(reading: Reading, definitions: Definitions): Refusal | undefined {
  const isUnknown = ({ register }: { readonly register: string }) => !definitions.has(register)
  const unknown = reading.registers.find(isUnknown) ?? reading.exchanges.find(isUnknown)
  if (unknown === undefined) return undefined
  const known = [...definitions.keys()].join(', ')
  return {
    code: 'register_unknown',
    detail: `The device's model has no register "${unknown.register}"; it has ${known}.`,
  }
}

function wait(work: DeviceWork, { epoch, seq }: Identity, id: number, { changes }: Batch): void {
  changes.pending += 1
  work.waiting ??= { from: { epoch, seq }, pending: 0, judgedId: id - 1 }
  work.waiting.pending += 1
  if (compareIdentity({ epoch, seq }, work.waiting.from) < 0) work.waiting.from = { epoch, seq }
}
