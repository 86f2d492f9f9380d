/**
 * Loaded before the server with `node --import`, in its main thread and in each of its workers: every COMMIT takes longer by the
 * milliseconds that the environment names, as on a disk that cannot keep up. The server itself is the one that is delivered.
 */
import { DatabaseSync } from 'node:sqlite'
import { commitDelayVariable } from './commit-delay.ts'

const delayMs = Number(process.env[commitDelayVariable])
const never = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
const exec = Reflect.get(DatabaseSync.prototype, 'exec')

DatabaseSync.prototype.exec = function (this: DatabaseSync, sql: string): void {
  if (sql === 'COMMIT') Atomics.wait(never, 0, 0, delayMs)
  exec.call(this, sql)
}
