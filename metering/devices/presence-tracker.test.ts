import { afterEach, describe, expect, it, vi } from 'vitest'
import { pino } from 'pino'
import type { DeviceId } from '../../core/index.ts'
import { PresenceTracker, type SeenDevice } from './presence-tracker.ts'

const open: PresenceTracker[] = []
afterEach(async () => {
  vi.useRealTimers()
  for (const tracker of open.splice(0)) await tracker.close()
})

function createTracker(write: (devices: readonly SeenDevice[]) => Promise<void>): PresenceTracker {
  const tracker = new PresenceTracker(write, pino({ level: 'silent' }))
  open.push(tracker)
  return tracker
}

const id = (text: string) => text as DeviceId

describe('the presence tracker', () => {
  it('writes what changed once, in groups of 500, one after the other', async () => {
    const sizes: number[] = []
    let writing = 0
    const tracker = createTracker(async (devices) => {
      sizes.push(devices.length)
      writing += 1
      expect(writing).toBe(1)
      await Promise.resolve()
      writing -= 1
    })
    for (let n = 0; n < 1_200; n += 1) {
      tracker.notePresence(id(`d-${n}`), { state: 'online', at: 1, reason: 'connected' })
      tracker.noteFirmware(id(`d-${n}`), '1.0')
    }
    await Promise.all([tracker.flush(), tracker.flush()])
    await tracker.flush()
    expect(sizes).toEqual([500, 500, 200])
  })

  it('keeps what could not be written and writes it with the next, each secret with its newest use', async () => {
    const written: SeenDevice[] = []
    let isStoreDown = true
    const tracker = createTracker(async (devices) => {
      if (isStoreDown) throw new Error('disk full')
      written.push(...devices)
    })
    tracker.noteSecretUse('d-1', { secretId: 7, at: 1 })
    tracker.noteSecretUse('d-1', { secretId: 8, at: 2 })
    await tracker.flush()
    tracker.noteSecretUse('d-1', { secretId: 7, at: 3 })
    await tracker.flush()
    isStoreDown = false
    await tracker.flush()
    expect(written).toEqual([
      {
        deviceId: 'd-1',
        secretUses: [
          { secretId: 8, at: 2 },
          { secretId: 7, at: 3 },
        ],
      },
    ])
  })

  it('takes no notice of who only has a claim code', async () => {
    const written: string[] = []
    const tracker = createTracker(async (devices) => {
      written.push(...devices.map(({ deviceId }) => deviceId))
    })
    const message = { topic: '', payload: new Uint8Array(), receivedAt: 1 }
    const refusal = { code: 'claim_session_only', detail: '' } as const
    tracker.noteMessages([
      { ...message, deviceId: id('anybody'), refusal },
      { ...message, deviceId: id('d-1'), refusal: { ...refusal, code: 'topic_not_own' } },
    ])
    await tracker.flush()
    expect(written).toEqual(['d-1'])
  })

  it('writes within a second who came or went, and nobody who only reported', async () => {
    vi.useFakeTimers()
    const written: (readonly string[])[] = []
    const tracker = createTracker(async (devices) => {
      written.push(devices.map(({ deviceId }) => deviceId))
    })
    tracker.noteMessages([{ topic: '', payload: new Uint8Array(), receivedAt: 1, deviceId: id('reports') }])
    tracker.notePresence(id('comes'), { state: 'online', at: 1, reason: 'connected' })
    await vi.advanceTimersByTimeAsync(1_000)
    expect(written).toEqual([['comes']])
    tracker.notePresence(id('comes'), { state: 'online', at: 2, reason: 'connected' })
    await vi.advanceTimersByTimeAsync(1_000)
    expect(written).toEqual([['comes']])
    tracker.notePresence(id('comes'), { state: 'offline', at: 3, reason: 'disconnected' })
    await vi.advanceTimersByTimeAsync(1_000)
    expect(written).toEqual([['comes'], ['comes']])
    await vi.advanceTimersByTimeAsync(27_000)
    expect(written).toEqual([['comes'], ['comes'], ['reports']])
  })

  it('writes the rest too when it is asked during a write of who came or went', async () => {
    vi.useFakeTimers()
    const written: (readonly string[])[] = []
    const underWay = Promise.withResolvers<undefined>()
    const tracker = createTracker(async (devices) => {
      written.push(devices.map(({ deviceId }) => deviceId))
      if (written.length === 1) await underWay.promise
    })
    tracker.notePresence(id('comes'), { state: 'online', at: 1, reason: 'connected' })
    tracker.noteMessages([{ topic: '', payload: new Uint8Array(), receivedAt: 1, deviceId: id('reports') }])
    await vi.advanceTimersByTimeAsync(1_000)
    const flushed = tracker.flush()
    underWay.resolve(undefined)
    await flushed
    expect(written).toEqual([['comes'], ['reports']])
  })

  it('writes what changed during a write when it is closed', async () => {
    const written: (number | undefined)[] = []
    const tracker = createTracker(async (devices) => {
      if (written.length === 0)
        tracker.notePresence(id('d-1'), { state: 'offline', at: 9, reason: 'disconnected' })
      written.push(...devices.map(({ lastSeenAt }) => lastSeenAt))
    })
    tracker.notePresence(id('d-1'), { state: 'online', at: 5, reason: 'connected' })
    const first = tracker.flush()
    await tracker.close()
    await first
    expect(written).toEqual([5, 9])
  })
})
