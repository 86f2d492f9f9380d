/** Everything that the one writing connection does, put together from its parts. */
import type { DatabaseSync } from 'node:sqlite'
import { withoutWaitingForDisk } from '../../db/sqlite-index.ts'
import { openCheckpoint } from './checkpoint.ts'
import { openDerivedRows } from './derived-rows.ts'
import { openDeviceCache } from './device-cache.ts'
import { openOriginFinder } from './find-origin.ts'
import { openBatchIngest } from './ingest-batch.ts'
import { openJudging } from './judge-device.ts'
import { openTurnJudging } from './judge-in-turns.ts'
import { openOutcomeCounts } from './outcome-counts.ts'
import { openReadingLog } from './reading-log.ts'
import { openRegisterPoints } from './register-points.ts'
import { openSequenceEvents } from './sequence-events.ts'
import { openUnjudgedDevices } from './unjudged-devices.ts'
import { openUsageStore } from './usage-store.ts'
import { SAVED_AT_ONCE } from './unsaved.ts'
import { createWriteTransaction } from './write-transaction.ts'

export type SavedSome = { readonly upTo: number; readonly isDone: boolean }

export function openMeteringWriter(database: DatabaseSync) {
  const readings = openReadingLog(database)
  const points = openRegisterPoints(database, readings)
  const rows = openDerivedRows(database, points)
  const events = openSequenceEvents(database)
  const { judge } = openJudging(readings, openOriginFinder(database, readings, points), rows, events)
  const cache = openDeviceCache(database)
  const unjudged = openUnjudgedDevices(database)
  const usage = openUsageStore(database)
  const counts = openOutcomeCounts(database)
  const checkpoint = openCheckpoint({ database, cache, readings, rows, usage, unjudged })
  /** Whether the saved rows lack nothing but what `cache.unsaved` names. */
  let hasSaved = false
  const transaction = createWriteTransaction(database, {
    onDistrust() {
      hasSaved = false
      cache.forgetAll()
      unjudged.load()
    },
    recover: checkpoint.recover,
  })
  const judging = openTurnJudging({ transaction, cache, unjudged, judge, counts, usage, checkpoint })

  function saveOldest(count: number, upTo: number): void {
    // Should COMMIT fail, all that is kept in memory is thrown away.
    for (const device of checkpoint.saveOldest(count, upTo)) cache.publish(device)
  }

  /** A transaction that finds every device saved: for what reads rows or changes what devices are judged by. */
  function savedTransaction<Result>(body: () => Result): Result {
    return transaction(() => {
      saveOldest(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
      return body()
    })
  }
  const { ingest, ingestInParts } = openBatchIngest({
    database,
    transaction,
    cache,
    readings,
    events,
    counts,
    unjudged,
    judging,
    checkpoint,
  })

  return {
    database,
    /**
     * Brings the saved rows of some devices up to the log; called until `isDone`, other connections see everything that was
     * acknowledged before the first call, which gives no `upTo`. One call keeps nobody waiting for long.
     */
    saveSome(upTo: number | undefined): SavedSome {
      if (hasSaved && cache.unsaved.size === 0) return { upTo: upTo ?? 0, isDone: true }
      return transaction(() => {
        const last = upTo ?? checkpoint.lastReadingId()
        saveOldest(SAVED_AT_ONCE, last)
        hasSaved = true
        const [next] = cache.unsaved.values()
        return { upTo: last, isDone: next?.unsaved === undefined || next.unsaved.firstId > last }
      })
    },
    /**
     * The same for some devices alone, all at once; writes only if one of them has something unsaved. What is written follows
     * from the log, so nobody waits for the disk.
     */
    saveDevices(deviceIds: readonly string[]): void {
      if (hasSaved && !deviceIds.some((deviceId) => cache.unsaved.has(deviceId))) return
      withoutWaitingForDisk(database, () =>
        transaction(() => {
          for (const deviceId of deviceIds) {
            const device = cache.unsaved.get(deviceId)
            if (device !== undefined) cache.publish(checkpoint.save(device))
          }
          hasSaved = true
        }),
      )
    },
    transaction: savedTransaction,
    cache,
    readings,
    points,
    unjudged,
    counts,
    judging,
    ingest,
    ingestInParts,
  }
}

export type MeteringWriter = ReturnType<typeof openMeteringWriter>
