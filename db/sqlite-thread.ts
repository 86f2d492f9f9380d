/**
 * A Kysely database whose SQLite connection lives in a thread of its own.
 *
 * `node:sqlite` is synchronous; on the main thread a long read would stop the broker. Here every statement runs in a
 * worker, so the event loop only ever waits. One connection per thread; Kysely serialises transactions on it.
 *
 * Integers come back as `bigint`, except columns whose name ends in `_at`: those are instants and come back as
 * `number` (milliseconds). A statement that fails because of the machine (full disk, I/O, lock) rejects with
 * `store_unavailable`; one that fails because of the data rejects with `SqliteStatementError`.
 */
import { Worker } from 'node:worker_threads'
import {
  type CompiledQuery,
  Kysely,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
} from 'kysely'
import { assertInvariant } from '../core/index.ts'
import { databaseErrors, isEnvironmentalSqliteError } from './errors.ts'
import type { SqliteOptions } from './sqlite.ts'

export type StatementRequest = {
  readonly id: number
  readonly sql: string
  readonly parameters: readonly unknown[]
}

export type StatementReply =
  | {
      readonly id: number
      readonly rows: Record<string, unknown>[]
      readonly changes?: bigint
      readonly lastInsertRowid?: bigint
    }
  | { readonly id: number; readonly error: { readonly message: string; readonly errcode?: number } }

/** A constraint, a trigger or the statement itself refused; `message` holds SQLite's words. */
export class SqliteStatementError extends Error {
  override readonly name = 'SqliteStatementError'
  readonly errcode: number | undefined
  constructor(message: string, errcode: number | undefined) {
    super(message)
    this.errcode = errcode
  }
}

/**
 * Opens `file` in a new thread with the first statement. Close it with `.destroy()`. A thread that dies is not replaced, because a transaction may
 * have been open on it: `onFailure` is called and every statement rejects from then on.
 */
export function openSqliteThread<Tables>(
  file: string,
  options: SqliteOptions = {},
  onFailure: (error: Error) => void = () => undefined,
): Kysely<Tables> {
  const dialect: Dialect = {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new SqliteThreadDriver(() => new SqliteThread(file, options, onFailure)),
    createIntrospector: (database) => new SqliteIntrospector(database),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  }
  return new Kysely<Tables>({ dialect })
}

type Waiting = { readonly resolve: (reply: StatementReply) => void; readonly reject: (error: Error) => void }

class SqliteThread {
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  #nextId = 1
  readonly #onFailure: (error: Error) => void
  #failure: Error | undefined
  #isClosing = false

  constructor(file: string, options: SqliteOptions, onFailure: (error: Error) => void) {
    this.#onFailure = onFailure
    this.#worker = new Worker(new URL('./sqlite-thread-worker.ts', import.meta.url), {
      workerData: { file, options },
    })
    this.#worker.on('message', (reply: StatementReply) => {
      this.#waiting.get(reply.id)?.resolve(reply)
      this.#waiting.delete(reply.id)
    })
    this.#worker.on('error', (error: Error) => this.#fail(error))
    this.#worker.on('exit', () => this.#fail(new Error('the database thread has ended')))
  }

  async run(sql: string, parameters: readonly unknown[]): Promise<QueryResult<Record<string, unknown>>> {
    const reply = await new Promise<StatementReply>((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure)
      const id = this.#nextId++
      this.#waiting.set(id, { resolve, reject })
      this.#worker.postMessage({ id, sql, parameters } satisfies StatementRequest)
    })
    if ('error' in reply) throw toError(reply.error)
    if (reply.changes === undefined || reply.lastInsertRowid === undefined) return { rows: reply.rows }
    return { rows: reply.rows, numAffectedRows: reply.changes, insertId: reply.lastInsertRowid }
  }

  async close(): Promise<void> {
    this.#isClosing = true
    await this.#worker.terminate()
  }

  #fail(error: Error): void {
    if (this.#failure === undefined && !this.#isClosing) this.#onFailure(error)
    this.#failure ??= databaseErrors.store_unavailable('The database thread stopped; restart the program.', {
      cause: error,
    })
    for (const { reject } of this.#waiting.values()) reject(this.#failure)
    this.#waiting.clear()
  }
}

/** The thread starts in `init`: Kysely destroys only a driver that it has initialised, and a thread would outlive it. */
class SqliteThreadDriver implements Driver {
  readonly #open: () => SqliteThread
  #thread: SqliteThread | undefined
  readonly #connection: DatabaseConnection

  constructor(open: () => SqliteThread) {
    this.#open = open
    const run = this.#run.bind(this)
    this.#connection = {
      async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
        return (await run(sql, parameters)) as QueryResult<Row>
      },
      // oxlint-disable-next-line require-yield -- required by the interface; long reads page by key instead
      async *streamQuery(): AsyncIterableIterator<never> {
        throw new Error('Page through long results by key; this driver does not stream.')
      },
    }
  }

  async init(): Promise<void> {
    this.#thread ??= this.#open()
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#connection
  }

  async releaseConnection(): Promise<void> {}

  async beginTransaction(): Promise<void> {
    await this.#run('BEGIN IMMEDIATE', [])
  }

  async commitTransaction(): Promise<void> {
    await this.#run('COMMIT', [])
  }

  async rollbackTransaction(): Promise<void> {
    await this.#run('ROLLBACK', [])
  }

  async destroy(): Promise<void> {
    await this.#thread?.close()
  }

  #run(sql: string, parameters: readonly unknown[]): Promise<QueryResult<Record<string, unknown>>> {
    assertInvariant(this.#thread !== undefined, 'Kysely initialises a driver before it uses it.')
    return this.#thread.run(sql, parameters)
  }
}

function toError({ message, errcode }: { message: string; errcode?: number }): Error {
  const error = new SqliteStatementError(message, errcode)
  if (!isEnvironmentalSqliteError(error)) return error
  return databaseErrors.store_unavailable(
    'Free space on the disk or stop the other program that holds the database, then try again.',
    { cause: error },
  )
}
