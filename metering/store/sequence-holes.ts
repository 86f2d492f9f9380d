/**
 * How many sequence numbers are missing between two readings of a device: readings that it sent, or is going to send again, and that are not
 * stored. Held readings are there. Where an epoch begins and ends is not known, so only what lies between stored readings of one
 * epoch can be missing.
 */
import type { DatabaseSync } from 'node:sqlite'
import type { HoleQuery } from '../metering-types.ts'
import { getDeviceRow } from './device-catalogue.ts'
import type { ReadingLog } from './reading-log.ts'
import type { UsageReader } from './usage-reader.ts'

/** @throws AppError `device_unknown` */
export function countMissingReadings(
  database: DatabaseSync,
  readings: ReadingLog,
  reader: UsageReader,
  queries: readonly HoleQuery[],
): number[] {
  return queries.map(({ deviceId, from, to }) => {
    const { deviceNo, state } = reader.readSeries(getDeviceRow(database, deviceId))
    const seqsOfEpochs = new Map<number, Set<number>>()
    for (const { epoch, seq } of readings.listIdentities(deviceNo, state.head, from, to)) {
      const seqs = seqsOfEpochs.get(epoch)
      if (seqs === undefined) seqsOfEpochs.set(epoch, new Set([seq]))
      else seqs.add(seq)
    }
    return [...seqsOfEpochs.values()].reduce((missing, seqs) => missing + holesIn(seqs), 0)
  })
}

function holesIn(seqs: ReadonlySet<number>): number {
  let [first, last] = [Infinity, -Infinity]
  for (const seq of seqs) {
    if (seq < first) first = seq
    if (seq > last) last = seq
  }
  return last - first + 1 - seqs.size
}
