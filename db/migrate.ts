/**
 * Forward-only migrations: plain SQL files, applied in the order of their names, all that are missing in one transaction.
 *
 * The name and checksum of every applied file are kept in the database, so an edited file is noticed. The server never
 * migrates by itself: it calls `assertSchemaCurrent` and refuses to start on a schema that is behind or unknown;
 * `usance migrate` (and the demo, which owns its data) calls `migrate`.
 */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { assertInvariant } from '../core/index.ts'
import { databaseErrors } from './errors.ts'

export type DatabaseKind = 'metering' | 'ledger'

type Migration = { readonly name: string; readonly sql: string; readonly checksum: string }

/**
 * Applies what is missing under an exclusive lock and returns the names of the files that were applied. A file may make a
 * table anew that others refer to: foreign keys are not enforced meanwhile, and checked before anything is kept.
 */
export function migrate(database: DatabaseSync, kind: DatabaseKind): readonly string[] {
  database.exec('PRAGMA foreign_keys = OFF')
  database.exec('BEGIN EXCLUSIVE')
  try {
    database.exec(
      'CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY, checksum TEXT NOT NULL) STRICT, WITHOUT ROWID',
    )
    const missing = findMissing(database, kind)
    const insert = database.prepare('INSERT INTO migrations (name, checksum) VALUES (?, ?)')
    for (const migration of missing) {
      database.exec(migration.sql)
      insert.run(migration.name, migration.checksum)
    }
    const broken = missing.length === 0 ? undefined : database.prepare('PRAGMA foreign_key_check').get()
    assertInvariant(broken === undefined, 'Migrations leave no reference to a row that is not there.')
    database.exec('COMMIT')
    return missing.map((migration) => migration.name)
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  } finally {
    database.exec('PRAGMA foreign_keys = ON')
  }
}

/** @throws AppError `schema_behind` or `schema_unknown` */
export function assertSchemaCurrent(database: DatabaseSync, kind: DatabaseKind): void {
  const hasTable =
    database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'migrations'").get() !== undefined
  if (!hasTable || findMissing(database, kind).length > 0) {
    throw databaseErrors.schema_behind(`Run "usance migrate" to bring the ${kind} database up to date.`)
  }
}

/**
 * The newest migration that was applied, undefined for a database without any.
 * @throws AppError `schema_unknown` when a newer or another version of this program made the database
 */
export function findSchemaVersion(database: DatabaseSync, kind: DatabaseKind): string | undefined {
  const hasTable =
    database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'migrations'").get() !== undefined
  if (!hasTable) return undefined
  findMissing(database, kind)
  const newest = database.prepare('SELECT max(name) AS name FROM migrations').get()?.['name']
  return typeof newest === 'string' ? newest : undefined
}

/** The schema as SQL text, in a stable order: what is committed as `db/schema/{kind}.sql`. */
export function dumpSchema(database: DatabaseSync): string {
  const rows = database
    .prepare(
      "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY type, name",
    )
    .all()
  return rows.map((row) => `${String(row['sql'])};\n`).join('\n')
}

function findMissing(database: DatabaseSync, kind: DatabaseKind): readonly Migration[] {
  const known = readMigrations(kind)
  const applied = database.prepare('SELECT name, checksum FROM migrations ORDER BY name').all()
  for (const [index, row] of applied.entries()) {
    const migration = known[index]
    if (migration === undefined || migration.name !== row['name'] || migration.checksum !== row['checksum']) {
      throw databaseErrors.schema_unknown(
        `The ${kind} database was made by another version of this program (migration ${String(row['name'])}). Use that version, or restore a backup.`,
      )
    }
  }
  return known.slice(applied.length)
}

function readMigrations(kind: DatabaseKind): readonly Migration[] {
  const folder = path.join(import.meta.dirname, 'migrations', kind)
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort()
  return names.map((name) => {
    const sql = readFileSync(path.join(folder, name), 'utf8')
    return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
  })
}
