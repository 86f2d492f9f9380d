/** What a device is told, and what an operator finds, when a real client sends a running server what cannot count. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import mqtt from 'mqtt'
import { afterEach, describe, expect, it } from 'vitest'
import { setUpWorld, startUsanceProcess } from './usance-process.ts'

const cleanUp: (() => unknown)[] = []

afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step()
})

async function startWorld() {
  const data = mkdtempSync(path.join(tmpdir(), 'usance-bad-input-'))
  cleanUp.push(() => rmSync(data, { recursive: true }))
  const state = await setUpWorld(data)
  const server = await startUsanceProcess(data, { mqtt: 0, http: 0 })
  cleanUp.push(() => server.stop('SIGTERM'))
  const get = async (address: string) => {
    const answer = await fetch(`${server.httpUrl}${address}`, {
      headers: { authorization: `Bearer ${state.apiKey}` },
    })
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
  }
  return { ...state, server, get }
}

describe('a device that sends what cannot count', () => {
  it('is acknowledged, told why, and finds its good readings counted', async () => {
    const { devices, server, get } = await startWorld()
    const [device, other] = devices
    if (device === undefined || other === undefined) throw new Error('the world is empty')
    const client = await mqtt.connectAsync(server.mqttUrl, {
      clientId: device.deviceId,
      username: device.deviceId,
      password: device.secret,
      protocolVersion: 4,
    })
    cleanUp.push(() => client.endAsync(true))
    const told: string[] = []
    client.on('message', (_topic, payload) => {
      told.push((JSON.parse(payload.toString()) as { code: string }).code)
    })
    await client.subscribeAsync(`devices/${device.deviceId}/problems`, { qos: 1 })

    const at = new Date(Date.now() - 3_600_000).toISOString()
    const reading = (seq: number, runS: unknown) => ({ v: 1, epoch: 1, seq, at, registers: { run_s: runS } })
    const own = `devices/${device.deviceId}/readings`
    for (const [topic, document] of [
      [own, reading(1, 36_000)],
      [own, reading(2, 36_000.5)],
      [own, { ...reading(3, 36_000), registers: { oil_ml: 1 } }],
      [own, [reading(4, 36_000), reading(5, -1), reading(6, 36_010)]],
      [own, reading(7, 10)],
      [`devices/${other.deviceId}/readings`, reading(8, 36_000)],
    ] as const) {
      await client.publishAsync(topic, JSON.stringify(document), { qos: 1 })
    }
    const expected = [
      'register_not_whole',
      'register_unknown',
      'register_negative',
      'register_fell',
      'topic_not_own',
    ]
    await expect.poll(() => told).toEqual(expected)

    const { body: quarantine } = await get('/v1/quarantine')
    const items = quarantine['items'] as { code: string; deviceId: string }[]
    expect(items.map(({ code }) => code).sort()).toEqual(
      expected.filter((code) => code !== 'register_fell').sort(),
    )
    expect(items.every(({ deviceId }) => deviceId === device.deviceId)).toBe(true)
    const { body: holds } = await get(`/v1/devices/${device.deviceId}/holds`)
    expect(holds['items']).toMatchObject([{ code: 'register_fell', register: 'run_s', seq: 7 }])
    const { body: status } = await get(`/v1/devices/${device.deviceId}`)
    expect(status).toMatchObject({
      registers: { run_s: { value: '36010' } },
      openHolds: 1,
      presence: { state: 'online', reason: 'connected' },
    })
    const { body: untouched } = await get(`/v1/devices/${other.deviceId}`)
    expect(untouched).toMatchObject({ lastReading: null, presence: null })
    await client.endAsync()
    await expect
      .poll(async () => (await get(`/v1/devices/${device.deviceId}`)).body['presence'])
      .toMatchObject({ state: 'offline', reason: 'disconnected' })
  })
})
