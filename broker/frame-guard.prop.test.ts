import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FrameGuard } from './frame-guard.ts'

const limits = { maxFrameBytes: 500, maxConnectFrameBytes: 300 }

function frame(type: number, length: number): number[] {
  const header = length < 128 ? [length] : [(length & 0x7f) | 0x80, length >> 7]
  return [type << 4, ...header, ...Array.from({ length: Math.min(length, 600) }, () => 0)]
}

/** The bodies are zeros, so a topic is empty and nothing of it is needed but the two bytes of its length. */
function faultOf(type: number, length: number, isFirst: boolean): string | undefined {
  if (isFirst) return length > limits.maxConnectFrameBytes ? 'connect_too_large' : undefined
  if (length > limits.maxFrameBytes) return 'frame_too_large'
  const beginsWithTwoBytes = [3, 4, 5, 6, 7, 8, 10].includes(type)
  return beginsWithTwoBytes && length < 2 ? 'length_malformed' : undefined
}

const anyStream = fc
  .record({
    connect: fc.integer({ min: 0, max: 320 }),
    others: fc.array(fc.tuple(fc.integer({ min: 1, max: 14 }), fc.integer({ min: 0, max: 520 })), {
      maxLength: 8,
    }),
    cuts: fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 40 }),
  })
  .map(({ connect, others, cuts }) => ({
    frames: [[1, connect] as const, ...others],
    bytes: Buffer.from([...frame(1, connect), ...others.flatMap(([type, length]) => frame(type, length))]),
    cuts,
  }))

describe('FrameGuard', () => {
  it('finds the first frame at fault, however the stream is cut into chunks', () => {
    fc.assert(
      fc.property(anyStream, ({ frames, bytes, cuts }) => {
        const guard = new FrameGuard(limits)
        let found: string | undefined
        let position = 0
        for (let index = 0; position < bytes.length && found === undefined; index += 1) {
          const end = position + (cuts[index % cuts.length] ?? 1)
          found = guard.check(bytes.subarray(position, end))
          position = end
        }
        const faults = frames.map(([type, length], index) => faultOf(type, length, index === 0))
        const first = faults.findIndex((fault) => fault !== undefined)
        expect(found).toBe(faults[first])
        const seen = first === -1 ? frames : frames.slice(0, first)
        expect(guard.hasSeenDisconnect).toBe(seen.some(([type]) => type === 14))
      }),
    )
  })
})
