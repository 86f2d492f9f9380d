import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pino } from 'pino'
import { afterEach, expect, it } from 'vitest'
import type { DeviceId } from '../../core/index.ts'
import { describeWithProgram, findProgram } from '../../test/setup/programs.ts'
import { aMessage, aReading, openMeteringFixture } from '../testing/metering-fixture.ts'
import { createInfluxClient } from './influx-client.ts'
import { createInfluxForwarder } from './influx-forwarder.ts'
import { startLocalInfluxd } from './local-influxd.ts'

const cleanUp: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step()
})

function minuteReading(seq: number) {
  const at = new Date(Date.parse('2026-10-01T00:00:00Z') + seq * 60_000).toISOString()
  return aReading(seq, 1_000 + seq * 30, { at })
}

describeWithProgram(['influxd'], 'the InfluxDB forwarder', () => {
  it('loses and doubles nothing when influxd is killed while it writes', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'usance-influx-'))
    cleanUp.push(async () => rmSync(folder, { recursive: true }))
    const program = findProgram('influxd') ?? ''
    const first = await startLocalInfluxd(program, folder)
    const fixture = await openMeteringFixture(['drill-1', 'drill-2', 'drill-3'])
    cleanUp.push(() => fixture.close())
    const target = { url: first.url, database: 'usance' }
    const forwarder = createInfluxForwarder({
      feed: fixture.metering.feed,
      target,
      log: pino({ level: 'silent' }),
    })
    cleanUp.push(() => forwarder.close())

    const devices = ['drill-1', 'drill-2', 'drill-3']
    const send = async (fromSeq: number, toSeq: number) => {
      for (let seq = fromSeq; seq <= toSeq; seq += 20) {
        const seqs = Array.from({ length: 20 }, (_, index) => seq + index)
        await fixture.metering.ingest(devices.map((device) => aMessage(device, seqs.map(minuteReading))))
      }
    }
    await send(1, 1_200)
    await expect.poll(() => forwarder.stats().linesWritten).toBeGreaterThan(0)
    const sending = send(1_201, 2_400)
    await first.stop('SIGKILL')
    await sending
    await expect.poll(() => forwarder.stats().isReachable, { timeout: 60_000 }).toBe(false)
    const second = await startLocalInfluxd(program, folder, Number(new URL(first.url).port))
    cleanUp.push(() => second.stop())
    await forwarder.catchUp()

    const client = createInfluxClient(target)
    const counted = await client.query('SELECT count(r) FROM register GROUP BY device')
    expect(counted.map(({ tags, values }) => [tags?.['device'], values[0]?.[1]])).toEqual([
      ['drill-1', 2_400],
      ['drill-2', 2_400],
      ['drill-3', 2_400],
    ])
    // Minute 1 to minute 2,400 at 30 s a minute; the last full hour ends with minute 2,400.
    const summed = await client.query(
      `SELECT sum(q), count(q) FROM usage WHERE register = 'run_s' GROUP BY device`,
    )
    expect(summed.map(({ tags, values }) => [tags?.['device'], values[0]?.[1], values[0]?.[2]])).toEqual([
      ['drill-1', 71_970, 40],
      ['drill-2', 71_970, 40],
      ['drill-3', 71_970, 40],
    ])
    const [settled] = await fixture.metering.readUsage([
      {
        deviceId: 'drill-1' as DeviceId,
        register: 'run_s',
        from: Date.parse('2026-10-01T00:00:00Z'),
        to: Date.parse('2026-10-02T16:00:00Z'),
      },
    ])
    expect(settled?.quantity).toBe(71_970n)
    expect(forwarder.stats().linesRefused).toBe(0)
  })
})
