/** A client that we did not write publishes readings, and the customer's bill moves. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterEach, expect, it } from 'vitest'
import { describeWithProgram, findProgram } from '../setup/programs.ts'
import { setUpWorld, startUsanceProcess } from './usance-process.ts'

const cleanUp: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step()
})

describeWithProgram(['mosquitto_pub'], 'mosquitto_pub', () => {
  it('publishes readings that show up in the live bill', async () => {
    const data = mkdtempSync(path.join(tmpdir(), 'usance-mosquitto-'))
    cleanUp.push(async () => rmSync(data, { recursive: true }))
    const { devices, customers, apiKey } = await setUpWorld(data)
    const server = await startUsanceProcess(data, { mqtt: 0, http: 0 })
    cleanUp.push(() => server.stop('SIGTERM'))
    const [device] = devices
    const [customer] = customers
    if (device === undefined || customer === undefined) throw new Error('the world is empty')

    const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString()
    const publish = async (seq: number, at: string, runS: number) => {
      const reading = { v: 1, epoch: 1, seq, at, clock: 'synced', registers: { run_s: runS, energy_wh: 100 } }
      const broker = `-h 127.0.0.1 -p ${new URL(server.mqttUrl).port} -q 1`.split(' ')
      const identity = `-i ${device.deviceId} -u ${device.deviceId} -P ${device.secret}`.split(' ')
      const message = ['-t', `devices/${device.deviceId}/readings`, '-m', JSON.stringify(reading)]
      await promisify(execFile)(findProgram('mosquitto_pub') ?? '', [...broker, ...identity, ...message])
    }
    await publish(1, minutesAgo(30), 36_000)
    await publish(2, minutesAgo(10), 36_900)

    const answer = await fetch(`${server.httpUrl}/v1/contracts/${customer.contractId}/bill`, {
      headers: { authorization: `Bearer ${apiKey}` },
    })
    expect(answer.status).toBe(200)
    const bill = (await answer.json()) as {
      lines: {
        itemId: string
        amountMinor: string
        explanation: { usage: { deviceId: string; quantity: string }[] }
      }[]
      totalMinor: string
    }
    const runTime = bill.lines.find(({ itemId }) => itemId === 'run-time')
    // 900 s at 0.12 EUR a minute is 1.80 EUR; with the base fee of 4.90 EUR that is 6.70 EUR, and 19 % of it 1.273 EUR.
    expect(runTime?.amountMinor).toBe('180')
    expect(bill.totalMinor).toBe('797')
    expect(runTime?.explanation.usage.find(({ deviceId }) => deviceId === device.deviceId)?.quantity).toBe(
      '900',
    )
  })
})
