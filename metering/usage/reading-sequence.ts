/** Which of a device's stored readings stand, in sequence order (docs/metering-rules.md §1). */
import { createHash } from 'node:crypto'
import { canonicalContent } from '../../core/index.ts'
import type { HeldElement } from './accepted-chain.ts'
import type { DeviceFacts } from './device-facts.ts'
import { compareIdentity, describeSequenceJump, isSequenceJump, type Identity } from './identity.ts'
import type { StoredReading } from './stored-reading.ts'
import { isTurnOver } from './turns.ts'

export type Sequence = {
  readonly standing: readonly StoredReading[]
  readonly held: readonly HeldElement[]
  /** The nearest reading after the last standing one that was passed over for its jump. */
  readonly ahead: Identity | undefined
}

/** `sorted`: every stored reading after `last`, in (epoch, seq) order. */
export function* sequenceReadings(
  sorted: readonly StoredReading[],
  last: Identity | undefined,
  facts: DeviceFacts,
): Generator<void, Sequence> {
  const standing: StoredReading[] = []
  const held: HeldElement[] = []
  let before = last
  let ahead: Identity | undefined
  let groups = 0
  for (const contents of groupByIdentity(sorted)) {
    if (isTurnOver((groups += 1))) yield
    const [chosen, ...others] =
      contents.length === 1 && hasNoDecisions(contents, facts) ? contents : rank(contents, facts)
    if (chosen === undefined) continue
    for (const stored of others) {
      held.push({ stored, register: undefined, code: 'content_conflict', detail: conflictDetail })
    }
    const isExcused = facts.decisions.about(chosen)?.kind === 'release' || facts.pinOf(chosen) !== undefined
    if (isSequenceJump(before, chosen) && !isExcused) {
      held.push({
        stored: chosen,
        register: undefined,
        code: 'sequence_jump',
        detail: describeSequenceJump(chosen),
      })
      ahead ??= { epoch: chosen.epoch, seq: chosen.seq }
      continue
    }
    standing.push(chosen)
    before = chosen
    ahead = undefined
  }
  return { standing, held, ahead }
}

function hasNoDecisions([only]: readonly StoredReading[], { decisions }: DeviceFacts): boolean {
  return only !== undefined && decisions.about(only) === undefined
}

/** The contents of one identity that were not rejected, the standing one first. */
function rank(contents: readonly StoredReading[], facts: DeviceFacts): StoredReading[] {
  return contents
    .map((stored) => ({ stored, decision: facts.decisions.about(stored) }))
    .filter(({ decision }) => decision?.kind !== 'reject')
    .map(({ stored, decision }) => ({
      stored,
      released: decision?.kind === 'release' && decision.readingId !== undefined ? decision.id : 0,
      pinned: facts.pinOf(stored)?.pinNo ?? 0,
    }))
    .sort(
      (left, right) =>
        right.released - left.released ||
        right.pinned - left.pinned ||
        byReceivedTimeAndDigest(left.stored, right.stored),
    )
    .map(({ stored }) => stored)
}

function* groupByIdentity(sorted: readonly StoredReading[]): Generator<StoredReading[]> {
  let group: StoredReading[] = []
  for (const reading of sorted) {
    if (group[0] !== undefined && compareIdentity(group[0], reading) !== 0) {
      yield group
      group = []
    }
    group.push(reading)
  }
  if (group.length > 0) yield group
}

/** Of two readings with one identity the lower (received time, digest) stands (design §4). */
function byReceivedTimeAndDigest(left: StoredReading, right: StoredReading): number {
  return left.receivedAt - right.receivedAt || (digest(left) < digest(right) ? -1 : 1)
}

function digest({ reading }: StoredReading): string {
  return createHash('sha256').update(canonicalContent(reading)).digest('hex')
}

const conflictDetail =
  'Another reading with the same epoch and sequence number stands; this one has other content.'
