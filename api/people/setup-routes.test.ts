import { describe, expect, it } from 'vitest'

import type { ManufacturerId, ModelId } from '../../core/index.ts'
import type { Model } from '../../metering/index.ts'
import { createApiHarness } from '../testing/api-harness.ts'

const nothing = { items: [], nextAfter: undefined }

describe('GET /v1/setup', () => {
  it('names the steps in order, done or not', async () => {
    const { get } = await createApiHarness({
      people: {
        findLedgerSetup: async () => ({ seller: true, tariff: false, customer: true, contract: false }),
      },
      metering: { listModels: async () => nothing, listDevices: async () => nothing },
    })
    expect((await get('/v1/setup')).json()).toEqual({
      steps: [
        { id: 'seller', isDone: true },
        { id: 'model', isDone: false },
        { id: 'tariff', isDone: false },
        { id: 'device', isDone: false },
        { id: 'customer', isDone: true },
        { id: 'contract', isDone: false },
        { id: 'first_reading', isDone: false },
      ],
      isComplete: false,
      mqttPort: 1883,
    })
  })

  it('is complete when a device has sent a reading and all else is there', async () => {
    const { get } = await createApiHarness({
      people: {
        findLedgerSetup: async () => ({ seller: true, tariff: true, customer: true, contract: true }),
      },
      metering: {
        listModels: async () => ({ items: [aModel()], nextAfter: undefined }),
      },
    })
    expect((await get('/v1/setup')).json()).toMatchObject({ isComplete: true })
  })
})

function aModel(): Model {
  return {
    id: 'drill' as ModelId,
    version: 1,
    manufacturerId: 'man_own' as ManufacturerId,
    name: 'Drill',
    registers: [],
  }
}
