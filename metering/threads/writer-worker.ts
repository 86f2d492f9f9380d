/** The one thread that writes the metering database. */
import { parentPort, workerData } from 'node:worker_threads'
import { InvariantError, type DeviceProblem } from '../../core/index.ts'
import { assertSchemaCurrent, openSqlite } from '../../db/index.ts'
import { openDeviceWriter } from '../devices/device-writer.ts'
import { openBatchIngest } from '../store/ingest-batch.ts'
import { unpackMessages, type MessageBatch } from './message-batch.ts'
import { serveCalls } from './thread-calls.ts'

export type WriterData = { readonly file: string; readonly maxPages: number | undefined }

if (parentPort === null) throw new InvariantError('The writer runs as a worker thread.')
const { file, maxPages } = workerData as WriterData
const database = openSqlite(file, maxPages === undefined ? {} : { maxPages })
assertSchemaCurrent(database, 'metering')
const { ingest } = openBatchIngest(database)
const port = parentPort

const methods = {
  ingest: (batch: MessageBatch): DeviceProblem[] => ingest(unpackMessages(batch)),

  ...openDeviceWriter(database),

  moveCursor: ({ name, position }: { name: string; position: number }): void => {
    database
      .prepare(
        'INSERT INTO cursors (name, position) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET position = excluded.position',
      )
      .run(name, position)
  },

  /** A write that changes nothing but needs room: tells whether the store takes writes again. */
  probe: (): void => {
    database.exec('UPDATE outcome_counts SET readings = readings')
  },

  close: (): void => {
    port.close()
    database.close()
  },
}

export type WriterMethods = typeof methods

serveCalls(port, methods)
