/** Everything that the one writing connection does, put together from its parts. */
import type { DatabaseSync } from 'node:sqlite'
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
  const transaction = createWriteTransaction(database, () => {
    cache.forgetAll()
    unjudged.load()
  })
  const judging = openTurnJudging({ database, transaction, cache, unjudged, judge, counts, usage })
  const { ingest } = openBatchIngest({
    database,
    transaction,
    cache,
    readings,
    rows,
    usage,
    events,
    counts,
    unjudged,
    judging,
  })
  return { database, transaction, cache, readings, points, unjudged, counts, judging, ingest }
}

export type MeteringWriter = ReturnType<typeof openMeteringWriter>
