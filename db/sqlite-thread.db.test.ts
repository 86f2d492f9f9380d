import { mkdtempDisposableSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { sql, type Generated, type Kysely } from 'kysely'
import { describe, expect, it } from 'vitest'
import { AppError } from '../core/index.ts'
import { openSqliteThread, SqliteStatementError } from './sqlite-thread.ts'
import type { SqliteOptions } from './sqlite.ts'

type Tables = {
  jobs: {
    id: Generated<bigint>
    name: string
    cost_minor: bigint | number | null
    done_at: number | null
    payload: Uint8Array | null
  }
}

async function withJobs(
  body: (database: Kysely<Tables>) => Promise<void>,
  options: SqliteOptions = {},
): Promise<void> {
  using folder = mkdtempDisposableSync(path.join(tmpdir(), 'usance-db-'))
  const database = openSqliteThread<Tables>(path.join(folder.path, 'test.db'), options)
  try {
    await sql`CREATE TABLE jobs (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, cost_minor INTEGER,
      done_at INTEGER, payload BLOB) STRICT`.execute(database)
    await body(database)
  } finally {
    await database.destroy()
  }
}

const job = (name: string) => ({ name, cost_minor: null, done_at: null, payload: null })

async function namesIn(database: Kysely<Tables>): Promise<string[]> {
  const rows = await database.selectFrom('jobs').select('name').orderBy('id').execute()
  return rows.map((row) => row.name)
}

/** The error of a promise that must reject. */
async function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.fail('the promise was expected to reject'),
    (error: unknown) => error,
  )
}

describe('openSqliteThread', () => {
  it('leaves no thread behind when nothing was ever asked of it', async () => {
    using folder = mkdtempDisposableSync(path.join(tmpdir(), 'usance-db-'))
    const before = process.getActiveResourcesInfo().sort()
    await openSqliteThread<Tables>(path.join(folder.path, 'test.db')).destroy()
    expect(process.getActiveResourcesInfo().sort()).toEqual(before)
  })

  it('gives integers as bigint beyond 2^53, instants in _at columns as number, and bytes as bytes', async () => {
    await withJobs(async (database) => {
      const stored = {
        name: 'drill',
        cost_minor: 9_007_199_254_740_993n,
        done_at: 1_795_331_523_000,
        payload: Uint8Array.from([0, 255, 10]),
      }
      await database.insertInto('jobs').values(stored).execute()
      expect(await database.selectFrom('jobs').selectAll().execute()).toEqual([{ id: 1n, ...stored }])
    })
  })

  it('leaves null as null, in _at columns too', async () => {
    await withJobs(async (database) => {
      await database.insertInto('jobs').values(job('saw')).execute()
      expect(await database.selectFrom('jobs').selectAll().execute()).toEqual([{ id: 1n, ...job('saw') }])
    })
  })

  it('converts an aggregate by the name that it is given', async () => {
    await withJobs(async (database) => {
      await database
        .insertInto('jobs')
        .values([
          { ...job('a'), done_at: 5, cost_minor: 2n },
          { ...job('b'), done_at: 7, cost_minor: 3n },
        ])
        .execute()
      const { rows } = await sql`SELECT max(done_at) AS last_at, sum(cost_minor) AS total FROM jobs`.execute(
        database,
      )
      expect(rows).toEqual([{ last_at: 7, total: 5n }])
    })
  })

  it('reports changed rows and the new id, and rows where RETURNING asks for them', async () => {
    await withJobs(async (database) => {
      const inserted = await database.insertInto('jobs').values(job('a')).executeTakeFirstOrThrow()
      expect([inserted.insertId, inserted.numInsertedOrUpdatedRows]).toEqual([1n, 1n])
      await database.insertInto('jobs').values(job('b')).execute()
      const updated = await database.updateTable('jobs').set({ done_at: 9 }).executeTakeFirstOrThrow()
      expect(updated.numUpdatedRows).toBe(2n)
      const returned = await database
        .deleteFrom('jobs')
        .where('name', '=', 'a')
        .returning(['id', 'done_at'])
        .execute()
      expect(returned).toEqual([{ id: 1n, done_at: 9 }])
    })
  })

  it('rejects with SqliteStatementError and SQLite’s words when the data is refused, and goes on', async () => {
    await withJobs(async (database) => {
      await database.insertInto('jobs').values(job('a')).execute()
      const error = await rejectionOf(database.insertInto('jobs').values(job('a')).execute())
      expect(error).toBeInstanceOf(SqliteStatementError)
      expect(error).toMatchObject({ message: 'UNIQUE constraint failed: jobs.name', errcode: 2067 })
      const nonsense = await rejectionOf(sql`SELECT nonsense FROM jobs`.execute(database))
      expect(nonsense).toBeInstanceOf(SqliteStatementError)
      expect(await namesIn(database)).toEqual(['a'])
    })
  })

  it('rejects a parameter that SQLite cannot hold, and goes on', async () => {
    await withJobs(async (database) => {
      const error = await rejectionOf(
        database
          .insertInto('jobs')
          .values({ ...job('a'), cost_minor: 2n ** 64n })
          .execute(),
      )
      expect(error).toBeInstanceOf(SqliteStatementError)
      expect(await namesIn(database)).toEqual([])
    })
  })

  it('runs transactions one after another, each seeing what the one before committed', async () => {
    await withJobs(async (database) => {
      const countAndAdd = (name: string) =>
        database.transaction().execute(async (transaction) => {
          const before = await namesIn(transaction)
          await transaction
            .insertInto('jobs')
            .values(job(`${name} after ${before.length}`))
            .execute()
        })
      await Promise.all(['a', 'b', 'c', 'd'].map(countAndAdd))
      expect(await namesIn(database)).toEqual(['a after 0', 'b after 1', 'c after 2', 'd after 3'])
    })
  })

  it('keeps a statement from outside out of an open transaction', async () => {
    await withJobs(async (database) => {
      let outside: Promise<unknown> = Promise.resolve()
      const failed = database.transaction().execute(async (transaction) => {
        await transaction.insertInto('jobs').values(job('inside')).execute()
        outside = database.insertInto('jobs').values(job('outside')).execute()
        throw new Error('change of mind')
      })
      await expect(failed).rejects.toThrow('change of mind')
      await outside
      expect(await namesIn(database)).toEqual(['outside'])
    })
  })

  it('rolls a transaction back whole when one statement fails', async () => {
    await withJobs(async (database) => {
      const failed = database.transaction().execute(async (transaction) => {
        await transaction.insertInto('jobs').values(job('a')).execute()
        await transaction.insertInto('jobs').values(job('a')).execute()
      })
      await expect(failed).rejects.toBeInstanceOf(SqliteStatementError)
      expect(await namesIn(database)).toEqual([])
    })
  })

  it('rejects with store_unavailable when the disk is full and takes statements again once there is space', async () => {
    const large = { ...job('large'), payload: new Uint8Array(200_000) }
    await withJobs(
      async (database) => {
        const alone = await rejectionOf(database.insertInto('jobs').values(large).execute())
        const inTransaction = await rejectionOf(
          database.transaction().execute(async (transaction) => {
            await transaction.insertInto('jobs').values(job('lost with its transaction')).execute()
            await transaction.insertInto('jobs').values(large).execute()
          }),
        )
        for (const error of [alone, inTransaction]) {
          expect(error).toBeInstanceOf(AppError)
          expect(error).toMatchObject({ code: 'store_unavailable', kind: 'dependency' })
        }
        await database.insertInto('jobs').values(job('small')).execute()
        await sql`PRAGMA max_page_count = 1000`.execute(database)
        await database.transaction().execute(async (transaction) => {
          await transaction.insertInto('jobs').values(large).execute()
        })
        expect(await namesIn(database)).toEqual(['small', 'large'])
      },
      { maxPages: 10 },
    )
  })

  it('reports the first failure when SQLite has already rolled the transaction back', async () => {
    await withJobs(async (database) => {
      await sql`CREATE TRIGGER nothing_goes BEFORE INSERT ON jobs BEGIN SELECT RAISE (ROLLBACK, 'nothing_goes'); END`.execute(
        database,
      )
      const failed = database.transaction().execute(async (transaction) => {
        await transaction.insertInto('jobs').values(job('a')).execute()
      })
      await expect(failed).rejects.toThrow('nothing_goes')
      expect(await namesIn(database)).toEqual([])
    })
  })

  it('rejects every statement with store_unavailable when the file cannot be opened', async () => {
    using folder = mkdtempDisposableSync(path.join(tmpdir(), 'usance-db-'))
    writeFileSync(path.join(folder.path, 'plain'), 'no folder')
    const database = openSqliteThread<Tables>(path.join(folder.path, 'plain', 'test.db'))
    const errors = await Promise.all([1, 2].map(() => rejectionOf(namesIn(database))))
    for (const error of errors) expect(error).toMatchObject({ code: 'store_unavailable' })
    await database.destroy()
  })

  it('keeps what was committed for the next opening', async () => {
    using folder = mkdtempDisposableSync(path.join(tmpdir(), 'usance-db-'))
    const file = path.join(folder.path, 'test.db')
    const first = openSqliteThread<Tables>(file)
    await sql`CREATE TABLE jobs (id INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT`.execute(first)
    await sql`INSERT INTO jobs (name) VALUES ('kept')`.execute(first)
    await first.destroy()
    const second = openSqliteThread<Tables>(file)
    expect(await namesIn(second)).toEqual(['kept'])
    await second.destroy()
  })
})
