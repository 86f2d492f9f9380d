import { mkdtempDisposableSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { isEnvironmentalSqliteError } from './errors.ts'
import { openSqlite } from './sqlite.ts'

const refusal = expect.objectContaining({ code: 'database_not_writable', kind: 'precondition' })

function temporaryFolder() {
  return mkdtempDisposableSync(path.join(tmpdir(), 'usance-db-'))
}

describe('openSqlite', () => {
  it('creates missing folders and opens in WAL with full synchronisation and foreign keys', () => {
    using folder = temporaryFolder()
    using database = openSqlite(path.join(folder.path, 'a', 'b', 'test.db'))
    expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' })
    expect(database.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: 2 })
    expect(database.prepare('PRAGMA foreign_keys').get()).toEqual({ foreign_keys: 1 })
    expect(database.prepare('PRAGMA recursive_triggers').get()).toEqual({ recursive_triggers: 1 })
    expect(database.prepare('PRAGMA busy_timeout').get()).toEqual({ timeout: 5_000 })
  })

  it('refuses a path below a regular file with a sentence that names the file', () => {
    using folder = temporaryFolder()
    const file = path.join(folder.path, 'plain')
    writeFileSync(file, 'no folder')
    expect(() => openSqlite(path.join(file, 'test.db'))).toThrow(refusal)
    expect(() => openSqlite(path.join(file, 'test.db'))).toThrow(
      /^Make the folder and the file test\.db readable/,
    )
  })

  it('refuses a folder in the place of the file', () => {
    using folder = temporaryFolder()
    expect(() => openSqlite(folder.path)).toThrow(refusal)
  })

  it('refuses a file that is no database', () => {
    using folder = temporaryFolder()
    const file = path.join(folder.path, 'test.db')
    writeFileSync(
      file,
      'this is not a database, and it is longer than a header of one hundred bytes '.repeat(4),
    )
    expect(() => openSqlite(file)).toThrow(refusal)
  })

  it('refuses a place where nobody may create files', () => {
    expect(() => openSqlite('/proc/usance/test.db')).toThrow(refusal)
  })

  it('reads but does not write through a read-only connection', () => {
    using folder = temporaryFolder()
    const file = path.join(folder.path, 'test.db')
    using writer = openSqlite(file)
    writer.exec('CREATE TABLE counts (n INTEGER) STRICT; INSERT INTO counts VALUES (7)')
    using reader = openSqlite(file, { readOnly: true })
    expect(reader.prepare('SELECT n FROM counts').get()).toEqual({ n: 7 })
    expect(() => reader.exec('INSERT INTO counts VALUES (8)')).toThrow('attempt to write a readonly database')
  })

  it('does not create a file for a read-only connection', () => {
    using folder = temporaryFolder()
    expect(() => openSqlite(path.join(folder.path, 'test.db'), { readOnly: true })).toThrow(refusal)
  })

  it('lets the file grow to the given number of pages and no further', () => {
    using folder = temporaryFolder()
    using database = openSqlite(path.join(folder.path, 'test.db'), { maxPages: 4 })
    database.exec('CREATE TABLE texts (text TEXT) STRICT')
    expect(() => database.prepare('INSERT INTO texts VALUES (?)').run('x'.repeat(40_000))).toThrow(
      'database or disk is full',
    )
  })
})

describe('isEnvironmentalSqliteError', () => {
  function failure(run: () => unknown): unknown {
    try {
      return run()
    } catch (error) {
      return error
    }
  }

  it('tells a full disk from a broken constraint', () => {
    using folder = temporaryFolder()
    using database = openSqlite(path.join(folder.path, 'test.db'), { maxPages: 4 })
    database.exec('CREATE TABLE texts (text TEXT UNIQUE) STRICT')
    const insert = database.prepare('INSERT INTO texts VALUES (?)')
    insert.run('twice')
    expect(isEnvironmentalSqliteError(failure(() => insert.run('x'.repeat(40_000))))).toBe(true)
    expect(isEnvironmentalSqliteError(failure(() => insert.run('twice')))).toBe(false)
    expect(isEnvironmentalSqliteError(failure(() => database.prepare('SELECT nonsense')))).toBe(false)
  })

  it.each([
    ['an extended code', Object.assign(new Error('disk I/O error'), { errcode: 10 | (4 << 8) }), true],
    ['an extended constraint code', Object.assign(new Error('unique'), { errcode: 2067 }), false],
    ['an error without a code', new Error('no code'), false],
    ['a code that is no number', Object.assign(new Error('text'), { errcode: '13' }), false],
    ['no error at all', { errcode: 13 }, false],
  ])('judges %s', (_what, error, expected) => {
    expect(isEnvironmentalSqliteError(error)).toBe(expected)
  })
})
