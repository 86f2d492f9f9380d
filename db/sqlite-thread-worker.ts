/** The thread behind `openSqliteThread`: runs one statement at a time on its own connection and answers in order. */
import { parentPort, workerData } from 'node:worker_threads'
import type { SQLInputValue, StatementSync } from 'node:sqlite'
import { assertInvariant } from '../core/index.ts'
import { openSqlite, type SqliteOptions } from './sqlite.ts'
import type { StatementReply, StatementRequest } from './sqlite-thread.ts'

const MAX_PREPARED_STATEMENTS = 200

assertInvariant(parentPort !== null, 'This file runs as a worker thread.')
const port = parentPort
const { file, options } = workerData as { file: string; options: SqliteOptions }
const database = openSqlite(file, options)
const prepared = new Map<string, StatementSync>()

port.on('message', (request: StatementRequest) => {
  port.postMessage(run(request))
})
port.on('close', () => database.close())

function run({ id, sql, parameters }: StatementRequest): StatementReply {
  try {
    // A full disk makes SQLite roll back by itself; failing here would hide that first error from the caller.
    if (sql === 'ROLLBACK' && !database.isTransaction) return { id, rows: [] }
    const statement = prepare(sql)
    if (statement.columns().length > 0) {
      return { id, rows: statement.all(...(parameters as SQLInputValue[])).map(plainRow) }
    }
    const { changes, lastInsertRowid } = statement.run(...(parameters as SQLInputValue[]))
    return { id, rows: [], changes: BigInt(changes), lastInsertRowid: BigInt(lastInsertRowid) }
  } catch (error) {
    const { message, errcode } = error as Error & { errcode?: number }
    return { id, error: errcode === undefined ? { message } : { message, errcode } }
  }
}

function prepare(sql: string): StatementSync {
  const known = prepared.get(sql)
  if (known !== undefined) return known
  if (prepared.size >= MAX_PREPARED_STATEMENTS) prepared.clear()
  const statement = database.prepare(sql)
  statement.setReadBigInts(true)
  prepared.set(sql, statement)
  return statement
}

function plainRow(row: Record<string, unknown>): Record<string, unknown> {
  const plain: Record<string, unknown> = {}
  for (const column in row) {
    const member = row[column]
    plain[column] = typeof member === 'bigint' && column.endsWith('_at') ? Number(member) : member
  }
  return plain
}
