import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeReadingMessage } from './decode-reading.ts'
import { canonicalContent } from './reading-content.ts'
import type { Reading } from './wire-format.ts'

function decode(text: string): Reading[] {
  return decodeReadingMessage(new TextEncoder().encode(text)).map((element) => element.reading!)
}

function contentOf(members: string): string {
  return canonicalContent(decode(`{"v":1,"epoch":1,"seq":7,${members}}`)[0]!)
}

const event = '"from":"2026-11-22T07:00:00Z","to":"2026-11-22T07:12:00Z"'

describe('canonicalContent', () => {
  it.each([
    [
      'a number and its decimal string',
      '"registers":{"energy_wh":91822}',
      '"registers":{"energy_wh":"91822"}',
    ],
    ['a retry with a larger age', '"registers":{"run_s":1},"ageS":5', '"registers":{"run_s":1},"ageS":500'],
    ['an age and no time at all', '"registers":{"run_s":1},"ageS":5', '"registers":{"run_s":1}'],
    ['another order of registers', '"registers":{"a":1,"b":2}', '"registers":{"b":2,"a":1}'],
    ['another offset of one instant', '"at":"2026-11-22T07:12:03Z"', '"at":"2026-11-22T08:12:03.000+01:00"'],
    ['fractions below a millisecond', '"at":"2026-11-22T07:12:03.0004Z"', '"at":"2026-11-22T07:12:03Z"'],
    [
      'another quality of the clock',
      '"at":"2026-11-22T07:12:03Z"',
      '"at":"2026-11-22T07:12:03Z","clock":"unsynced"',
    ],
    ['empty lists and none', '"registers":{},"events":[],"exchanges":[]', '"clock":"synced"'],
    [
      'another order of events and labels',
      `"events":[{"id":"a","type":"job","quantity":1,${event},"labels":{"x":"1","y":"2"}},{"id":"b","type":"job","quantity":"1",${event}}]`,
      `"events":[{"type":"job","id":"b",${event},"quantity":1,"labels":{}},{"id":"a","type":"job","quantity":1,${event},"labels":{"y":"2","x":"1"}}]`,
    ],
    [
      'an event that says it is not open, and one that says nothing',
      `"events":[{"id":"a","type":"job","quantity":1,${event},"open":false}]`,
      `"events":[{"id":"a","type":"job","quantity":1,${event}}]`,
    ],
    [
      'another order of exchanges',
      '"exchanges":[{"register":"a","final":1,"start":0,"at":"2026-11-22T07:00:00Z"},{"register":"b","final":1,"start":0,"at":"2026-11-22T07:00:00Z"}]',
      '"exchanges":[{"register":"b","final":"1","start":0,"at":"2026-11-22T07:00:00Z"},{"register":"a","final":1,"start":0,"at":"2026-11-22T07:00:00Z"}]',
    ],
  ])('is the same for %s', (_what, left, right) => {
    expect(contentOf(left)).toBe(contentOf(right))
  })

  it('is the same for a reading alone and in an array', () => {
    const text = '{"v":1,"epoch":1,"seq":7,"registers":{"energy_wh":91822}}'
    const [alone] = decode(text)
    const [, inArray] = decode(`[{"v":1,"epoch":1,"seq":6}, ${text}]`)
    expect(canonicalContent(inArray!)).toBe(canonicalContent(alone!))
  })

  it.each([
    ['another register value', '"registers":{"run_s":1}', '"registers":{"run_s":2}'],
    ['another register', '"registers":{"run_s":1}', '"registers":{"energy_wh":1}'],
    ['one register more', '"registers":{"run_s":1}', '"registers":{"run_s":1,"energy_wh":1}'],
    ['device time a millisecond later', '"at":"2026-11-22T07:12:03Z"', '"at":"2026-11-22T07:12:03.001Z"'],
    ['device time and none', '"at":"2026-11-22T07:12:03Z"', '"clock":"synced"'],
    ['1970 and no device time', '"at":"1970-01-01T00:00:00Z"', '"clock":"synced"'],
    [
      'another event quantity',
      `"events":[{"id":"a","type":"job","quantity":1,${event}}]`,
      `"events":[{"id":"a","type":"job","quantity":2,${event}}]`,
    ],
    [
      'another label',
      `"events":[{"id":"a","type":"job","quantity":1,${event},"labels":{"x":"1"}}]`,
      `"events":[{"id":"a","type":"job","quantity":1,${event},"labels":{"x":"2"}}]`,
    ],
    [
      'a session that still runs and one that ended',
      `"events":[{"id":"a","type":"job","quantity":1,${event},"open":true}]`,
      `"events":[{"id":"a","type":"job","quantity":1,${event}}]`,
    ],
    [
      'an event twice and once',
      `"events":[{"id":"a","type":"job","quantity":1,${event}}]`,
      `"events":[{"id":"a","type":"job","quantity":1,${event}},{"id":"a","type":"job","quantity":1,${event}}]`,
    ],
    [
      'another exchange',
      '"exchanges":[{"register":"a","final":1,"start":0,"at":"2026-11-22T07:00:00Z"}]',
      '"exchanges":[{"register":"a","final":1,"start":1,"at":"2026-11-22T07:00:00Z"}]',
    ],
  ])('differs for %s', (_what, left, right) => {
    expect(contentOf(left)).not.toBe(contentOf(right))
  })

  it('is the same for two sets of registers exactly when they hold the same values', () => {
    const registers = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.nat({ max: 2 }))
    fc.assert(
      fc.property(registers, registers, (left, right) => {
        const isSame = ['a', 'b', 'c'].every((name) => left[name] === right[name])
        const contents = [left, right].map((members) => contentOf(`"registers":${JSON.stringify(members)}`))
        expect(contents[0] === contents[1]).toBe(isSame)
      }),
    )
  })
})
