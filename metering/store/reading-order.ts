/** The order of a device's stored readings: which reading comes next, and which of several with one identity stands. */
import { createHash } from 'node:crypto'
import { canonicalContent } from '../../core/index.ts'
import {
  compareIdentity,
  isSequenceJump,
  type Identity,
  type StoredReading,
} from '../usage/accept-reading.ts'
import type { DeviceState } from './device-state.ts'

/** True when nothing stored for the device comes after the reading or would be judged differently because of it. */
export function isNextInOrder({ head, acceptance, ahead }: DeviceState, reading: Identity): boolean {
  if (head !== undefined && compareIdentity(reading, head) <= 0) return false
  if (acceptance.last !== undefined && compareIdentity(reading, acceptance.last) <= 0) return false
  if (isSequenceJump(acceptance.last, reading)) return false
  return ahead === undefined || ahead.epoch < reading.epoch || isSequenceJump(reading, ahead)
}

/** Readings with one identity, for readings in (epoch, seq) order. */
export function* groupByIdentity(sorted: readonly StoredReading[]): Generator<StoredReading[]> {
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
export function byReceivedTimeAndDigest(left: StoredReading, right: StoredReading): number {
  return left.receivedAt - right.receivedAt || (digest(left) < digest(right) ? -1 : 1)
}

function digest({ reading }: StoredReading): string {
  return createHash('sha256').update(canonicalContent(reading)).digest('hex')
}
