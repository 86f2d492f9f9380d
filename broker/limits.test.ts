import { describe, expect, it } from 'vitest'
import { AppError } from '../core/index.ts'
import { defaultBrokerLimits, resolveBrokerLimits } from './limits.ts'

function pointersOf(given: Parameters<typeof resolveBrokerLimits>[0]): string[] {
  try {
    resolveBrokerLimits(given)
  } catch (error) {
    if (error instanceof AppError && error.code === 'broker_limits_invalid') {
      return error.issues.map((issue) => issue.pointer)
    }
    throw error
  }
  return []
}

describe('resolveBrokerLimits', () => {
  it('takes the defaults as they are', () => {
    expect(resolveBrokerLimits()).toEqual(defaultBrokerLimits)
  })

  it('refuses a hold that outlasts the smallest keep-alive', () => {
    expect(pointersOf({ giveUpMs: 15_000 })).toEqual(['/giveUpMs'])
    expect(pointersOf({ giveUpMs: 14_999 })).toEqual([])
  })

  it('refuses a payload limit above the frame limit', () => {
    expect(pointersOf({ maxPayloadBytes: 262_145 })).toEqual(['/maxPayloadBytes'])
  })

  it('names every limit that is no positive whole number', () => {
    expect(pointersOf({ maxConnections: 0, maxHeldMessages: 1.5, drainTimeoutMs: Number.NaN })).toEqual([
      '/maxConnections',
      '/maxHeldMessages',
      '/drainTimeoutMs',
    ])
  })
})
