/**
 * Where judging a device has to begin when something changed from an identity on: at a reading that is certain to stay an
 * anchor, with the last accepted point of every register certain to stay on its chain; failing that, at the commissioning.
 *
 * Candidates are sought shortly before the change, in a stretch where nothing was held or placed. A register that was held
 * there pushes the search back to before its hold.
 */
import type { DatabaseSync } from 'node:sqlite'
import type { RegisterPoint } from '../metering-types.ts'
import { compareIdentity, type Identity } from '../usage/identity.ts'
import { commissioningOrigin, type Origin } from '../usage/judge-readings.ts'
import { candidateTime } from '../usage/reading-times.ts'
import type { StoredReading } from '../usage/stored-reading.ts'
import type { ReadingLog } from './reading-log.ts'
import type { RegisterPoints } from './register-points.ts'
import type { DeviceSeries } from './standing-times.ts'

/** Readings looked at, nearest first, before the search gives up. */
const STRETCHES = [48, 768, 12_288]
const MAX_PUSHES = 8

export type FoundOrigin = {
  readonly origin: Origin
  /** The first reading after the origin that was held, placed or changed. */
  readonly certainUntil: Identity
}

export type OriginFinder = ReturnType<typeof openOriginFinder>

export function openOriginFinder(database: DatabaseSync, readings: ReadingLog, points: RegisterPoints) {
  const heldBetween = database.prepare(
    `SELECT 1 FROM holds WHERE device_no = ? AND register = ? AND (epoch, seq) > (?, ?) AND (epoch, seq) < (?, ?)
     LIMIT 1`,
  )
  const firstHeld = database.prepare(
    `SELECT epoch, seq FROM holds WHERE device_no = ? AND code <> 'event_conflict' AND (epoch, seq) > (?, ?)
     ORDER BY epoch, seq LIMIT 1`,
  )
  const firstPlaced = database.prepare(
    'SELECT epoch, seq FROM placed_readings WHERE device_no = ? AND (epoch, seq) > (?, ?) ORDER BY epoch, seq LIMIT 1',
  )
  const countLostTimes = database.prepare(
    'SELECT count(*) AS n FROM placed_readings WHERE device_no = ? AND is_candidate = 1 AND (epoch, seq) < (?, ?)',
  )
  const countLostValues = database.prepare(
    `SELECT count(*) AS n, coalesce(sum(is_decided), 0) AS decided FROM holds
     WHERE device_no = ? AND register = ? AND (epoch, seq) < (?, ?)`,
  )
  const findUnaccepted = database.prepare('SELECT 1 FROM unaccepted_entries WHERE decision_id = ?')
  const findUnacceptedBase = database.prepare(
    'SELECT 1 FROM unaccepted_bases WHERE device_no = ? AND register = ?',
  )
  const unusualBetween = database.prepare(
    `SELECT epoch, seq FROM holds WHERE device_no = :no AND code <> 'event_conflict'
       AND (epoch, seq) BETWEEN (:fromEpoch, :fromSeq) AND (:toEpoch, :toSeq)
     UNION ALL
     SELECT epoch, seq FROM placed_readings WHERE device_no = :no
       AND (epoch, seq) BETWEEN (:fromEpoch, :fromSeq) AND (:toEpoch, :toSeq)`,
  )

  /** The readings just before `bound`, oldest first, from the first after which nothing was held or placed. */
  function cleanStretch(series: DeviceSeries, bound: Identity, count: number): StoredReading[] {
    const before = readings
      .listBefore(series.deviceNo, series.state.head, bound, count)
      .filter(({ id }) => id <= series.judgedId)
    const first = before[0]
    const last = before.at(-1)
    if (first === undefined || last === undefined) return []
    const unusual = new Set(
      unusualBetween
        .all({
          no: series.deviceNo,
          fromEpoch: first.epoch,
          fromSeq: first.seq,
          toEpoch: last.epoch,
          toSeq: last.seq,
        })
        .map((row) => `${Number(row['epoch'])}/${Number(row['seq'])}`),
    )
    const begin = before.findLastIndex(
      (stored) =>
        unusual.has(`${stored.epoch}/${stored.seq}`) || series.facts.decisions.about(stored) !== undefined,
    )
    return before.slice(begin + 1)
  }

  function findIn(series: DeviceSeries, bound: Identity, count: number): Origin | 'earlier' | Identity {
    const stretch = cleanStretch(series, bound, count)
    for (const [index, stored] of stretch.entries()) {
      const at = candidateTime(stored, series.facts)
      const next = stretch[index + 1]
      const nextAt = next && candidateTime(next, series.facts)
      // What follows must be strictly later, or a seed looked up by time could be taken from it.
      if (at === undefined || nextAt === undefined || nextAt === at || isEnteredAt(series, at)) continue
      const seeded = seedAt(series, stored, at)
      if (seeded !== 'unusable') return seeded
    }
    return 'earlier'
  }

  /**
   * The origin at the reading, or the identity that the search has to go back before; unusable if an exchange of a later
   * reading has the same time.
   */
  function seedAt(series: DeviceSeries, stored: StoredReading, at: number): Origin | Identity | 'unusable' {
    const identity = { epoch: stored.epoch, seq: stored.seq }
    const seeds = new Map<string, RegisterPoint>()
    let pushedTo: Identity | undefined
    for (const register of series.facts.definitions.keys()) {
      const point = points.lastPointUpTo({ ...series, register }, at)
      const { epoch, seq } = point?.reading ?? { epoch: 0, seq: -1 }
      if (compareIdentity({ epoch, seq }, identity) > 0) return 'unusable'
      const isHeld = heldBetween.get(series.deviceNo, register, epoch, seq, identity.epoch, identity.seq)
      if (isHeld !== undefined) {
        const push = { epoch, seq: seq + 1 }
        if (pushedTo === undefined || compareIdentity(push, pushedTo) < 0) pushedTo = push
      }
      if (point !== undefined) seeds.set(register, point)
    }
    if (pushedTo !== undefined) return pushedTo
    const lost = countLostTimes.get(series.deviceNo, identity.epoch, identity.seq) as { n: number }
    const lostValues = new Map(
      [...series.facts.definitions.keys()].map((register) => [
        register,
        weighLost(series, register, identity),
      ]),
    )
    return { at, identity, points: seeds, lostTimes: lost.n, lostValues }
  }

  /** What people decided, and a commissioning value, outweigh everything. */
  function weighLost({ deviceNo, facts }: DeviceSeries, register: string, { epoch, seq }: Identity): number {
    const { n, decided } = countLostValues.get(deviceNo, register, epoch, seq) as {
      n: number
      decided: number
    }
    const isEntryLost = facts.decisions
      .entered(register)
      .some(({ decisionId }) => findUnaccepted.get(decisionId) !== undefined)
    const isBaseLost = findUnacceptedBase.get(deviceNo, register) !== undefined
    return decided > 0 || isEntryLost || isBaseLost ? Infinity : n
  }

  return {
    /** `hasFailed`: the identity of an origin that proved uncertain; the next one lies well before it. */
    find(series: DeviceSeries, changedFrom: Identity, hasFailed: Identity | undefined): FoundOrigin {
      let bound = hasFailed ?? changedFrom
      const stretches = hasFailed === undefined ? STRETCHES : STRETCHES.slice(1)
      for (let pushes = 0; pushes < MAX_PUSHES; pushes += 1) {
        const found = stretches
          .values()
          .map((count) => findIn(series, bound, count))
          .find((each) => each !== 'earlier')
        if (found === undefined) break
        if ('points' in found) {
          const { epoch, seq } = found.identity ?? { epoch: 0, seq: -1 }
          const unusual = [firstHeld, firstPlaced].map(
            (statement) => statement.get(series.deviceNo, epoch, seq) as Identity | undefined,
          )
          return { origin: found, certainUntil: earliest([changedFrom, ...unusual]) }
        }
        bound = found
      }
      return {
        origin: commissioningOrigin(series.facts.commissionedAt),
        certainUntil: { epoch: 0, seq: 0 },
      }
    },
  }
}

function isEnteredAt({ facts }: DeviceSeries, at: number): boolean {
  if (facts.decisions.enteredUntil < at) return false
  return [...facts.definitions.keys()].some((register) =>
    facts.decisions.entered(register).some((point) => point.at === at),
  )
}

function earliest(identities: readonly (Identity | undefined)[]): Identity {
  return identities
    .filter((each) => each !== undefined)
    .reduce((first, each) => (compareIdentity(each, first) < 0 ? each : first))
}
