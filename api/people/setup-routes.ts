/** What is still missing between a new manufacturer and its first bill, from what is there and nothing else. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'

import type { ManufacturerId } from '../../core/index.ts'
import type { ApiMetering, ApiPeople } from '../api-options.ts'
import { manufacturerOf } from '../authenticate.ts'
import { problemResponses } from '../problem-schema.ts'
import { SetupComponent } from './people-schemas.ts'

/** A fleet whose first pages hold no device with a reading is asked no further. */
const PAGES_TO_ASK = 5
const PAGE_LIMIT = 500

/** @param mqttPort where the broker listens for devices, on the host that people reach this server by */
export function setupRoutes(
  people: Pick<ApiPeople, 'findLedgerSetup'>,
  metering: Pick<ApiMetering, 'listModels' | 'listDevices'>,
  mqttPort: number,
): FastifyPluginAsyncTypebox {
  return async (routes) => {
    routes.get(
      '/setup',
      {
        config: { right: 'signed_in' },
        schema: {
          operationId: 'getSetup',
          summary: 'The steps to a first bill, done and open',
          tags: ['manufacturers'],
          response: { 200: SetupComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const manufacturerId = manufacturerOf(request)
        const ledger = await people.findLedgerSetup(manufacturerId)
        const models = await metering.listModels(manufacturerId, { limit: 1 })
        const devices = await findDevices(metering, manufacturerId)
        const steps = [
          { id: 'seller' as const, isDone: ledger.seller },
          { id: 'model' as const, isDone: models.items.length > 0 },
          { id: 'tariff' as const, isDone: ledger.tariff },
          { id: 'device' as const, isDone: devices.any },
          { id: 'customer' as const, isDone: ledger.customer },
          { id: 'contract' as const, isDone: ledger.contract },
          { id: 'first_reading' as const, isDone: devices.withReading },
        ]
        return { steps, isComplete: steps.every(({ isDone }) => isDone), mqttPort }
      },
    )
  }
}

async function findDevices(
  metering: Pick<ApiMetering, 'listDevices'>,
  manufacturerId: ManufacturerId,
): Promise<{ readonly any: boolean; readonly withReading: boolean }> {
  let after: string | undefined
  let any = false
  for (let page = 0; page < PAGES_TO_ASK; page++) {
    const { items, nextAfter } = await metering.listDevices(manufacturerId, {
      limit: PAGE_LIMIT,
      ...(after === undefined ? {} : { after }),
    })
    any ||= items.length > 0
    if (items.some(({ lastReading }) => lastReading !== undefined)) return { any, withReading: true }
    if (nextAfter === undefined) break
    after = nextAfter
  }
  return { any, withReading: false }
}
