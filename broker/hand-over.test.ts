import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { getDeviceId, type HandOver } from '../core/index.ts'
import { createCounters } from './counters.ts'
import { HandOverQueue } from './hand-over.ts'
import type { HeldMessage, Holder } from './held-message.ts'

const deviceId = getDeviceId('drill-1')

function aHolder(): Holder & { readonly acknowledged: number[] } {
  const acknowledged: number[] = []
  return {
    heldMessages: 0,
    heldBytes: 0,
    lane: undefined,
    isClosed: false,
    acknowledged,
    acknowledge: (packetId) => acknowledged.push(packetId),
    afterCommit: () => undefined,
    drop: () => undefined,
  }
}

function aQueue(
  handOver: HandOver,
  limits: { maxBatchMessages?: number; maxBatchBytes?: number },
): HandOverQueue {
  return new HandOverQueue({
    handOver,
    limits: {
      maxHeldMessages: 100,
      maxHeldBytes: 1_000,
      maxBatchMessages: 100,
      maxBatchBytes: 1_000,
      giveUpMs: 5_000,
      ...limits,
    },
    counters: createCounters(),
    log: pino({ level: 'silent' }),
    onProblem: () => undefined,
    onRoom: () => undefined,
  })
}

async function batchSizesFor(
  sizes: readonly number[],
  limits: { maxBatchMessages?: number; maxBatchBytes?: number },
): Promise<number[][]> {
  const batches: number[][] = []
  const queue = aQueue((batch) => {
    batches.push(batch.map((message) => message.payload.length))
    return Promise.resolve({ problems: [] })
  }, limits)
  const holder = aHolder()
  sizes.forEach((size, index) => {
    const held: HeldMessage = {
      holder,
      message: { deviceId, topic: 't', payload: new Uint8Array(size), receivedAt: 0 },
      byteCount: size,
      packetId: index + 1,
      release: () => undefined,
    }
    queue.hold(held)
    queue.enqueue(held)
  })
  await queue.whenIdle()
  expect(holder).toMatchObject({ heldMessages: 0, heldBytes: 0 })
  expect(holder.acknowledged).toEqual(sizes.map((_, index) => index + 1))
  expect(queue).toMatchObject({ heldMessages: 0, heldBytes: 0 })
  return batches
}

describe('HandOverQueue', () => {
  it('takes everything that waits as one batch', async () => {
    expect(await batchSizesFor([1, 2, 3], {})).toEqual([[1, 2, 3]])
  })

  it('splits at the message limit', async () => {
    expect(await batchSizesFor([1, 2, 3, 4, 5], { maxBatchMessages: 2 })).toEqual([[1, 2], [3, 4], [5]])
  })

  it('splits before the byte limit is exceeded and lets a larger message go alone', async () => {
    expect(await batchSizesFor([40, 60, 1, 200, 99, 1], { maxBatchBytes: 100 })).toEqual([
      [40, 60],
      [1],
      [200],
      [99, 1],
    ])
  })

  it('hands the next batch over before it writes the acknowledgements of the one before', async () => {
    const events: string[] = []
    const queue = aQueue(
      (batch) => {
        events.push(`hand over ${batch.length}`)
        return Promise.resolve({ problems: [] })
      },
      { maxBatchMessages: 2 },
    )
    const holder = { ...aHolder(), acknowledge: (packetId: number) => events.push(`acknowledge ${packetId}`) }
    for (const packetId of [1, 2, 3]) {
      const message = { deviceId, topic: 't', payload: new Uint8Array(1), receivedAt: 0 }
      const held: HeldMessage = { holder, message, byteCount: 1, packetId, release: undefined }
      queue.hold(held)
      queue.enqueue(held)
    }
    await queue.whenIdle()
    expect(events).toEqual(['hand over 2', 'hand over 1', 'acknowledge 1', 'acknowledge 2', 'acknowledge 3'])
  })

  it('lets short messages past a long one that is being stored, but none of the same connection', async () => {
    const stored = Promise.withResolvers<{ problems: [] }>()
    const queue = aQueue(
      ([first]) =>
        (first?.payload.length ?? 0) > 8_192 ? stored.promise : Promise.resolve({ problems: [] }),
      { maxBatchBytes: 100_000 },
    )
    const [backlogged, other] = [aHolder(), aHolder()]
    const send = (holder: Holder, size: number, packetId: number) => {
      const message = { deviceId, topic: 't', payload: new Uint8Array(size), receivedAt: 0 }
      const held: HeldMessage = { holder, message, byteCount: size, packetId, release: undefined }
      queue.hold(held)
      queue.enqueue(held)
    }
    send(backlogged, 8_193, 1)
    send(backlogged, 10, 2)
    send(other, 10, 1)
    while (other.acknowledged.length === 0) await new Promise(setImmediate)
    expect(backlogged.acknowledged).toEqual([])

    stored.resolve({ problems: [] })
    await queue.whenIdle()
    expect(backlogged.acknowledged).toEqual([1, 2])
    expect(queue).toMatchObject({ heldMessages: 0, heldBytes: 0 })
  })

  it('resolves whenIdle at once when nothing was ever held', async () => {
    await expect(aQueue(() => Promise.reject(new Error('unused')), {}).whenIdle()).resolves.toBe(undefined)
  })
})
