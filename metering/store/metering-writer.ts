/** Everything that the one writing connection does, put together from its parts. */
import type { DatabaseSync } from 'node:sqlite'
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
import { createWriteTransaction } from './write-transaction.ts'

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
  const transaction = createWriteTransaction(database, {
    onDistrust() {
      cache.forgetAll()
      unjudged.load()
    },
    recover: checkpoint.recover,
  })
  const judging = openTurnJudging({ transaction, cache, unjudged, judge, counts, usage, checkpoint })

  /** A transaction that finds every device saved: for what reads rows or changes what devices are judged by. */
  function savedTransaction<Result>(body: () => Result): Result {
    return transaction(() => {
      // Should COMMIT fail, all that is kept in memory is thrown away.
      for (const device of checkpoint.saveAll()) cache.publish(device)
      return body()
    })
  }
  const { ingest } = openBatchIngest({
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

  let hasSaved = false
  return {
    database,
    /** Brings the saved rows up to the log, so that other connections see all that was acknowledged. */
    save(): void {
      if (hasSaved && cache.unsaved.size === 0) return
      savedTransaction(() => undefined)
      hasSaved = true
    },
    transaction: savedTransaction,
    cache,
    readings,
    points,
    unjudged,
    counts,
    judging,
    ingest,
  }
}

export type MeteringWriter = ReturnType<typeof openMeteringWriter>
