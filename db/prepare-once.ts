/** For statements that functions run rather than objects keep: preparing one costs more than running it by key. */
import type { DatabaseSync, StatementSync } from 'node:sqlite'

const prepared = new WeakMap<DatabaseSync, Map<string, StatementSync>>()

/** `sql` comes from the code and is one of few; who walks its rows has finished before it is asked for again. */
export function prepareOnce(database: DatabaseSync, sql: string): StatementSync {
  let known = prepared.get(database)
  if (known === undefined) {
    known = new Map()
    prepared.set(database, known)
  }
  let statement = known.get(sql)
  if (statement === undefined) {
    statement = database.prepare(sql)
    known.set(sql, statement)
  }
  return statement
}
