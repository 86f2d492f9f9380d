import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openSqlite } from './sqlite.ts'
import { checkpointWal, deferCheckpoints } from './wal-checkpoint.ts'

let folder: string
let writer: DatabaseSync
let other: DatabaseSync

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'usance-wal-'))
  const file = path.join(folder, 'some.sqlite')
  writer = openSqlite(file)
  deferCheckpoints(writer)
  writer.exec('CREATE TABLE chunks (content BLOB) STRICT')
  other = openSqlite(file)
})

afterEach(() => {
  other.close()
  writer.close()
  rmSync(folder, { recursive: true })
})

/** Each takes two pages; all are one commit. */
function writeChunks(count: number): void {
  writer.exec('BEGIN')
  const insert = writer.prepare('INSERT INTO chunks VALUES (zeroblob(4096))')
  for (let index = 0; index < count; index += 1) insert.run()
  writer.exec('COMMIT')
}

const dataVersion = () => writer.prepare('PRAGMA data_version').get()

describe('checkpointWal', () => {
  it('moves from another connection what the commits of the writer have left in the log', () => {
    writeChunks(600)
    const { pages, movedPages } = checkpointWal(other)
    expect(pages).toBeGreaterThan(600)
    expect(movedPages).toBe(pages)
  })

  it('lets the log begin anew once the writer itself has moved the rest', () => {
    writeChunks(600)
    checkpointWal(other)
    writeChunks(1)
    const { pages, movedPages } = checkpointWal(writer)
    expect(movedPages).toBe(pages)
    writeChunks(1)
    expect(checkpointWal(other).pages).toBeLessThan(10)
  })

  it('looks to the writer like no write of another process', () => {
    writeChunks(600)
    const before = dataVersion()
    checkpointWal(other)
    writeChunks(1)
    expect(dataVersion()).toEqual(before)
  })

  it('moves nothing that a reader still needs, and waits for nobody', () => {
    writeChunks(10)
    other.exec('BEGIN; SELECT count(*) FROM chunks')
    writeChunks(600)
    const { pages, movedPages } = checkpointWal(writer)
    expect(movedPages).toBeLessThan(pages / 2)
    other.exec('COMMIT')
  })
})
