/** A machine that comes with a claim code gets its own secret, reports, and is cut off when it is revoked. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { connectAsync, type MqttClient } from 'mqtt'
import { afterEach, expect, it } from 'vitest'
import { setUpWorld, startUsanceProcess } from './usance-process.ts'

const cleanUp: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step()
})

it('a claim code becomes a device of its own that is disconnected the moment it is revoked', async () => {
  const data = mkdtempSync(path.join(tmpdir(), 'usance-claim-'))
  cleanUp.push(async () => rmSync(data, { recursive: true }))
  const { apiKey } = await setUpWorld(data)
  const server = await startUsanceProcess(data, { mqtt: 0, http: 0 })
  cleanUp.push(() => server.stop('SIGTERM'))

  async function call(
    method: string,
    url: string,
    body?: object,
  ): Promise<{ status: number; body: unknown }> {
    const answer = await fetch(`${server.httpUrl}${url}`, {
      method,
      headers: {
        authorization: `Bearer ${apiKey}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    return { status: answer.status, body: await answer.json() }
  }
  const signIn = async (password: string): Promise<MqttClient> => {
    const client = await connectAsync(server.mqttUrl, {
      clientId: 'field-1',
      username: 'field-1',
      password,
      reconnectPeriod: 0,
    })
    cleanUp.push(() => client.endAsync(true))
    return client
  }

  const model = {
    name: 'Field drill',
    registers: [{ name: 'run_s', unit: 's', maxPerHour: '3600', maxGapMs: 900_000, gapRule: 'end' }],
  }
  await call('PUT', '/v1/models/field-drill', model)
  const made = await call('POST', '/v1/claims', {
    modelId: 'field-drill',
    expiresAt: '2100-01-01T00:00:00Z',
    claims: [{ serial: 'F-1' }],
  })
  const { items } = made.body as { items: { code: string }[] }
  const code = items[0]?.code ?? ''

  const claiming = await signIn(code)
  const delivery = new Promise<[string, Buffer]>((resolve) => {
    claiming.once('message', (...message) => resolve([message[0], message[1]]))
  })
  await claiming.subscribeAsync('devices/field-1/credentials', { qos: 1 })
  const [topic, payload] = await delivery
  expect(topic).toBe('devices/field-1/credentials')
  const { secret } = JSON.parse(payload.toString()) as { secret: string }
  await claiming.endAsync()

  const device = await signIn(secret)
  const reading = { v: 1, epoch: 1, seq: 1, at: new Date().toISOString(), registers: { run_s: 36_000 } }
  await device.publishAsync('devices/field-1/status', '{"state":"online","firmware":"1.4.2"}', { qos: 1 })
  await device.publishAsync('devices/field-1/readings', JSON.stringify(reading), { qos: 1 })
  await expect(signIn(code)).rejects.toThrow('Not authorized')
  expect((await call('GET', '/v1/devices/field-1')).body).toMatchObject({
    serial: 'F-1',
    firmware: '1.4.2',
    presence: { state: 'online' },
    registers: { run_s: { value: '36000' } },
  })

  const cutOff = new Promise<void>((resolve) => device.once('close', () => resolve()))
  const revoked = await call('POST', '/v1/devices/field-1/revoke', { reason: 'stolen' })
  expect(revoked.status).toBe(200)
  await cutOff
  await expect(signIn(secret)).rejects.toThrow('Not authorized')
  await call('POST', '/v1/devices/field-1/restore')
  expect((await signIn(secret)).connected).toBe(true)
})
