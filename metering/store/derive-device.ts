/**
 * Everything that is derived of one device, from its stored readings, decisions, pins, model versions and commissioning
 * values alone. Reads the log from its beginning and judges with the commissioning as origin, so that nothing that earlier
 * judging left behind has a part in it. Holds one device's readings in memory at a time, as judging does.
 */
import { InvariantError } from '../../core/index.ts'
import { reportsOf, toConflict } from '../events/event-store.ts'
import type { EventReport } from '../events/event-report.ts'
import { compareReports, judgeReports } from '../events/judge-reports.ts'
import type { RegisterPoint } from '../metering-types.ts'
import type { DeviceFacts } from '../usage/device-facts.ts'
import { firstIdentity } from '../usage/identity.ts'
import { runToEnd } from '../usage/turns.ts'
import { commissioningOrigin, judgeReadings, type Judgement } from '../usage/judge-readings.ts'
import { addToSlots, type Slot } from '../usage/open-slots.ts'
import type { StoredReading } from '../usage/stored-reading.ts'
import {
  eventRow,
  exchangeRow,
  holdRow,
  lastReadingRow,
  placedRow,
  reportRow,
  slotRow,
  unacceptedBaseRow,
  unacceptedRow,
  type DerivedRow,
} from './derived-row.ts'

export type DerivedDevice = {
  readonly rows: readonly DerivedRow[]
  /** Per register all accepted points. */
  readonly points: ReadonlyMap<string, readonly RegisterPoint[]>
}

/** `stored`: all of the device's readings, in the order of the log's `scan`. */
export function deriveDevice(stored: readonly StoredReading[], facts: DeviceFacts): DerivedDevice {
  const origin = commissioningOrigin(facts.commissionedAt)
  const judgement = runToEnd(judgeReadings(stored, origin, firstIdentity, facts))
  if (judgement === undefined) throw new InvariantError('From the commissioning there is always a judgement.')
  const rows = [
    ...deriveSlots(judgement),
    deriveLastReading(judgement),
    ...deriveHolds(judgement, facts),
    ...derivePlaces(judgement, facts),
    ...judgement.unacceptedBases.map(unacceptedBaseRow),
    ...stored.filter(({ reading }) => reading.exchanges.length > 0).map(toExchangeRow),
    ...deriveEvents(judgement, facts),
  ]
  return { rows, points: judgement.points }
}

function* deriveSlots({ points }: Judgement): Generator<DerivedRow> {
  for (const [register, accepted] of points) {
    let open: Slot | undefined
    for (const point of accepted) {
      const step = addToSlots(open, point)
      open = step.open
      if (step.closed !== undefined) yield slotRow(register, step.closed, false)
    }
    if (open !== undefined) yield slotRow(register, open, true)
  }
}

function deriveLastReading({ timed, ahead }: Judgement): DerivedRow {
  const last = timed.at(-1)
  return lastReadingRow({
    last: last?.stored,
    lastAt: last?.at,
    isLastPlaced: last?.isPlaced ?? false,
    ahead,
  })
}

function deriveHolds({ held }: Judgement, { decisions }: DeviceFacts): DerivedRow[] {
  return held.map(({ stored, register, exchangeOrdinal, code, detail }) => {
    const { id, epoch, seq, receivedAt } = stored
    const isDecided = decisions.about(stored, register) !== undefined
    return holdRow({
      readingId: id,
      epoch,
      seq,
      register,
      exchangeOrdinal,
      code,
      detail,
      heldAt: receivedAt,
      isDecided,
    })
  })
}

function derivePlaces(
  { timed, unaccepted }: Judgement,
  { definitions, decisions }: DeviceFacts,
): DerivedRow[] {
  const enteredAt = new Map(
    [...definitions.keys()]
      .flatMap((register) => decisions.entered(register))
      .map(({ decisionId, at }) => [decisionId, at]),
  )
  return [
    ...timed
      .filter(({ isPlaced }) => isPlaced)
      .map(({ stored: { id, epoch, seq }, at }) => placedRow({ readingId: id, epoch, seq, at })),
    ...unaccepted.map((decisionId) => unacceptedRow(decisionId, enteredAt.get(decisionId) ?? 0)),
  ]
}

function toExchangeRow({ id, epoch, seq }: StoredReading): DerivedRow {
  return exchangeRow({ readingId: id, epoch, seq })
}

/** The events of the readings in the sequence, as the pure part of `events/` judges them all at once. */
function* deriveEvents({ timed }: Judgement, { decisions }: DeviceFacts): Generator<DerivedRow> {
  const reportsByEvent = Map.groupBy(
    timed.flatMap(({ stored }) => reportsOf({ ...stored, events: stored.reading.events })),
    ({ event }) => event.id,
  )
  for (const reports of reportsByEvent.values()) {
    const { verdicts, standing } = judgeReports(reports)
    const last = reports.toSorted(compareReports).at(-1)
    if (standing !== undefined && last !== undefined) yield eventRow(standing, reports.length, last)
    // The only report of an event has no row of its own.
    if (reports.length === 1) continue
    const held = new Map<number, EventReport>()
    for (const [index, report] of reports.entries()) {
      const verdict = verdicts[index] ?? 'held'
      if (verdict === 'held') held.set(report.readingId, report)
      yield reportRow(report, verdict)
    }
    for (const report of held.values()) {
      const { readingId, epoch, seq, receivedAt, detail } = toConflict(report)
      const isDecided = decisions.about({ id: readingId, epoch, seq }) !== undefined
      yield holdRow({
        readingId,
        epoch,
        seq,
        register: undefined,
        exchangeOrdinal: undefined,
        code: 'event_conflict',
        detail,
        heldAt: receivedAt,
        isDecided,
      })
    }
  }
}
