/**
 * SIGKILL while a month's backlog flows in from twelve drills: what was acknowledged must be there, what was not is sent
 * again, and simulator, stored usage and invoice must agree to the unit.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { findFreePort } from '../../metering/index.ts'
import { afterEach, describe, expect, it } from 'vitest'
import type { DemoState, UsanceCore } from '../../app/index.ts'
import { periodAtIndex, systemActor, systemClock, type DeviceId } from '../../core/index.ts'
import { createFleet, profiles } from '../../devices-sim/index.ts'
import { openCore, setUpWorld, startUsanceProcess } from './usance-process.ts'

const KILLS = 3
const cleanUp: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step()
})

async function usageOf(core: UsanceCore, deviceId: string, register: string, from: number, to: number) {
  const [usage] = await core.metering.readUsage([{ deviceId: deviceId as DeviceId, register, from, to }])
  return usage?.quantity
}

function monthOf(state: DemoState, deviceId: string) {
  const customer = state.customers.find(({ deviceIds }) => deviceIds.includes(deviceId))
  if (customer === undefined) throw new Error(`${deviceId} belongs to nobody`)
  return { customer, ...periodAtIndex({ ...customer, cadence: { unit: 'month', count: 1 } }, 0) }
}

describe('SIGKILL in the middle of the backlog', () => {
  it('I1 An acknowledged reading is durable: kill -9 at any moment loses none; neither does a failed commit that is retried', async () => {
    const seed = Math.floor(Math.random() * 1_000_000)
    process.stderr.write(`SEED=${seed} (where the kills fall)\n`)
    const data = mkdtempSync(path.join(tmpdir(), 'usance-kill-'))
    cleanUp.push(async () => rmSync(data, { recursive: true }))
    const state = await setUpWorld(data)
    const ports = { mqtt: await findFreePort(), http: await findFreePort() }
    let server = await startUsanceProcess(data, ports)
    cleanUp.push(() => server.stop('SIGKILL'))

    // Between 10 % and 90 % of the backlog, in order.
    const killAt = Array.from(
      { length: KILLS },
      (_, index) => 0.1 + 0.8 * ((index + ((seed * 7_919) % 997) / 997) / KILLS),
    )
    let acknowledgedShare = 0
    const fleet = createFleet({
      devices: state.devices,
      profile: profiles.drill,
      seed: state.seed,
      startAt: state.startAt,
      url: server.mqttUrl,
      now: systemClock,
      speed: 1,
      backOff: { baseMs: 50, capMs: 500 },
      onProgress({ acknowledged, total = 1 }) {
        acknowledgedShare = acknowledged / total
      },
    })
    cleanUp.push(() => fleet.stop({ signal: AbortSignal.timeout(1_000) }))

    const caughtUp = fleet.catchUp(systemClock.now())
    for (const share of killAt) {
      await expect
        .poll(() => acknowledgedShare, { timeout: 60_000, interval: 5 })
        .toBeGreaterThanOrEqual(share)
      await server.stop('SIGKILL')
      const { acknowledged } = fleet.progress()
      const core = openCore(data)
      const { accepted, pending } = await core.metering.readOutcomeCounts()
      await core.close()
      expect(accepted + pending).toBeGreaterThanOrEqual(acknowledged)
      server = await startUsanceProcess(data, ports)
    }
    await caughtUp
    await fleet.stop()
    expect(await server.stop('SIGTERM')).toBe(0)

    const core = openCore(data)
    cleanUp.push(() => core.close())
    const { generated } = fleet.progress()
    await core.metering.settle()
    const counts = await core.metering.readOutcomeCounts()
    expect(counts).toMatchObject({ accepted: generated, held: 0, rejected: 0 })
    expect(counts.received).toBe(counts.accepted + counts.duplicate)

    const report = await core.billing.by(systemActor('test')).runBilling({})
    expect(report.waiting).toEqual([])
    // The server's own run may have issued some already.
    const { items: invoices } = await core.billing.listInvoices(state.manufacturerId, { limit: 10 })
    expect(invoices).toHaveLength(3)
    for (const { deviceId } of state.devices) {
      const { customer, from, to } = monthOf(state, deviceId)
      const truth = fleet.groundTruth(from, to).find((each) => each.deviceId === deviceId)
      for (const { register, advance } of truth?.registers ?? []) {
        expect(await usageOf(core, deviceId, register, from, to)).toBe(advance)
      }
      const invoice = invoices.find(({ contractId }) => contractId === customer.contractId)
      const billed = invoice?.lines
        .flatMap(({ explanation }) => explanation.usage)
        .filter((record) => record.deviceId === deviceId)
        .reduce((sum, { quantity }) => sum + quantity, 0n)
      expect(billed).toBe(truth?.registers.find(({ register }) => register === 'run_s')?.advance)
    }
  })
})
