/**
 * Transactions of the one writer. Nothing is answered before COMMIT; after any failure, and when another process wrote the
 * file, `onDistrust` throws away what is kept in memory, and `recover` brings the saved rows up to the log before anything
 * else is done.
 */
import type { DatabaseSync } from 'node:sqlite'

export type WriteTransaction = <Result>(body: () => Result) => Result

export function createWriteTransaction(
  database: DatabaseSync,
  { onDistrust, recover }: { readonly onDistrust: () => void; readonly recover: () => void },
): WriteTransaction {
  const readDataVersion = database.prepare('PRAGMA data_version')
  /** Changes whenever another connection wrote. */
  let dataVersion: unknown
  let isTrusted = false

  return (body) => {
    database.exec('BEGIN IMMEDIATE')
    try {
      const found = readDataVersion.get()?.['data_version']
      if (found !== dataVersion) isTrusted = false
      dataVersion = found
      if (!isTrusted) {
        onDistrust()
        recover()
      }
      const result = body()
      database.exec('COMMIT')
      isTrusted = true
      return result
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK')
      isTrusted = false
      onDistrust()
      throw error
    }
  }
}
