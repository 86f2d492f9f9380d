import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { WalState } from '../../db/sqlite-index.ts'
import { createWalKeeper } from './wal-keeper.ts'

const PAGE_BYTES = 4_096
const log = pino({ level: 'silent' })
let folder: string
let file: string

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'usance-wal-keeper-'))
  file = path.join(folder, 'metering.sqlite')
})

afterEach(() => rmSync(folder, { recursive: true }))

/** One pass over a log of so many bytes; returns what was called. */
async function passOver(walBytes: number, checkpoint: () => Promise<WalState>): Promise<string[]> {
  const calls: string[] = []
  writeFileSync(`${file}-wal`, '')
  truncateSync(`${file}-wal`, walBytes)
  const keeper = createWalKeeper({
    file,
    log,
    checkpoint() {
      calls.push('checkpoint')
      return checkpoint()
    },
    finish() {
      calls.push('finish')
      return Promise.resolve()
    },
  })
  keeper.afterCommit()
  keeper.afterCommit()
  await keeper.whenIdle()
  return calls
}

describe('the keeper of the write-ahead log', () => {
  it('leaves a short log alone', async () => {
    const moved = () => Promise.resolve({ pages: 999, movedPages: 999 })
    expect(await passOver(999 * PAGE_BYTES, moved)).toEqual([])
  })

  it('moves a long one and lets the writer finish, once for many commits', async () => {
    const moved = () => Promise.resolve({ pages: 5_000, movedPages: 4_800 })
    expect(await passOver(5_000 * PAGE_BYTES, moved)).toEqual(['checkpoint', 'finish'])
  })

  it('leaves the writer in peace while much is left, as when a backup still reads', async () => {
    const moved = () => Promise.resolve({ pages: 20_000, movedPages: 300 })
    expect(await passOver(20_000 * PAGE_BYTES, moved)).toEqual(['checkpoint'])
  })

  it('leaves the writer in peace when the log has begun anew already', async () => {
    const moved = () => Promise.resolve({ pages: 12, movedPages: 12 })
    expect(await passOver(5_000 * PAGE_BYTES, moved)).toEqual(['checkpoint'])
  })

  it('outlives a pass that fails', async () => {
    const failing = () => Promise.reject(new Error('disk full'))
    expect(await passOver(5_000 * PAGE_BYTES, failing)).toEqual(['checkpoint'])
  })
})
