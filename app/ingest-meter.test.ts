import { describe, expect, it } from 'vitest'
import { deviceTopics, type DeviceId, type HandOverResult, type InboundMessage } from '../core/index.ts'
import { createIngestMeter } from './ingest-meter.ts'

function aMessage(receivedAt: number): InboundMessage {
  const deviceId = 'drill-1' as DeviceId
  return { deviceId, topic: deviceTopics.readings(deviceId), payload: new Uint8Array(), receivedAt }
}

describe('createIngestMeter', () => {
  it('says since when the oldest message waits, until its batch is committed', async () => {
    const commit = Promise.withResolvers<HandOverResult>()
    const meter = createIngestMeter(() => commit.promise, { now: () => 9_000 })
    expect([meter.waitingSince(), meter.lastCommitAt()]).toEqual([undefined, undefined])
    const handedOver = meter.handOver([aMessage(1_000), aMessage(2_000)])
    expect([meter.waitingSince(), meter.lastCommitAt()]).toEqual([1_000, undefined])
    commit.resolve({ problems: [] })
    expect(await handedOver).toEqual({ problems: [] })
    expect([meter.waitingSince(), meter.lastCommitAt()]).toEqual([undefined, 9_000])
  })

  it('goes on saying so while the batch fails and waits for its next attempt, and times only commits', async () => {
    let isFull = true
    const meter = createIngestMeter(
      async () => {
        if (isFull) throw new Error('disk full')
        return { problems: [] }
      },
      { now: () => 9_000 },
    )
    const countOf = async () =>
      (await meter.commitTime.get()).values.find(({ metricName }) => metricName?.endsWith('_count'))?.value
    await expect(meter.handOver([aMessage(1_000)])).rejects.toThrow('disk full')
    expect([meter.waitingSince(), meter.lastCommitAt(), await countOf()]).toEqual([1_000, undefined, 0])
    isFull = false
    await meter.handOver([aMessage(1_000)])
    expect([meter.waitingSince(), meter.lastCommitAt(), await countOf()]).toEqual([undefined, 9_000, 1])
  })
})
