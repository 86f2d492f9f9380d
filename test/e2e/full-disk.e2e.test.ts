/**
 * A disk that is really full: a small file system in memory, filled while a device publishes. Needs root on Linux, as
 * CI has; elsewhere the test is skipped, and with CI=true that is a failure.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import mqtt from 'mqtt'
import { afterEach, describe, expect, it } from 'vitest'
import type { DeviceId } from '../../core/index.ts'
import { openCore, setUpWorld, startUsanceProcess } from './usance-process.ts'

const cleanUp: (() => unknown)[] = []

afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step()
})

const mayMount = process.getuid?.() === 0 && process.platform === 'linux'

describe.skipIf(!mayMount && process.env['CI'] !== 'true')('a full disk', () => {
  it('gives no PUBACK and turns ready false, then recovers without a restart and without duplicates', async () => {
    const data = mkdtempSync(path.join(tmpdir(), 'usance-full-'))
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=12m', 'tmpfs', data])
    cleanUp.push(() => {
      execFileSync('umount', ['--lazy', data])
      rmSync(data, { recursive: true })
    })
    const { devices } = await setUpWorld(data)
    const [device] = devices
    if (device === undefined) throw new Error('the world is empty')
    const server = await startUsanceProcess(data, { mqtt: 0, http: 0 })
    let isRunning = true
    cleanUp.push(() => isRunning && server.stop('SIGKILL'))
    const readiness = async () => (await fetch(`${server.httpUrl}/health/ready`)).status

    const client = await mqtt.connectAsync(server.mqttUrl, {
      clientId: device.deviceId,
      username: device.deviceId,
      password: device.secret,
      protocolVersion: 4,
      reconnectPeriod: 200,
    })
    cleanUp.push(() => client.endAsync(true))
    const startedAt = Date.now() - 86_400_000
    const published: Promise<number>[] = []
    let acknowledged = 0
    const publish = (seq: number) => {
      const registers = { run_s: seq, energy_wh: 0 }
      const reading = { v: 1, epoch: 1, seq, at: new Date(startedAt + seq * 1_000).toISOString(), registers }
      const delivery = client.publishAsync(`devices/${device.deviceId}/readings`, JSON.stringify(reading), {
        qos: 1,
      })
      published.push(delivery.then(() => (acknowledged += 1)))
    }

    for (let seq = 1; seq <= 500; seq += 1) publish(seq)
    await expect.poll(() => acknowledged, { timeout: 60_000 }).toBe(500)
    expect(await readiness()).toBe(200)

    const filler = path.join(data, 'filler')
    expect(() => writeFileSync(filler, Buffer.alloc(64 * 1024 * 1024))).toThrow(/ENOSPC/)
    for (let seq = 501; seq <= 3_000; seq += 1) publish(seq)
    await expect.poll(readiness, { timeout: 60_000 }).toBe(503)
    const acknowledgedWhileFull = acknowledged
    expect(acknowledgedWhileFull).toBeLessThan(3_000)
    await new Promise<void>((resolve) => client.once('close', () => resolve()))
    expect(acknowledged).toBe(acknowledgedWhileFull)

    rmSync(filler)
    await expect.poll(readiness, { timeout: 60_000 }).toBe(200)
    await Promise.all(published)
    expect(acknowledged).toBe(3_000)
    await client.endAsync()
    expect(await server.stop('SIGTERM')).toBe(0)
    isRunning = false

    const core = openCore(data)
    cleanUp.push(() => core.close())
    const [usage] = await core.metering.readUsage([
      { deviceId: device.deviceId as DeviceId, register: 'run_s', from: startedAt, to: Date.now() },
    ])
    expect(usage?.quantity).toBe(2_999n)
    const counts = await core.metering.readOutcomeCounts()
    expect(counts).toMatchObject({ accepted: 3_000, held: 0, rejected: 0 })
  })
})
