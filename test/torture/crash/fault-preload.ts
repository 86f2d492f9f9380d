/**
 * Loaded before the server with `node --import`, in its main thread and in each of its workers: stands between the
 * program and `node:sqlite` and does to the metering database what the orders say. The program itself is the one that
 * is delivered.
 *
 * Commits are counted over all threads in shared memory, since a writer that was made to die starts anew. The killer is a
 * thread of its own, because the writer can do nothing else while SQLite executes COMMIT.
 */
import { DatabaseSync, StatementSync } from 'node:sqlite'
import { getEnvironmentData, isMainThread, setEnvironmentData, Worker } from 'node:worker_threads'
import type { Fault } from './fault-plan.ts'
import { cells, CELL_COUNT, CELLS_KEY, killNow, ORDERS_VARIABLE, POISON, report } from './fault-signals.ts'
import type { Orders } from './fault-signals.ts'

const { file, kill, fault, dueCommit } = JSON.parse(process.env[ORDERS_VARIABLE] ?? '{}') as Orders
const killersOfTheirOwn: readonly unknown[] = ['in_commit', 'in_checkpoint', 'start_checkpoint']
/** Small enough that a few commits of the load lead to a checkpoint. */
const PAGES_BETWEEN_CHECKPOINTS = 60
const UNLIMITED_PAGES = 1_073_741_823

const shared = takeCells()
let hasSetUp = false
/** Transactions that are begun before the disk has room again; undefined while it has. A full disk ends them by itself. */
let transactionsUntilRoom: number | undefined

function takeCells(): Int32Array {
  const known = getEnvironmentData(CELLS_KEY)
  if (known instanceof SharedArrayBuffer) return new Int32Array(known)
  const buffer = new SharedArrayBuffer(CELL_COUNT * Int32Array.BYTES_PER_ELEMENT)
  setEnvironmentData(CELLS_KEY, buffer)
  return new Int32Array(buffer)
}

if (isMainThread && killersOfTheirOwn.includes(kill?.kind)) {
  new Worker(new URL('./killer-worker.ts', import.meta.url)).unref()
}

const exec = Reflect.get(DatabaseSync.prototype, 'exec')
const close = Reflect.get(DatabaseSync.prototype, 'close')

DatabaseSync.prototype.exec = function (this: DatabaseSync, sql: string): void {
  if (this.location() !== file) return exec.call(this, sql)
  if (sql === 'COMMIT') return commit(this)
  if (sql.startsWith('BEGIN')) makeRoom(this)
  exec.call(this, sql)
}

DatabaseSync.prototype.close = function (this: DatabaseSync): void {
  const isMetering = this.location() === file
  if (isMetering) {
    Atomics.store(shared, cells.isInClose, 1)
    Atomics.notify(shared, cells.isInClose)
  }
  close.call(this)
  if (isMetering) Atomics.store(shared, cells.isInClose, 0)
}

for (const name of ['run', 'get', 'all'] as const) {
  const original = Reflect.get(StatementSync.prototype, name) as (...values: unknown[]) => unknown
  Reflect.set(StatementSync.prototype, name, function (this: StatementSync, ...values: unknown[]): unknown {
    if (values.some(isPoison) && !this.sourceSQL.includes('quarantine')) {
      report({ event: 'poison' })
      throw new Error('this payload cannot be stored')
    }
    return Reflect.apply(original, this, values)
  })
}

function isPoison(bound: unknown): boolean {
  return (
    bound instanceof Uint8Array && Buffer.from(bound.buffer, bound.byteOffset, bound.length).includes(POISON)
  )
}

function commit(database: DatabaseSync): void {
  const number = Atomics.add(shared, cells.commits, 1) + 1
  if (kill?.kind === 'in_checkpoint' && !hasSetUp) {
    hasSetUp = true
    database.prepare(`PRAGMA wal_autocheckpoint = ${PAGES_BETWEEN_CHECKPOINTS}`).get()
  }
  if (fault !== undefined && isTouched(fault, number)) return commitWithFault(database, fault)
  if (number < dueCommit) return reallyCommit(database)
  if (kill?.kind === 'before_commit') killNow(true)
  if (Atomics.exchange(shared, cells.isDue, 1) === 0) {
    report({ event: 'due' })
    Atomics.notify(shared, cells.isDue)
  }
  reallyCommit(database)
  if (kill?.kind === 'after_commit') killNow(true)
}

function isTouched({ kind, commit: first, count }: Fault, number: number): boolean {
  return kind === 'disk_full' ? number === first : number >= first && number < first + count
}

function commitWithFault(database: DatabaseSync, { kind, count, delayMs, errcode, isAfter }: Fault): void {
  report({ event: 'fault', kind })
  switch (kind) {
    case 'commit_fails':
      throw sqliteError(errcode)
    case 'commit_unsure':
      reallyCommit(database)
      throw sqliteError(errcode)
    case 'writer_exits':
      if (isAfter) reallyCommit(database)
      return process.exit(1)
    case 'writer_throws':
      // The next turn is the writer's death; the batch of this one may or may not have been answered by then.
      process.nextTick(() => {
        throw new Error('the writer is made to die')
      })
      return reallyCommit(database)
    case 'disk_full':
      reallyCommit(database)
      // SQLite takes the size that the file has now instead, which is the smallest possible.
      database.prepare('PRAGMA max_page_count = 1').get()
      transactionsUntilRoom = count
      return
    case 'disk_slow':
    case 'disk_hangs':
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, delayMs)
      return reallyCommit(database)
  }
}

function makeRoom(database: DatabaseSync): void {
  if (transactionsUntilRoom === undefined) return
  transactionsUntilRoom -= 1
  if (transactionsUntilRoom >= 0) return
  transactionsUntilRoom = undefined
  database.prepare(`PRAGMA max_page_count = ${UNLIMITED_PAGES}`).get()
}

function reallyCommit(database: DatabaseSync): void {
  const startedAt = performance.now()
  Atomics.store(shared, cells.isInCommit, 1)
  try {
    exec.call(database, 'COMMIT')
  } finally {
    Atomics.store(shared, cells.isInCommit, 0)
    Atomics.store(shared, cells.commitMicros, Math.round((performance.now() - startedAt) * 1_000))
  }
}

/** As `node:sqlite` throws it. */
function sqliteError(errcode: number): Error {
  const fields = { code: 'ERR_SQLITE_ERROR', errcode, errstr: 'made to fail' }
  return Object.assign(new Error('COMMIT is made to fail'), fields)
}
