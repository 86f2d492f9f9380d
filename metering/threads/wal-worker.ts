/** The thread that moves the write-ahead log into the database file, so that no commit has to. */
import { parentPort, workerData } from 'node:worker_threads'
import { InvariantError } from '../../core/index.ts'
import { checkpointWal, giveWay, openSqlite, type WalState } from '../../db/sqlite-index.ts'
import { serveCalls } from './thread-calls.ts'

if (parentPort === null) throw new InvariantError('The write-ahead log is moved by a worker thread.')
const { file } = workerData as { file: string }
giveWay()
const database = openSqlite(file)
const port = parentPort

const methods = {
  checkpoint: (): WalState => checkpointWal(database),

  close: (): void => {
    port.close()
    database.close()
  },
}

export type WalMethods = typeof methods

serveCalls(port, methods)
