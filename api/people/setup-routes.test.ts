import { describe, expect, it } from 'vitest'

import { createApiHarness } from '../testing/api-harness.ts'

describe('GET /v1/setup', () => {
  it('names the steps in order, done or not', async () => {
    const { get } = await createApiHarness({
      people: {
        findLedgerSetup: async () => ({
          seller: true,
          taxRate: false,
          tariff: false,
          customer: true,
          contract: false,
        }),
      },
      metering: { findFirstSteps: async () => ({ model: false, device: false, reading: false }) },
    })
    expect((await get('/v1/setup')).json()).toEqual({
      steps: [
        { id: 'seller', isDone: true },
        { id: 'tax_rate', isDone: false },
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
        findLedgerSetup: async () => ({
          seller: true,
          taxRate: true,
          tariff: true,
          customer: true,
          contract: true,
        }),
      },
      metering: { findFirstSteps: async () => ({ model: true, device: true, reading: true }) },
    })
    expect((await get('/v1/setup')).json()).toMatchObject({ isComplete: true })
  })
})
