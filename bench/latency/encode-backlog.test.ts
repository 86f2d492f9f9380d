import { describe, expect, it } from 'vitest'
import { defaultBrokerLimits } from '../../broker/index.ts'
import { encodeBacklog } from './encode-backlog.ts'

const startMs = Date.UTC(2016, 10, 26)

type Sent = { seq: number; at: string }

describe('encodeBacklog', () => {
  it('sends the newest reading alone, then the others in arrays, oldest first', () => {
    const [newest, ...arrays] = encodeBacklog(startMs, 5, 2).map(
      (payload) => JSON.parse(payload.toString()) as unknown,
    )
    expect(newest).toMatchObject({ seq: 1_000_005, at: '2016-11-26T00:05:00.000Z' })
    expect((arrays as Sent[][]).map((array) => array.map(({ seq }) => seq))).toEqual([
      [1_000_000, 1_000_001],
      [1_000_002, 1_000_003],
      [1_000_004],
    ])
  })

  it('fits 1,000 readings into the largest payload that a device may send', () => {
    const [, array] = encodeBacklog(startMs, 1_000, 1_000)
    expect(array?.length).toBeLessThanOrEqual(defaultBrokerLimits.maxPayloadBytes)
  })
})
