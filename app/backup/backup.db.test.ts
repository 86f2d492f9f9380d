import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { archiveOldReadings } from '../../metering/index.ts'
import { databaseFile, migrateDatabases } from '../databases.ts'
import { writeManifest, type BackupManifest } from './backup-manifest.ts'
import { claimFolder } from './claimed-folder.ts'
import { findLastBackupAt, recordBackup } from './last-backup.ts'
import { restoreBackup } from './restore-backup.ts'
import { writeBackup } from './write-backup.ts'

const clock = { now: () => Date.parse('2026-11-26T12:00:00.000Z') }
const say = () => undefined
let folder = ''
let data = ''
let to = ''
let fresh = ''

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'usance-backup-'))
  data = path.join(folder, 'data')
  to = path.join(folder, 'backups', 'monday')
  fresh = path.join(folder, 'fresh')
  migrateDatabases(data)
  const metering = new DatabaseSync(databaseFile(data, 'metering'))
  metering.exec(
    `INSERT INTO readings (device_no, epoch, seq, received_at, raw) VALUES (1, 1, 1, 0, x'01'), (1, 1, 2, 0, x'02')`,
  )
  metering.exec(`UPDATE outcome_counts SET readings = 3 WHERE outcome = 'received'`)
  metering.exec(`UPDATE outcome_counts SET readings = 2 WHERE outcome = 'accepted'`)
  metering.exec(`UPDATE outcome_counts SET readings = 1 WHERE outcome = 'duplicate'`)
  metering.close()
})

afterEach(() => rmSync(folder, { recursive: true }))

const backUp = () => writeBackup({ data, to, clock, say })
const restore = (overrides: { from?: string; data?: string; isReplacing?: boolean } = {}) =>
  restoreBackup({ from: to, data: fresh, isReplacing: false, clock, say, ...overrides })

function readingsIn(dataFolder: string): unknown[] {
  const database = new DatabaseSync(databaseFile(dataFolder, 'metering'))
  try {
    return database
      .prepare('SELECT seq, hex(raw) AS raw FROM readings ORDER BY id')
      .all()
      .map(({ seq, raw }) => [seq, raw])
  } finally {
    database.close()
  }
}

function sha256Of(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex')
}

describe('writeBackup', () => {
  it('makes a folder of exactly two databases, the manifest and its checksum, each file as the manifest says', async () => {
    const manifest = await backUp()
    const names = ['ledger.sqlite', 'manifest.json', 'manifest.json.sha256', 'metering.sqlite']
    expect(readdirSync(to).sort()).toEqual(names)
    expect(JSON.parse(readFileSync(path.join(to, 'manifest.json'), 'utf8'))).toEqual(manifest)
    expect(manifest).toMatchObject({
      format: 1,
      createdAt: '2026-11-26T12:00:00.000Z',
      counts: {
        readings: 2,
        outcomes: { received: 3, accepted: 2, duplicate: 1, held: 0, rejected: 0 },
      },
    })
    expect(manifest.files.map(({ name, sha256 }) => [name, sha256])).toEqual(
      ['ledger.sqlite', 'metering.sqlite'].map((name) => [name, sha256Of(path.join(to, name))]),
    )
    expect(readdirSync(path.dirname(to))).toEqual(['monday'])
  })

  it('takes what a running writer has committed but not moved out of its write-ahead log', async () => {
    const writer = new DatabaseSync(databaseFile(data, 'metering'))
    writer.exec(
      `PRAGMA journal_mode = WAL; INSERT INTO readings (device_no, epoch, seq, received_at, raw) VALUES (1, 1, 3, 0, x'03')`,
    )
    writer.exec(
      `BEGIN; INSERT INTO readings (device_no, epoch, seq, received_at, raw) VALUES (1, 1, 4, 0, x'04')`,
    )
    const { counts } = await backUp()
    writer.exec('ROLLBACK')
    writer.close()
    expect(counts.readings).toBe(3)
  })

  it('refuses a folder that exists, and leaves it as it was', async () => {
    mkdirSync(to, { recursive: true })
    await expect(backUp()).rejects.toMatchObject({ code: 'backup_exists' })
    expect(readdirSync(to)).toEqual([])
  })

  it('refuses a data folder without databases instead of making empty ones', async () => {
    await expect(writeBackup({ data: fresh, to, clock, say })).rejects.toMatchObject({
      code: 'data_not_found',
    })
    expect([existsSync(fresh), existsSync(to)]).toEqual([false, false])
  })

  it.each([
    ['its header', 0, 100],
    ['its schema', 100, 4_096],
    ['a page inside', 5 * 4_096, 6 * 4_096],
  ])(
    'refuses to finish on a database damaged in %s and leaves nothing that looks like a backup',
    async (_place, start, end) => {
      const file = databaseFile(data, 'metering')
      const bytes = readFileSync(file)
      bytes.fill(0xff, start, end)
      writeFileSync(file, bytes)
      await expect(backUp()).rejects.toMatchObject({ code: 'database_damaged' })
      expect(readdirSync(path.dirname(to))).toEqual([])
    },
  )

  it('says in one sentence that the place cannot be written', async () => {
    const place = path.join(folder, 'a-file')
    writeFileSync(place, '')
    await expect(writeBackup({ data, to: path.join(place, 'monday'), clock, say })).rejects.toMatchObject({
      code: 'backup_failed',
    })
  })

  it('clears away what a killed backup left, and not what a running one builds', async () => {
    mkdirSync(`${to}.incomplete`, { recursive: true })
    writeFileSync(path.join(`${to}.incomplete`, 'ledger.sqlite'), 'half a fi')
    writeFileSync(`${to}.incomplete.lock`, '')
    const running = claimFolder(path.join(folder, 'backups', 'tuesday'))
    await expect(
      writeBackup({ data, to: path.join(folder, 'backups', 'tuesday'), clock, say }),
    ).rejects.toMatchObject({ code: 'folder_being_built' })
    running.abandon()
    await backUp()
    expect(readdirSync(path.dirname(to))).toEqual(['monday'])
    await restore()
    expect(readingsIn(fresh)).toEqual([
      [1, '01'],
      [2, '02'],
    ])
  })
})

describe('restoreBackup', () => {
  it('makes a data folder with what was backed up, and nothing of what came later', async () => {
    await backUp()
    const later = new DatabaseSync(databaseFile(data, 'metering'))
    later.exec('DELETE FROM readings')
    later.close()
    const { movedAside } = await restore()
    expect(movedAside).toBe(undefined)
    expect(readdirSync(fresh).sort()).toEqual(['ledger.sqlite', 'metering.sqlite'])
    expect(readingsIn(fresh)).toEqual([
      [1, '01'],
      [2, '02'],
    ])
    expect(migrateDatabases(fresh)).toEqual([])
  })

  it.each(['ledger.sqlite', 'metering.sqlite', 'manifest.json', 'manifest.json.sha256'])(
    'refuses one wrong byte anywhere in %s, and puts nothing in place',
    async (name) => {
      await backUp()
      const file = path.join(to, name)
      const sound = readFileSync(file)
      for (const place of [0, sound.length >> 1, sound.length - 1]) {
        const damaged = Buffer.from(sound)
        damaged.writeUInt8(damaged.readUInt8(place) ^ 0x01, place)
        writeFileSync(file, damaged)
        await expect(restore()).rejects.toMatchObject({ code: 'backup_damaged' })
      }
      writeFileSync(file, sound.subarray(0, -1))
      await expect(restore()).rejects.toMatchObject({ code: 'backup_damaged' })
      expect(readdirSync(folder).sort()).toEqual(['backups', 'data'])
      writeFileSync(file, sound)
      await restore()
      expect(readingsIn(fresh)).toHaveLength(2)
    },
  )

  it.each(['ledger.sqlite', 'metering.sqlite', 'manifest.json.sha256'])(
    'refuses a backup without its %s',
    async (name) => {
      await backUp()
      rmSync(path.join(to, name))
      await expect(restore()).rejects.toMatchObject({ code: 'backup_damaged' })
    },
  )

  it('refuses a manifest that names no databases, or a file outside its folder', async () => {
    const manifest = await backUp()
    await writeManifest(to, { ...manifest, files: [] })
    await expect(restore()).rejects.toMatchObject({ code: 'backup_damaged' })
    const [ledger] = manifest.files
    const outside = { ...ledger, name: '../data/ledger.sqlite' } as BackupManifest['files'][number]
    await writeManifest(to, { ...manifest, files: [outside] })
    await expect(restore()).rejects.toMatchObject({ code: 'backup_damaged' })
  })

  it('refuses what a killed backup left', async () => {
    await backUp()
    cpSync(to, `${to}.incomplete`, { recursive: true })
    rmSync(path.join(`${to}.incomplete`, 'manifest.json'))
    await expect(restore({ from: `${to}.incomplete` })).rejects.toMatchObject({ code: 'backup_not_found' })
  })

  it('refuses the format and the schema of a newer program', async () => {
    const manifest = await backUp()
    await writeManifest(to, { ...manifest, format: 2 } as unknown as BackupManifest)
    await expect(restore()).rejects.toMatchObject({ code: 'backup_format_unknown' })

    const ledger = new DatabaseSync(path.join(to, 'ledger.sqlite'))
    ledger.exec(`INSERT INTO migrations VALUES ('29990101T0000_later.sql', 'ab')`)
    ledger.close()
    const files = manifest.files.map((file) => ({ ...file, sha256: sha256Of(path.join(to, file.name)) }))
    await writeManifest(to, { ...manifest, files })
    await expect(restore()).rejects.toMatchObject({ code: 'schema_unknown' })
    expect(readdirSync(folder).sort()).toEqual(['backups', 'data'])
  })

  it('refuses a data folder that is not empty, and with the flag moves it aside whole', async () => {
    await backUp()
    writeFileSync(path.join(data, 'note'), 'mine')
    await expect(restore({ data })).rejects.toMatchObject({ code: 'restore_target_not_empty' })
    const { movedAside = '' } = await restore({ data, isReplacing: true })
    expect(movedAside).toBe(`${data}.before-restore-2026-11-26T120000000Z`)
    expect(readdirSync(movedAside).sort()).toEqual(['ledger.sqlite', 'metering.sqlite', 'note'])
    expect(readdirSync(data).sort()).toEqual(['ledger.sqlite', 'metering.sqlite'])
  })

  it('refuses to move a data folder that a program has open, and leaves it usable', async () => {
    await backUp()
    const server = new DatabaseSync(databaseFile(data, 'metering'))
    server.exec('PRAGMA journal_mode = WAL; SELECT count(*) FROM readings')
    await expect(restore({ data, isReplacing: true })).rejects.toMatchObject({
      code: 'restore_target_in_use',
    })
    server.exec('DELETE FROM readings')
    server.close()
    expect(readdirSync(folder).sort()).toEqual(['backups', 'data'])
    expect(readingsIn(data)).toEqual([])
  })

  it('restores over a data folder that is too damaged to be opened', async () => {
    await backUp()
    writeFileSync(databaseFile(data, 'metering'), 'no database at all')
    const { movedAside = '' } = await restore({ data, isReplacing: true })
    expect(readFileSync(databaseFile(movedAside, 'metering'), 'utf8')).toBe('no database at all')
    expect(readingsIn(data)).toHaveLength(2)
  })

  it('takes an empty folder as a place to restore into', async () => {
    await backUp()
    mkdirSync(fresh)
    await restore()
    expect(readingsIn(fresh)).toHaveLength(2)
  })
})

describe('a backup of a store with archives', () => {
  const name = 'archives/readings-000001.archive'

  beforeEach(() => {
    const metering = new DatabaseSync(databaseFile(data, 'metering'))
    metering.exec(
      `INSERT INTO readings (device_no, epoch, seq, received_at, raw) VALUES (1, 1, 3, 0, x'03');
       INSERT INTO reading_blocks VALUES (1, 1, 0, 2);
       INSERT INTO cursors VALUES ('checkpoint', 3) ON CONFLICT (name) DO UPDATE SET position = 3;
       UPDATE readings SET previous_id = 1 WHERE id = 2`,
    )
    metering.close()
    archiveOldReadings({ file: databaseFile(data, 'metering'), before: 1, clock, say })
  })

  it('holds the archive files, and a restore puts them in place', async () => {
    const { files, counts } = await backUp()
    expect(files.map((file) => file.name)).toEqual(['ledger.sqlite', 'metering.sqlite', name])
    expect(counts).toMatchObject({ readings: 1, archivedReadings: 2 })
    await restore()
    expect(readFileSync(path.join(fresh, name))).toEqual(readFileSync(path.join(data, name)))
    expect(readingsIn(fresh)).toEqual([[3, '03']])
  })

  it('refuses one wrong byte in an archive file', async () => {
    await backUp()
    const bytes = readFileSync(path.join(to, name))
    bytes.writeUInt8(bytes.readUInt8(50) ^ 1, 50)
    writeFileSync(path.join(to, name), bytes)
    await expect(restore()).rejects.toMatchObject({ code: 'backup_damaged' })
    expect(existsSync(fresh)).toBe(false)
  })

  it('is not made while an archive is damaged or missing', async () => {
    const bytes = readFileSync(path.join(data, name))
    bytes.writeUInt8(bytes.readUInt8(50) ^ 1, 50)
    writeFileSync(path.join(data, name), bytes)
    await expect(backUp()).rejects.toMatchObject({ code: 'archive_damaged' })
    rmSync(path.join(data, name))
    await expect(backUp()).rejects.toMatchObject({ code: 'archive_missing' })
    expect(existsSync(to)).toBe(false)
  })
})

describe('the note of the last backup', () => {
  it('is found again, and is nothing before the first one or when it cannot be read', async () => {
    expect(await findLastBackupAt(data)).toBe(undefined)
    await recordBackup(data, { createdAt: '2026-11-26T12:00:00.000Z', folder: to }, say)
    expect(await findLastBackupAt(data)).toBe(clock.now())
    writeFileSync(path.join(data, 'last-backup.json'), '{')
    expect(await findLastBackupAt(data)).toBe(undefined)
  })

  it('does not make a backup fail where it cannot be left', async () => {
    const said: string[] = []
    const sayIt = (sentence: string) => said.push(sentence)
    await recordBackup(fresh, { createdAt: '2026-11-26T12:00:00.000Z', folder: to }, sayIt)
    expect(said).toHaveLength(1)
  })
})
