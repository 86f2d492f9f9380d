import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { DAY_MS, getInstant, HOUR_MS, systemClock } from '../../core/index.ts'
import { profiles } from '../model/profiles.ts'
import { createSimulatedDevice } from '../model/simulated-device.ts'
import { type BareBroker, startBareBroker } from '../testing/bare-broker.ts'
import { createFleet, type Fleet, type FleetOptions } from './fleet.ts'
import { readStateFile } from './state-file.ts'

const startAt = getInstant('2026-10-05T00:00:00Z')
const until = startAt + 7 * DAY_MS
const devices = ['drill-a', 'drill-b', 'drill-c'].map((deviceId) => ({ deviceId, secret: `s-${deviceId}` }))

let folder: string
const brokers: BareBroker[] = []
const fleets: Fleet[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fleet-'))
})

afterEach(async () => {
  for (const fleet of fleets.splice(0)) await fleet.stop({ signal: AbortSignal.abort() })
  for (const broker of brokers.splice(0)) await broker.kill()
  await rm(folder, { recursive: true })
})

async function aBroker(options?: Parameters<typeof startBareBroker>[0]): Promise<BareBroker> {
  const broker = await startBareBroker(options)
  brokers.push(broker)
  return broker
}

function aFleet(options: Partial<FleetOptions> & { readonly url: string }): Fleet {
  const fleet = createFleet({
    devices,
    profile: profiles.drill,
    seed: 7,
    startAt,
    now: systemClock,
    speed: 1,
    backOff: { baseMs: 20, capMs: 200 },
    ...options,
  })
  fleets.push(fleet)
  return fleet
}

function allSeqs(deviceId: string, at = until): number[] {
  const device = createSimulatedDevice({ deviceId, profile: profiles.drill, seed: 7, startAt })
  return Array.from({ length: device.countUntil(at) }, (_, index) => index + 1)
}

function seqsInOrder(broker: BareBroker, deviceId: string): number[] {
  return broker.received.get(deviceId)?.map(({ seq }) => seq) ?? []
}

describe('a fleet that catches up', () => {
  it('sends each reading once, in order, and has all of them acknowledged', async () => {
    const broker = await aBroker({ secrets: new Map(devices.map((d) => [d.deviceId, d.secret])) })
    const totals = new Set<number | undefined>()
    const fleet = aFleet({ url: broker.url, onProgress: ({ total }) => totals.add(total) })
    await fleet.catchUp(until)
    for (const { deviceId } of devices) expect(seqsInOrder(broker, deviceId)).toEqual(allSeqs(deviceId))
    const sum = devices.reduce((count, { deviceId }) => count + allSeqs(deviceId).length, 0)
    expect(fleet.progress()).toEqual({ generated: sum, acknowledged: sum })
    expect([...totals]).toEqual([sum])
    const [first] = broker.received.get('drill-a') ?? []
    expect(first).toEqual(
      createSimulatedDevice({ deviceId: 'drill-a', profile: profiles.drill, seed: 7, startAt }).reading(0),
    )
  })

  it('gives a ground truth that is what the broker acknowledged, to the unit', async () => {
    const broker = await aBroker()
    const fleet = aFleet({ url: broker.url })
    await fleet.catchUp(until)
    for (const truth of fleet.groundTruth(startAt, until)) {
      const readings = broker.received.get(truth.deviceId) ?? []
      const first = readings[0]!.registers[0]!.value
      const last = readings.at(-1)!.registers[0]!.value
      expect(truth).toMatchObject({
        generated: readings.length,
        acknowledged: readings.length,
        lastSeq: readings.length,
        registers: [{ register: 'run_s', first, last, advance: last - first }, { register: 'energy_wh' }],
      })
      expect(last > first).toBe(true)
    }
  })

  it('loses nothing when the broker is killed half way and started again on the same port', async () => {
    const half = allSeqs('drill-a').length / 2
    let isHolding = true
    const broker = await aBroker({
      // The first life acknowledges a part and leaves the rest hanging.
      answer: (_deviceId, readings) => (isHolding && readings.at(-1)!.seq > half ? 'hold' : 'acknowledge'),
    })
    const stateFile = join(folder, 'state.json')
    const fleet = aFleet({ url: broker.url, stateFile })
    const caughtUp = fleet.catchUp(until)
    await vi.waitFor(() => expect(broker.received.get('drill-a')?.at(-1)?.seq).toBeGreaterThan(half), 10_000)
    await broker.kill()
    const acknowledgedByKill = new Map([...broker.acknowledged].map(([id, seqs]) => [id, new Set(seqs)]))
    for (const { deviceId, acknowledged, generated } of fleet.groundTruth(startAt, until)) {
      const unknownToBroker = allSeqs(deviceId).filter(
        (seq) => seq <= acknowledged && acknowledgedByKill.get(deviceId)?.has(seq) !== true,
      )
      expect(unknownToBroker).toEqual([])
      expect(acknowledged).toBeLessThan(generated)
    }

    isHolding = false
    await broker.start()
    await caughtUp
    for (const { deviceId } of devices) {
      expect([...(broker.acknowledged.get(deviceId) ?? [])].sort((a, b) => a - b)).toEqual(allSeqs(deviceId))
    }
    await fleet.stop()
    for (const [deviceId, { acknowledgedSeq }] of Object.entries(readStateFile(stateFile))) {
      expect(acknowledgedSeq).toBe(allSeqs(deviceId).length)
    }
  })

  it('sends unacknowledged readings again, in order and with the same content, after each refusal', async () => {
    let refusals = 0
    const broker = await aBroker({
      answer: (_deviceId, readings) => {
        if (refusals >= 6 || readings[0]!.seq === 1) return 'acknowledge'
        refusals += 1
        return 'disconnect'
      },
    })
    await aFleet({ url: broker.url, devices: devices.slice(0, 1) }).catchUp(until)
    const contentOf = new Map<number, string>()
    for (const reading of broker.received.get('drill-a') ?? []) {
      const content = JSON.stringify(reading, (_key, member: unknown) =>
        typeof member === 'bigint' ? member.toString() : member,
      )
      expect(contentOf.get(reading.seq) ?? content).toBe(content)
      contentOf.set(reading.seq, content)
    }
    expect([...contentOf.keys()]).toEqual(allSeqs('drill-a'))
    expect(refusals).toBe(6)
  })

  it('keeps trying with a wrong secret, says so, and acknowledges nothing', async () => {
    const broker = await aBroker({ secrets: new Map() })
    const reasons: unknown[] = []
    const log = {
      info: (fields: Readonly<Record<string, unknown>>) => reasons.push(fields['reason']),
      warn() {},
    }
    const fleet = aFleet({ url: broker.url, log })
    const caughtUp = fleet.catchUp(until)
    await vi.waitFor(() => expect(reasons.length).toBeGreaterThan(9), 10_000)
    expect(new Set(reasons)).toEqual(new Set(['Connection refused: Not authorized']))
    await fleet.stop({ signal: AbortSignal.abort() })
    await expect(caughtUp).rejects.toMatchObject({ code: 'simulation_stopped' })
    expect(fleet.progress().acknowledged).toBe(0)
    // The broker hears of the end of a connection a moment after the device has ended it.
    await vi.waitFor(() => expect(broker.connections()).toBe(0))
  })
})

describe('a fleet with a state file', () => {
  it('goes on after the last acknowledged reading, also when given another start', async () => {
    const broker = await aBroker()
    const stateFile = join(folder, 'state.json')
    const early = aFleet({ url: broker.url, stateFile })
    await early.catchUp(startAt + 2 * DAY_MS)
    await early.stop()
    const late = aFleet({ url: broker.url, stateFile, startAt: startAt + DAY_MS })
    expect(late.startAt).toBe(startAt)
    await late.catchUp(until)
    for (const { deviceId } of devices) expect(seqsInOrder(broker, deviceId)).toEqual(allSeqs(deviceId))
  })

  it('knows the start of each device before anything is sent', async () => {
    const broker = await aBroker({ answer: () => 'hold' })
    const stateFile = join(folder, 'state.json')
    aFleet({ url: broker.url, stateFile })
    expect(readStateFile(stateFile)['drill-b']).toEqual({
      profile: 'drill',
      seed: 7,
      timeZone: 'Europe/Berlin',
      startAt,
      acknowledgedSeq: 0,
    })
    expect(broker.received.size).toBe(0)
  })

  it('refuses to go on with another seed, and keeps devices of other simulations', async () => {
    const broker = await aBroker()
    const stateFile = join(folder, 'state.json')
    const other = {
      profile: 'washer',
      seed: 1,
      timeZone: 'UTC',
      startAt: '2026-10-01T00:00:00Z',
      acknowledgedSeq: 9,
    }
    await writeFile(stateFile, JSON.stringify({ v: 1, devices: { other } }))
    aFleet({ url: broker.url, stateFile })
    expect(() => aFleet({ url: broker.url, stateFile, seed: 8 })).toThrow(
      expect.objectContaining({ code: 'state_mismatch' }),
    )
    expect(Object.keys(readStateFile(stateFile))).toEqual(['other', 'drill-a', 'drill-b', 'drill-c'])
    expect(await readFile(stateFile, 'utf8')).toContain('"acknowledgedSeq": 9')
  })

  it.each(['', 'no json', '{"devices":{"a":{}}}', '{"devices":{"a":{"profile":"drill","seed":-1}}}'])(
    'refuses a state file that holds %j',
    async (text) => {
      const stateFile = join(folder, 'state.json')
      await writeFile(stateFile, text)
      expect(() => readStateFile(stateFile)).toThrow(expect.objectContaining({ code: 'state_invalid' }))
    },
  )
})

describe('a live fleet', () => {
  it('lets readings appear as simulated time passes, never ahead of the clock', async () => {
    const broker = await aBroker()
    // A working Monday at noon, ten simulated hours before the clock: caught up within 20 ms at this speed.
    const clock = {
      origin: systemClock.now(),
      now: () => getInstant('2026-10-05T12:00:00Z') + systemClock.now() - clock.origin,
    }
    const fleet = aFleet({ url: broker.url, now: clock, speed: 2_000_000 })
    expect(fleet.simulatedNow()).toBe(startAt)
    fleet.goLive()
    await vi.waitFor(() => expect(seqsInOrder(broker, 'drill-a').length).toBeGreaterThan(100), 10_000)
    expect(fleet.simulatedNow()).toBeLessThanOrEqual(clock.now())
    await fleet.stop()
    const last = broker.received.get('drill-a')?.at(-1)
    expect(last?.time).toMatchObject({ kind: 'device_time' })
    expect(last?.time.kind === 'device_time' && last.time.at <= clock.now()).toBe(true)
    expect(last?.seq).toBe(allSeqs('drill-a', getInstant('2026-10-05T12:00:00Z')).length)
  })

  it('stops at the given instant of simulated time', async () => {
    const broker = await aBroker()
    const fleet = aFleet({ url: broker.url, speed: 1_000_000 })
    fleet.goLive(startAt + 30 * HOUR_MS)
    await vi.waitFor(() => expect(fleet.simulatedNow()).toBe(startAt + 30 * HOUR_MS), 10_000)
    await fleet.stop()
    expect(seqsInOrder(broker, 'drill-a')).toEqual(allSeqs('drill-a', startAt + 30 * HOUR_MS))
  })

  it('stores while out of reach and has delivered everything when it stops', async () => {
    const broker = await aBroker()
    const fleet = aFleet({ url: broker.url, speed: 1_000_000, offlinePerMille: 999 })
    fleet.goLive(startAt + 30 * HOUR_MS)
    await vi.waitFor(() => {
      expect(fleet.simulatedNow()).toBe(startAt + 30 * HOUR_MS)
      expect(broker.connections()).toBe(0)
    }, 10_000)
    expect(fleet.progress().acknowledged).toBeLessThan(fleet.progress().generated)
    await fleet.stop()
    for (const { deviceId } of devices) {
      expect([...(broker.acknowledged.get(deviceId) ?? [])].sort((a, b) => a - b)).toEqual(
        allSeqs(deviceId, startAt + 30 * HOUR_MS),
      )
    }
  })

  it('reports the problems that the broker sends down', async () => {
    const broker = await aBroker()
    const warned: Readonly<Record<string, unknown>>[] = []
    const log = { info() {}, warn: (fields: Readonly<Record<string, unknown>>) => warned.push(fields) }
    const fleet = aFleet({ url: broker.url, log })
    await fleet.catchUp(startAt + HOUR_MS)
    await broker.reportProblem('drill-b', {
      code: 'register_unknown',
      detail: 'No such register.',
      seq: 3,
      x: {},
    })
    await vi.waitFor(() => expect(warned).toHaveLength(1), 10_000)
    expect(warned[0]).toEqual({
      deviceId: 'drill-b',
      code: 'register_unknown',
      detail: 'No such register.',
      seq: 3,
    })
  })
})
