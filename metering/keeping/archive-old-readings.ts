/**
 * Archives everything of every device that was received before an instant, file after file until nothing is left.
 *
 * Received time never falls along a device's chain, so the newest left block of the chain that was received before the
 * instant bounds what goes; late readings of the same sequence numbers go with it. What the forwarder to InfluxDB has not passed yet
 * stays, since it follows the log by row id: a forwarder that stands still holds archiving up, and is named.
 */
import type { DatabaseSync } from 'node:sqlite'
import type { Clock } from '../../core/index.ts'
import { assertSchemaCurrent, openSqlite } from '../../db/sqlite-index.ts'
import type { Identity } from '../usage/identity.ts'
import { archiveReadings, type ArchivingReport, type DeviceToArchive } from './archive-readings.ts'

export type ArchiveOldOptions = {
  /** The metering database; a server may be running on it. */
  readonly file: string
  /** Received time, in milliseconds. */
  readonly before: number
  readonly clock: Clock
  readonly say: (sentence: string) => void
}

export type ArchivedOld = {
  readonly files: readonly ArchivingReport[]
  readonly readings: number
}

/** @throws AppError `archiving_running`, `archive_damaged`, `schema_behind`, `store_unavailable` */
export function archiveOldReadings({ file, before, clock, say }: ArchiveOldOptions): ArchivedOld {
  const database = openSqlite(file)
  try {
    assertSchemaCurrent(database, 'metering')
    const follower = findSlowestFollower(database)
    if (follower !== undefined) {
      say(`Readings after row ${follower.position} stay until ${follower.name} has passed them.`)
    }
    const files: ArchivingReport[] = []
    for (;;) {
      const report = archiveReadings({
        database,
        devices: devicesToArchive(database, before),
        now: clock.now(),
        ...(follower === undefined ? {} : { upToId: follower.position }),
      })
      if (report.file !== undefined) {
        files.push(report)
        say(`${report.file}: ${report.readings} readings in ${report.sizeBytes} bytes.`)
      }
      if (report.isComplete) break
    }
    return { files, readings: files.reduce((sum, { readings }) => sum + readings, 0) }
  } finally {
    database.close()
  }
}

function findSlowestFollower(database: DatabaseSync): { name: string; position: number } | undefined {
  return database
    .prepare(
      `SELECT name, position FROM cursors WHERE name LIKE 'influx\\_registers:%' ESCAPE '\\'
       ORDER BY position LIMIT 1`,
    )
    .get() as { name: string; position: number } | undefined
}

function* devicesToArchive(
  database: DatabaseSync,
  before: number,
): Generator<DeviceToArchive, void, undefined> {
  const nextDevice = database.prepare('SELECT min(device_no) AS no FROM reading_blocks WHERE device_no > ?')
  const lastBlock = database.prepare(
    `SELECT r.epoch, r.seq FROM reading_blocks AS b JOIN readings AS r ON r.id = b.reading_id
     WHERE b.device_no = ? AND r.received_at < ? ORDER BY b.epoch DESC, b.block DESC LIMIT 1`,
  )
  for (let deviceNo = 0; ;) {
    const { no } = nextDevice.get(deviceNo) as { no: number | null }
    if (no === null) return
    deviceNo = no
    const through = lastBlock.get(deviceNo, before) as Identity | undefined
    if (through !== undefined) yield { deviceNo, through }
  }
}
