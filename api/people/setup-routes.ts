/** What is still missing between a new manufacturer and its first bill, from what is there and nothing else. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'

import type { ApiMetering, ApiPeople } from '../api-options.ts'
import { manufacturerOf } from '../authenticate.ts'
import { problemResponses } from '../problem-schema.ts'
import { SetupComponent } from './people-schemas.ts'

/** @param mqttPort where the broker listens for devices, on the host that people reach this server by */
export function setupRoutes(
  people: Pick<ApiPeople, 'findLedgerSetup'>,
  metering: Pick<ApiMetering, 'findFirstSteps'>,
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
        const { model, device, reading } = await metering.findFirstSteps(manufacturerId)
        const steps = [
          { id: 'seller' as const, isDone: ledger.seller },
          { id: 'tax_rate' as const, isDone: ledger.taxRate },
          { id: 'model' as const, isDone: model },
          { id: 'tariff' as const, isDone: ledger.tariff },
          { id: 'device' as const, isDone: device },
          { id: 'customer' as const, isDone: ledger.customer },
          { id: 'contract' as const, isDone: ledger.contract },
          { id: 'first_reading' as const, isDone: reading },
        ]
        return { steps, isComplete: steps.every(({ isDone }) => isDone), mqttPort }
      },
    )
  }
}
