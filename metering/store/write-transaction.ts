/**
 * Transactions of the one writer. Nothing is answered before COMMIT; after any failure, and when another process wrote the
 * file, `onDistrust` throws away what is kept in memory.
 */
import type { DatabaseSync } from 'node:sqlite'

export type WriteTransaction = <Result>(body: () => Result) => Result

export function createWriteTransaction(database: DatabaseSync, onDistrust: () => void): WriteTransaction {
  const readDataVersion = database.prepare('PRAGMA data_version')
  /** Changes whenever another connection wrote. */
  let dataVersion: unknown

  return (body) => {
    database.exec('BEGIN IMMEDIATE')
    try {
      const found = readDataVersion.get()?.['data_version']
      if (found !== dataVersion) onDistrust()
      dataVersion = found
      const result = body()
      database.exec('COMMIT')
      return result
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK')
      onDistrust()
      throw error
    }
  }
}
