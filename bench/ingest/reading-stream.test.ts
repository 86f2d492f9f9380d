import { describe, expect, it } from 'vitest'
import { decodeReadingMessage } from '../../core/index.ts'
import { benchRegisters, historyStart, ReadingStream, readingTemplate } from './reading-stream.ts'

const startMs = Date.parse('2016-02-28T00:00:00Z')

function readNext(stream: ReadingStream) {
  const packet = Buffer.concat([Buffer.from('head'), readingTemplate])
  stream.write(packet, 4)
  const [element] = decodeReadingMessage(packet.subarray(4))
  if (element?.reading === undefined) throw new Error(element?.refusal.detail)
  return element.reading
}

describe('ReadingStream', () => {
  it('writes readings that the wire format accepts, with rising identity, time and registers', () => {
    const stream = new ReadingStream(startMs)
    expect(readNext(stream)).toEqual({
      epoch: 1,
      seq: 1_000_000,
      time: { kind: 'device_time', at: startMs, isSynced: true },
      registers: [
        { register: 'run_s', value: 100_000_000n },
        { register: 'energy_wh', value: 100_000_000n },
      ],
      events: [],
      exchanges: [],
    })
    expect(readNext(stream)).toMatchObject({
      seq: 1_000_001,
      time: { at: startMs + 60_000 },
      registers: [{ value: 100_000_038n }, { value: 100_000_016n }],
    })
  })

  it.each([1, 1_439, 1_440, 3_000])('goes on after %i readings as if it had written them', (count) => {
    const stream = new ReadingStream(startMs)
    for (let written = 0; written < count; written += 1) readNext(stream)
    const resumed = new ReadingStream(startMs, count)
    expect([readNext(resumed), readNext(resumed)]).toEqual([readNext(stream), readNext(stream)])
  })

  it('crosses midnight and the end of a month', () => {
    const stream = new ReadingStream(startMs)
    let last = readNext(stream)
    for (let count = 1; count <= 2 * 1_440; count += 1) last = readNext(stream)
    expect(last.time).toMatchObject({ at: Date.parse('2016-03-01T00:00:00Z') })
  })

  it('never advances a register faster than its model allows', () => {
    const stream = new ReadingStream(startMs)
    let before = readNext(stream)
    for (let count = 0; count < 1_000; count += 1) {
      const next = readNext(stream)
      for (const [index, { value }] of next.registers.entries()) {
        const advance = value - (before.registers[index]?.value ?? 0n)
        const maxPerMinute = (benchRegisters[index]?.maxPerHour ?? 0n) / 60n
        expect(advance > 0n && advance <= maxPerMinute).toBe(true)
      }
      before = next
    }
  })

  it('begins at a midnight ten years ago', () => {
    expect(new Date(historyStart(Date.parse('2026-11-22T13:14:15Z'))).toISOString()).toBe(
      '2016-11-24T00:00:00.000Z',
    )
  })
})
