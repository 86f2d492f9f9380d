/** What may go on beside the fleet: each runs once, or over and over until a time is reached, and says what it did. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { startChild } from '../child-calls.ts'
import { benchErrors } from '../errors.ts'
import type { UsanceTarget } from '../ingest/ingest-targets.ts'
import type { UsageMonth, UsageReads } from '../ingest/usage-reader.ts'
import { summarise, type NumberSummary } from '../number-summary.ts'
import type { BacklogCall, BacklogUploaderMethods } from './backlog-uploader.ts'

export type BacklogUpload = {
  /** From the first byte to the last acknowledgement. */
  readonly uploadMs: number
  /** From then until the last of its readings was judged. */
  readonly judgedAfterMs: number
}

export type Backups = { readonly backups: number; readonly backupMs: NumberSummary }

const UPLOAD_TIMEOUT_MS = 300_000
const JUDGING_TIMEOUT_MS = 300_000
const POLL_MS = 20

/** Connects and encodes; the disturbance begins with `upload`. */
export async function prepareBacklog(call: BacklogCall, signal: AbortSignal) {
  const uploader = startChild<BacklogUploaderMethods>(new URL('./backlog-uploader.ts', import.meta.url), {
    signal,
  })
  try {
    await uploader.call('connect', call)
  } catch (error) {
    await uploader.close()
    throw error
  }
  return {
    async upload(usance: UsanceTarget): Promise<BacklogUpload> {
      const uploadMs = await uploader.call('upload', undefined, UPLOAD_TIMEOUT_MS)
      const startedAt = performance.now()
      while ((await usance.outcomes()).pending > 0) {
        if (performance.now() - startedAt > JUDGING_TIMEOUT_MS) {
          throw benchErrors.bench_failed('The backlog was not judged in five minutes.')
        }
        await sleep(POLL_MS)
      }
      return { uploadMs: Math.round(uploadMs), judgedAfterMs: Math.round(performance.now() - startedAt) }
    },
    close: () => uploader.close(),
  }
}

/** One backup after the other into new folders, the last one begun before the time is over. */
export async function backUpFor(
  durationMs: number,
  dataFolder: string,
  targetFolder: (number: number) => string,
  signal: AbortSignal,
): Promise<Backups> {
  const backupMs: number[] = []
  const endAt = performance.now() + durationMs
  do {
    const startedAt = performance.now()
    await backUp(dataFolder, targetFolder(backupMs.length), signal)
    backupMs.push(performance.now() - startedAt)
  } while (performance.now() < endAt)
  return { backups: backupMs.length, backupMs: summarise(backupMs) }
}

async function backUp(dataFolder: string, to: string, signal: AbortSignal): Promise<void> {
  const program = fileURLToPath(new URL('../../app/bin/usance.mjs', import.meta.url))
  const child = spawn(process.execPath, [program, 'backup', '--data', dataFolder, '--to', to], {
    stdio: 'ignore',
    signal,
  })
  const [code] = (await once(child, 'exit')) as [number | null]
  if (code !== 0)
    throw benchErrors.bench_failed(`"usance backup" to ${path.basename(to)} ended with ${code}.`)
}

export async function readUsageFor(
  durationMs: number,
  usance: UsanceTarget,
  month: UsageMonth,
): Promise<UsageReads> {
  await usance.startReadingUsage(month)
  await sleep(durationMs)
  return usance.stopReadingUsage()
}
