/** A period closes at once when its usage is complete, and otherwise when the grace has passed. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { deviceTopics, getInstant, systemActor, type DeviceId } from '../../core/index.ts'
import { openBillingFixture, type BillingFixture } from '../testing/billing-fixture.ts'

let fixture: BillingFixture
let drill: DeviceId

beforeEach(async () => {
  fixture = await openBillingFixture()
  drill = await fixture.addDevice('drill-1')
  await fixture.assign(await fixture.addContract(), drill)
})

afterEach(async () => {
  await fixture.close()
})

async function send(seq: number, at: string, runS: number): Promise<void> {
  const payload = Buffer.from(
    JSON.stringify({ v: 1, epoch: 1, seq, at, clock: 'synced', registers: { run_s: runS } }),
  )
  const topic = deviceTopics.readings(drill)
  await fixture.metering.ingest([{ deviceId: drill, topic, payload, receivedAt: getInstant(at) + 1_000 }])
}

async function run(now: string): Promise<string> {
  fixture.setNow(now)
  const { issued, waiting } = await fixture.billing.runBilling({})
  return issued.length > 0 ? 'issued' : `${waiting[0]?.code}: ${waiting[0]?.detail}`
}

describe('a period that has ended', () => {
  it('closes an hour later when its device has reported past the end', async () => {
    await send(1, '2026-10-01T00:00:00Z', 2_000)
    await send(2, '2026-10-31T23:30:00Z', 3_000)
    expect(await run('2026-11-01T00:00:00Z')).toBe('issued')
  })

  it('waits for a hole in the sequence until it is filled', async () => {
    await send(1, '2026-10-01T00:00:00Z', 2_000)
    await send(4, '2026-10-31T23:30:00Z', 3_000)
    expect(await run('2026-11-01T00:00:00Z')).toBe(
      'usage_not_reported: Wait for the 2 readings of device drill-1 that are missing in its sequence, or until 2026-11-03T23:00:00.000Z: then the invoice is issued with what is known.',
    )
    await send(2, '2026-10-10T00:00:00Z', 2_500)
    await send(3, '2026-10-20T00:00:00Z', 2_600)
    expect(await run('2026-11-01T01:00:00Z')).toBe('issued')
  })

  it('waits for a hole no longer than the grace', async () => {
    await send(1, '2026-10-01T00:00:00Z', 2_000)
    await send(3, '2026-10-31T23:30:00Z', 3_000)
    expect(await run('2026-11-03T22:59:59Z')).toMatch(/^usage_not_reported: Wait for the 1 readings/)
    expect(await run('2026-11-03T23:00:00Z')).toBe('issued')
  })

  it('waits for somebody to decide about what is held, no longer than the grace', async () => {
    await send(1, '2026-10-01T00:00:00Z', 2_000)
    await send(2, '2026-10-02T00:00:00Z', 2_000_000_000)
    await send(3, '2026-10-31T23:30:00Z', 3_000)
    expect(await run('2026-11-01T00:00:00Z')).toMatch(
      /^usage_held: Decide about what is held of device drill-1/,
    )
    await fixture.metering.by(systemActor('test')).decide({
      manufacturerId: fixture.acme,
      deviceId: drill,
      decision: { kind: 'reject', epoch: 1, seq: 2 },
      reason: 'a glitch',
    })
    await fixture.metering.settle()
    expect(await run('2026-11-01T01:00:00Z')).toBe('issued')
  })
})
