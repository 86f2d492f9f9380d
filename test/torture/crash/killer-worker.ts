/**
 * The thread that kills its own process while another thread is inside SQLite. It waits until it is due, then either lets
 * a share of the time pass that the last COMMIT took, or watches the main file of the database, which in WAL mode changes
 * only in a checkpoint.
 */
import { statSync } from 'node:fs'
import { getEnvironmentData } from 'node:worker_threads'
import { cells, CELLS_KEY, killNow, ORDERS_VARIABLE, type Orders } from './fault-signals.ts'

const { file, kill } = JSON.parse(process.env[ORDERS_VARIABLE] ?? '{}') as Orders
const shared = new Int32Array(getEnvironmentData(CELLS_KEY) as SharedArrayBuffer)
/** Within what the checkpoint of a few dozen pages takes. */
const CHECKPOINT_MICROS = 600
const MAX_TRIES = 20
const never = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
const share = (kill?.perMille ?? 0) / 1_000

if (kill?.kind === 'start_checkpoint') {
  Atomics.wait(shared, cells.isInClose, 0)
  const before = lastChange()
  while (isInClose() && lastChange() === before);
  spin(share * CHECKPOINT_MICROS)
  killNow(isInClose())
} else {
  Atomics.wait(shared, cells.isDue, 0)
  // A commit that was over too soon is let go, and the next one gets a smaller share of the time.
  for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
    if (kill?.kind === 'in_checkpoint') {
      waitForCheckpoint()
      spin((share / tries) * CHECKPOINT_MICROS)
    } else {
      while (!isInCommit());
      spin((share / tries) * Atomics.load(shared, cells.commitMicros))
    }
    if (isInCommit() || tries === MAX_TRIES) killNow(isInCommit())
  }
}

function isInClose(): boolean {
  return Atomics.load(shared, cells.isInClose) === 1
}

function isInCommit(): boolean {
  return Atomics.load(shared, cells.isInCommit) === 1
}

function waitForCheckpoint(): void {
  const before = lastChange()
  while (lastChange() === before) Atomics.wait(never, 0, 0, 0.05)
}

function lastChange(): bigint {
  return statSync(file, { bigint: true }).mtimeNs
}

function spin(micros: number): void {
  const until = performance.now() + micros / 1_000
  while (performance.now() < until);
}
