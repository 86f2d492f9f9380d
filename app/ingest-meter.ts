/**
 * Measures the hand-over from the broker to metering, at the one place where both meet: how long batches take until their
 * COMMIT, when the last one was, and since when the oldest message that is not committed yet has been waiting.
 *
 * Two batches at most are under way, one of them with long messages; the broker tries a failed one again. So the oldest message
 * that waits is the first of a batch under way, or of the first one that failed, as long as none has succeeded since.
 */
import { Histogram } from 'prom-client'
import { SECOND_MS, type Clock, type HandOver } from '../core/index.ts'

export type IngestMeter = {
  readonly handOver: HandOver
  readonly commitTime: Histogram
  /** Received time, in milliseconds; undefined when everything that was handed over is committed. */
  waitingSince(): number | undefined
  /** In milliseconds; undefined before the first commit of this process. */
  lastCommitAt(): number | undefined
}

export function createIngestMeter(handOver: HandOver, clock: Clock): IngestMeter {
  const commitTime = new Histogram({
    name: 'usance_commit_duration_seconds',
    help: 'Time of a batch from its hand-over to its COMMIT; failed batches are not in it',
    buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5],
    registers: [],
  })
  const underWay = new Set<{ readonly since: number }>()
  let failedSince = Infinity
  let lastCommitAt: number | undefined
  return {
    commitTime,
    waitingSince() {
      const oldest = Math.min(failedSince, ...[...underWay].map(({ since }) => since))
      return oldest === Infinity ? undefined : oldest
    },
    lastCommitAt: () => lastCommitAt,
    async handOver(batch) {
      const startedAt = performance.now()
      const waiting = { since: batch[0]?.receivedAt ?? Infinity }
      underWay.add(waiting)
      try {
        const result = await handOver(batch)
        commitTime.observe((performance.now() - startedAt) / SECOND_MS)
        failedSince = Infinity
        lastCommitAt = clock.now()
        return result
      } catch (error) {
        failedSince = Math.min(failedSince, waiting.since)
        throw error
      } finally {
        underWay.delete(waiting)
      }
    },
  }
}
