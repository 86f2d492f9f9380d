/** The HTTP application over a real metering in a temporary folder: both manufacturers have a model "drill". */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { InjectOptions, LightMyRequestResponse } from 'fastify'
import { pino } from 'pino'

import { systemActor, secureRandomBytes, type ManufacturerId, type ModelId } from '../../core/index.ts'
import { migrate, openSqlite } from '../../db/index.ts'
import { createMetering, type Metering } from '../../metering/index.ts'
import { createApiHarness, OTHER_KEY, OWN_KEY } from './api-harness.ts'

export const NOW_TEXT = '2026-11-22T12:00:00.000Z'

export type DeviceHarness = {
  readonly metering: Metering
  /** Devices whose connection was to be ended, in order. */
  readonly cutOff: string[]
  send(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH',
    url: string,
    payload?: object,
    key?: string,
    headers?: Readonly<Record<string, string>>,
  ): Promise<LightMyRequestResponse>
  inject(options: InjectOptions): Promise<LightMyRequestResponse>
  /** Status and code of what the other manufacturer gets. */
  asOther(method: 'GET' | 'POST' | 'PUT' | 'PATCH', url: string, payload?: object): Promise<[number, unknown]>
  close(): Promise<void>
}

export async function openDeviceHarness(): Promise<DeviceHarness> {
  const folder = mkdtempSync(path.join(tmpdir(), 'usance-api-'))
  const file = path.join(folder, 'metering.sqlite')
  const database = openSqlite(file)
  migrate(database, 'metering')
  database.close()
  const cutOff: string[] = []
  const metering = createMetering({
    file,
    clock: { now: () => Date.parse(NOW_TEXT) },
    randomBytes: secureRandomBytes,
    log: pino({ level: 'silent' }),
    onRevoked: (deviceId) => cutOff.push(deviceId),
  })
  for (const manufacturerId of ['man_own', 'man_other'] as ManufacturerId[]) {
    await metering.by(systemActor('test')).registerModel({
      id: 'drill' as ModelId,
      manufacturerId,
      name: 'Drill',
      registers: [{ name: 'run_s', unit: 's', maxPerHour: 3_600n, maxGapMs: 900_000, gapRule: 'end' }],
    })
  }
  const { app, request } = await createApiHarness({ metering })
  const send: DeviceHarness['send'] = (method, url, payload, key = OWN_KEY, headers = {}) =>
    request({ method, url, key, headers, ...(payload !== undefined && { payload }) })
  return {
    metering,
    cutOff,
    send,
    inject: (options) => app.inject(options),
    async asOther(method, url, payload) {
      const answer = await send(
        method,
        url,
        payload,
        OTHER_KEY,
        method === 'PATCH' ? { 'if-match': '*' } : {},
      )
      return [answer.statusCode, answer.json<{ code?: unknown }>().code]
    },
    async close() {
      await app.close()
      await metering.close()
      rmSync(folder, { recursive: true })
    },
  }
}
