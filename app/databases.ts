/** Where the two databases are and bringing their schemas up to date. */
import path from 'node:path'
import { migrate, openSqlite, type DatabaseKind } from '../db/index.ts'

export function databaseFile(dataFolder: string, kind: DatabaseKind): string {
  return path.join(dataFolder, `${kind}.sqlite`)
}

/** Applies missing migrations to both databases and returns their names, `metering/2026…_create_metering.sql`. */
export function migrateDatabases(dataFolder: string): readonly string[] {
  return (['metering', 'ledger'] as const).flatMap((kind) => {
    const database = openSqlite(databaseFile(dataFolder, kind))
    try {
      return migrate(database, kind).map((name) => `${kind}/${name}`)
    } finally {
      database.close()
    }
  })
}
