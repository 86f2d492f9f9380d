/**
 * A backup is taken from under the running server while drills publish as fast as it acknowledges, and is restored into a
 * fresh folder. What counts is recomputed here from the raw readings of the restored log, by plain subtraction.
 */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { systemClock, type DeviceId } from '../../core/index.ts'
import { runSecondsAt, startReadingLoad } from './reading-load.ts'
import { openCore, runUsance, setUpWorld, startUsanceProcess, usanceMain } from './usance-process.ts'

type Manifest = {
  readonly counts: {
    readonly readings: number
    readonly outcomes: Readonly<Record<string, number>>
  }
}
type StoredRow = { readonly device: string; readonly seq: number; readonly raw: Uint8Array }

const DEVICES = 6
const KILLS = 6
const cleanUp: (() => unknown)[] = []

afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step()
})

function sumOf(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0)
}

function checkIntegrity(file: string): unknown {
  const database = new DatabaseSync(file, { readOnly: true })
  try {
    return database.prepare('PRAGMA integrity_check').get()?.['integrity_check']
  } finally {
    database.close()
  }
}

function readingsOf(data: string): Map<string, StoredRow[]> {
  const database = new DatabaseSync(path.join(data, 'metering.sqlite'), { readOnly: true })
  try {
    const rows = database
      .prepare(
        'SELECT d.id AS device, r.seq, r.raw FROM readings AS r JOIN devices AS d ON d.no = r.device_no ORDER BY r.seq',
      )
      .all() as StoredRow[]
    return Map.groupBy(rows, ({ device }) => device)
  } finally {
    database.close()
  }
}

function runSecondsIn({ raw }: StoredRow): number {
  return (JSON.parse(Buffer.from(raw).toString()) as { registers: { run_s: number } }).registers.run_s
}

describe('usance backup under full load', () => {
  it('takes every reading acknowledged before it began, while the server goes on acknowledging', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'usance-backup-load-'))
    cleanUp.push(() => rmSync(folder, { recursive: true }))
    const data = path.join(folder, 'data')
    const restored = path.join(folder, 'restored')
    const backup = path.join(folder, 'backup')
    const world = await setUpWorld(data)
    const devices = world.devices.slice(0, DEVICES)
    const { startAt } = world
    const server = await startUsanceProcess(data, { mqtt: 0, http: 0 })
    cleanUp.push(() => server.stop('SIGKILL'))
    const load = await startReadingLoad(server.mqttUrl, devices, startAt)
    await expect.poll(() => sumOf(load.acknowledged()), { timeout: 60_000 }).toBeGreaterThan(20_000)

    const before = load.acknowledged()
    const { code, stdout, stderr } = await runUsance(['backup', '--data', data, '--to', backup])
    const after = load.acknowledged()
    expect([code, stderr]).toEqual([0, expect.stringContaining('The backup is whole')])
    for (const [deviceId, count] of before) expect(after.get(deviceId)).toBeGreaterThan(count)
    await load.stop()
    expect(await server.stop('SIGTERM')).toBe(0)

    const restore = await runUsance(['restore', '--from', backup, '--data', restored])
    expect([restore.code, restore.stdout]).toEqual([0, stdout])
    for (const name of ['metering.sqlite', 'ledger.sqlite']) {
      expect(checkIntegrity(path.join(restored, name))).toBe('ok')
    }
    const { counts } = JSON.parse(stdout) as Manifest
    const byDevice = readingsOf(restored)
    const stored = [...byDevice.values()].flat().length
    expect(counts).toEqual({
      readings: stored,
      archivedReadings: 0,
      outcomes: { received: stored, accepted: stored, duplicate: 0, held: 0, rejected: 0, pending: 0 },
    })
    const core = openCore(restored)
    cleanUp.push(() => core.close())
    for (const { deviceId } of devices) {
      const rows = byDevice.get(deviceId) ?? []
      expect(rows.length).toBeGreaterThanOrEqual(before.get(deviceId) ?? Infinity)
      expect(rows.map(({ seq }) => seq)).toEqual(rows.map((_row, index) => index + 1))
      expect(rows.map(runSecondsIn)).toEqual(rows.map(({ seq }) => runSecondsAt(seq)))
      const [first, last] = [rows.at(0), rows.at(-1)]
      const recomputed = first && last && runSecondsIn(last) - runSecondsIn(first)
      const [usage] = await core.metering.readUsage([
        { deviceId: deviceId as DeviceId, register: 'run_s', from: startAt, to: systemClock.now() },
      ])
      expect(usage?.quantity).toBe(BigInt(recomputed ?? -1))
    }
  })

  it('leaves a whole backup or none, wherever it is killed', async () => {
    const seed = Math.floor(Math.random() * 1_000_000)
    process.stderr.write(`SEED=${seed} (where the kills fall)\n`)
    const folder = mkdtempSync(path.join(tmpdir(), 'usance-backup-kill-'))
    cleanUp.push(() => rmSync(folder, { recursive: true }))
    const data = path.join(folder, 'data')
    const backup = path.join(folder, 'backup')
    await setUpWorld(data)
    const filler = new DatabaseSync(path.join(data, 'metering.sqlite'))
    filler.exec(
      `WITH RECURSIVE counted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < 100000)
       INSERT INTO quarantine (device_id, topic, received_at, code, detail, raw)
       SELECT 'nobody', 'nowhere', n, 'payload_not_json', 'filler', randomblob(300) FROM counted`,
    )
    filler.close()

    for (let kill = 0; kill < KILLS; kill += 1) {
      const flags = ['backup', '--data', data, '--to', backup]
      const child = spawn(process.execPath, [usanceMain, ...flags], { stdio: 'ignore' })
      const ended = once(child, 'exit')
      await expect.poll(() => existsSync(`${backup}.incomplete`), { timeout: 30_000, interval: 1 }).toBe(true)
      await sleep(((seed * (kill + 1) * 7_919) % 997) / 3) // where the kill falls; nothing depends on it
      child.kill('SIGKILL')
      await ended
      const restored = path.join(folder, `restored-${kill}`)
      const outcome = await runUsance(['restore', '--from', backup, '--data', restored])
      const isWhole = existsSync(backup)
      expect([isWhole, outcome.code]).toEqual(isWhole ? [true, 0] : [false, 1])
      if (!isWhole) expect(outcome.stderr).toContain('backup_not_found')
      rmSync(backup, { recursive: true, force: true })
    }

    expect((await runUsance(['backup', '--data', data, '--to', backup])).code).toBe(0)
    expect(readdirSync(folder).filter((name) => name.startsWith('backup'))).toEqual(['backup'])
  })
})
