import { describe, expect, it } from 'vitest'
import { decodeReadingMessage, decodeStoredReading } from './decode-reading.ts'
import { refusalTitles } from './wire-format.ts'

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

/** The code of the refusal of each element, or "accepted". */
function verdicts(text: string): string[] {
  return decodeReadingMessage(bytesOf(text)).map((element) => element.refusal?.code ?? 'accepted')
}

function withRegister(source: string): string {
  return `{"v":1,"epoch":1,"seq":7,"registers":{"run_s":${source}}}`
}

function withMembers(source: string): string {
  return `{"v":1,"epoch":1,"seq":7,${source}}`
}

function withEvent(changes: Record<string, unknown>): string {
  const event = {
    id: 'job-77',
    type: 'job',
    from: '2026-11-22T07:00:00Z',
    to: '2026-11-22T07:12:00Z',
    quantity: 1,
    labels: { programme: 'eco' },
  }
  return withMembers(`"events":[${JSON.stringify({ ...event, ...changes })}]`)
}

function withExchange(changes: Record<string, unknown>): string {
  const exchange = { register: 'run_s', final: 36_000, start: '0', at: '2026-11-22T07:00:00Z' }
  return withMembers(`"exchanges":[${JSON.stringify({ ...exchange, ...changes })}]`)
}

describe('decodeReadingMessage, accepted', () => {
  it('decodes the example of the wire format', () => {
    const text = `{ "v": 1, "epoch": 1, "seq": 1441, "at": "2026-11-22T07:12:03.000Z", "clock": "synced",
      "registers": { "run_s": 36000, "energy_wh": 91822 },
      "events": [ { "id": "job-77", "type": "job", "from": "2026-11-22T07:00:00Z", "to": "2026-11-22T07:12:00Z",
                    "quantity": 1, "labels": { "programme": "eco" } } ],
      "exchanges": [ { "register": "run_s", "final": 9, "start": "0", "at": "2026-11-22T06:00:00Z" } ] }`
    const [element, ...others] = decodeReadingMessage(bytesOf(text))
    expect(others).toEqual([])
    expect(element?.reading).toEqual({
      epoch: 1,
      seq: 1441,
      time: { kind: 'device_time', at: 1_795_331_523_000, isSynced: true },
      registers: [
        { register: 'run_s', value: 36_000n },
        { register: 'energy_wh', value: 91_822n },
      ],
      events: [
        {
          id: 'job-77',
          type: 'job',
          from: 1_795_330_800_000,
          to: 1_795_331_520_000,
          quantity: 1n,
          labels: { programme: 'eco' },
        },
      ],
      exchanges: [{ register: 'run_s', final: 9n, start: 0n, at: 1_795_327_200_000 }],
    })
    expect(textOf(element!.raw)).toBe(text)
  })

  it.each([
    ['"at":"2026-11-22T07:12:03Z"', { kind: 'device_time', at: 1_795_331_523_000, isSynced: true }],
    [
      '"at":"2026-11-22T07:12:03Z","clock":"unsynced"',
      { kind: 'device_time', at: 1_795_331_523_000, isSynced: false },
    ],
    ['"ageS":90', { kind: 'age', ageS: 90 }],
    ['"ageS":0,"clock":"unsynced"', { kind: 'age', ageS: 0 }],
    ['"clock":"unsynced"', { kind: 'none' }],
    ['"registers":{}', { kind: 'none' }],
  ])('reads the time from %s', (members, expected) => {
    expect(decodeReadingMessage(bytesOf(withMembers(members)))[0]?.reading?.time).toEqual(expected)
  })

  it.each([
    ['0', 0n],
    ['-0', 0n],
    ['36000', 36_000n],
    ['"36000"', 36_000n],
    ['9007199254740991', 9_007_199_254_740_991n],
    ['"9007199254740991"', 9_007_199_254_740_991n],
  ])('reads the register value %s exactly', (source, value) => {
    expect(decodeReadingMessage(bytesOf(withRegister(source)))[0]?.reading?.registers).toEqual([
      { register: 'run_s', value },
    ])
  })

  it('reads a sequence number of -0 as plain 0', () => {
    const [element] = decodeReadingMessage(bytesOf('{"v":1,"epoch":-0,"seq":-0}'))
    expect([element?.reading?.epoch, element?.reading?.seq]).toEqual([0, 0])
  })

  it('is not misled by text that looks like a fraction', () => {
    expect(verdicts(withEvent({ id: 'a:1.5e3,[2.0' }))).toEqual(['accepted'])
  })

  it('counts the characters of an id, not its UTF-16 units', () => {
    expect(verdicts(withEvent({ id: '😀'.repeat(128) }))).toEqual(['accepted'])
    expect(verdicts(withEvent({ id: '😀'.repeat(129) }))).toEqual(['reading_malformed'])
  })
})

describe('decodeReadingMessage, registers', () => {
  it.each([
    ['36000.0', 'register_not_whole'],
    ['36000.5', 'register_not_whole'],
    ['36000.00000000000001', 'register_not_whole'],
    ['0.0', 'register_not_whole'],
    ['1e3', 'register_not_whole'],
    ['1E3', 'register_not_whole'],
    ['1e+3', 'register_not_whole'],
    ['1e400', 'register_not_whole'],
    ['10e-1', 'register_not_whole'],
    [' \n\t 36000.0 ', 'register_not_whole'],
    ['"36000.0"', 'register_not_whole'],
    ['"1e3"', 'register_not_whole'],
    ['"007"', 'register_not_whole'],
    ['" 7"', 'register_not_whole'],
    ['"+7"', 'register_not_whole'],
    ['"0x10"', 'register_not_whole'],
    ['""', 'register_not_whole'],
    ['"٣"', 'register_not_whole'],
    ['null', 'register_not_whole'],
    ['true', 'register_not_whole'],
    ['[1]', 'register_not_whole'],
    ['{}', 'register_not_whole'],
    ['-1', 'register_negative'],
    ['-1.5', 'register_negative'],
    ['-1e3', 'register_negative'],
    ['"-1"', 'register_negative'],
    ['-9007199254740993', 'register_negative'],
    ['9007199254740992', 'register_too_large'],
    ['9007199254740993', 'register_too_large'],
    ['"9007199254740992"', 'register_too_large'],
    ['"9999999999999999"', 'register_too_large'],
    ['"99999999999999999"', 'register_too_large'],
    ['9'.repeat(400), 'register_too_large'],
    [`"${'9'.repeat(400)}"`, 'register_too_large'],
  ])('refuses the value %s with %s', (source, code) => {
    expect(verdicts(withRegister(source))).toEqual([code])
  })

  it('finds a fraction in any register, behind whole ones too', () => {
    expect(verdicts(withMembers('"registers":{"energy_wh":91822,"run_s":36000.0}'))).toEqual([
      'register_not_whole',
    ])
  })

  it.each([
    '"Run":1',
    '"1a":1',
    '"":1',
    '"a-b":1',
    '"__proto__":1',
    '"__proto__":{"run_s":1}',
    '"a\\u0000":1',
  ])('refuses the register name in {%s}', (members) => {
    expect(verdicts(withMembers(`"registers":{${members}}`))).toEqual(['reading_malformed'])
    expect(verdicts(withMembers(`"registers":{"energy_wh":1.0,${members}}`))).not.toEqual(['accepted'])
  })

  it('takes a name that objects inherit as an ordinary register', () => {
    expect(
      decodeReadingMessage(bytesOf(withMembers('"registers":{"constructor":1}')))[0]?.reading?.registers,
    ).toEqual([{ register: 'constructor', value: 1n }])
  })

  it.each([
    [64, 'accepted'],
    [65, 'reading_malformed'],
  ])('answers %s registers with %s', (count, code) => {
    const registers = Object.fromEntries(Array.from({ length: count }, (_, index) => [`r${index}`, index]))
    expect(verdicts(withMembers(`"registers":${JSON.stringify(registers)}`))).toEqual([code])
  })
})

describe('decodeReadingMessage, whole messages', () => {
  it.each([
    ['', 'payload_not_json'],
    ['hello', 'payload_not_json'],
    ['{"v":1,', 'payload_not_json'],
    ["{'v':1}", 'payload_not_json'],
    ['{"v":1} {"v":1}', 'payload_not_json'],
    ['[{"v":1},]', 'payload_not_json'],
    ['NaN', 'payload_not_json'],
    ['{"v":1,"epoch":01,"seq":1}', 'payload_not_json'],
    ['\ufeff{"v":1,"epoch":1,"seq":1}', 'payload_not_json'],
    ['null', 'reading_malformed'],
    ['7', 'reading_malformed'],
    ['7.5', 'reading_malformed'],
    ['"text"', 'reading_malformed'],
    ['true', 'reading_malformed'],
    ['[]', 'reading_malformed'],
    ['{}', 'version_unsupported'],
    ['{"epoch":1,"seq":1}', 'version_unsupported'],
    ['{"v":2,"epoch":1,"seq":1}', 'version_unsupported'],
    ['{"v":"1","epoch":1,"seq":1}', 'version_unsupported'],
    ['{"v":1.0,"epoch":1,"seq":1}', 'version_unsupported'],
    ['{"v":null,"epoch":1,"seq":1}', 'version_unsupported'],
    ['{"v":1,"seq":1}', 'sequence_missing'],
    ['{"v":1,"epoch":1}', 'sequence_missing'],
    ['{"v":1,"epoch":1,"seq":"1"}', 'reading_malformed'],
    ['{"v":1,"epoch":1,"seq":1.0}', 'reading_malformed'],
    ['{"v":1,"epoch":1,"seq":-1}', 'reading_malformed'],
    ['{"v":1,"epoch":null,"seq":1}', 'reading_malformed'],
    ['{"v":1,"epoch":1,"seq":9007199254740992}', 'reading_malformed'],
  ])('answers %s with one refusal: %s', (text, code) => {
    const elements = decodeReadingMessage(bytesOf(text))
    expect(elements.map((element) => element.refusal?.code)).toEqual([code])
    expect(textOf(elements[0]!.raw)).toBe(text.replace('\ufeff', ''))
  })

  it.each([
    ['a lone continuation byte', [0x80]],
    ['an overlong slash', [0x22, 0xc0, 0xaf, 0x22]],
    ['a cut sequence', [0x22, 0xe2, 0x82, 0x22]],
    ['an encoded surrogate', [0x22, 0xed, 0xa0, 0x80, 0x22]],
  ])('refuses %s with payload_not_utf8', (_what, bytes) => {
    const payload = Uint8Array.from(bytes)
    expect(decodeReadingMessage(payload)).toEqual([
      { raw: payload, refusal: { code: 'payload_not_utf8', detail: 'Send the reading as JSON in UTF-8.' } },
    ])
  })

  it('refuses nesting too deep to read, with and without fractions', () => {
    const deep = (inner: string) => withRegister('['.repeat(100_000) + inner + ']'.repeat(100_000))
    for (const inner of ['1', '1.5']) {
      expect(verdicts(deep(inner))).toHaveLength(1)
      expect(verdicts(deep(inner))).not.toEqual(['accepted'])
    }
  })

  it.each([
    '"registrs":{}',
    '"V":1',
    '"":1',
    '"__proto__":{}',
    '"__proto__":{"at":"2026-11-22T07:12:03Z"}',
    '"constructor":1',
    '"toString":1',
    '"ageS":1.5,"extra":1',
  ])('refuses the unknown or ill member in {%s}', (members) => {
    expect(verdicts(withMembers(members))).toEqual(['reading_malformed'])
  })

  it('names the unknown member in the detail, cut to 40 characters', () => {
    const [element] = decodeReadingMessage(bytesOf(withMembers(`"${'x'.repeat(500)}":1`)))
    expect(element?.refusal?.detail).toBe(`Remove the unknown member "${'x'.repeat(40)}".`)
  })

  it.each([
    '"at":"2026-02-30T00:00:00Z"',
    '"at":"2026-11-22"',
    '"at":1795331523000',
    '"at":null',
    '"at":"2026-11-22T07:12:03Z","ageS":1',
    '"ageS":-1',
    '"ageS":1.5',
    '"ageS":"1"',
    '"ageS":316224001',
    '"clock":"wrong"',
    '"clock":null',
    '"clock":true',
    '"registers":[]',
    '"registers":null',
    '"registers":1.5',
    '"registers":"run_s"',
    '"events":{}',
    '"events":null',
    '"events":1.5',
    '"events":[1]',
    '"events":[null]',
    '"events":[[]]',
    '"exchanges":{}',
    '"exchanges":[1.5]',
  ])('refuses {%s} with reading_malformed', (members) => {
    expect(verdicts(withMembers(members))).toEqual(['reading_malformed'])
  })

  it('takes an age of exactly ten leap years', () => {
    expect(verdicts(withMembers('"ageS":316224000'))).toEqual(['accepted'])
  })
})

describe('decodeReadingMessage, events and exchanges', () => {
  it.each<[string, Record<string, unknown>, string]>([
    ['no id', { id: undefined }, 'reading_malformed'],
    ['an empty id', { id: '' }, 'reading_malformed'],
    ['a long id', { id: 'x'.repeat(129) }, 'reading_malformed'],
    ['half a surrogate pair in its id', { id: 'job-\ud800' }, 'reading_malformed'],
    ['a number as id', { id: 77 }, 'reading_malformed'],
    ['a type in capitals', { type: 'Job' }, 'reading_malformed'],
    ['no end', { to: undefined }, 'reading_malformed'],
    ['an end before its begin', { to: '2026-11-22T06:59:59Z' }, 'reading_malformed'],
    ['a begin that does not exist', { from: '2026-02-29T00:00:00Z' }, 'reading_malformed'],
    ['no quantity', { quantity: undefined }, 'register_not_whole'],
    ['a fraction as quantity', { quantity: 0.5 }, 'register_not_whole'],
    ['a negative quantity', { quantity: -1 }, 'register_negative'],
    ['a quantity of 2^53', { quantity: 2 ** 53 }, 'register_too_large'],
    ['a number as label', { labels: { programme: 1 } }, 'reading_malformed'],
    ['a long label', { labels: { programme: 'x'.repeat(129) } }, 'reading_malformed'],
    ['half a surrogate pair in a label', { labels: { programme: '\udfff' } }, 'reading_malformed'],
    ['a label name in capitals', { labels: { Programme: 'eco' } }, 'reading_malformed'],
    ['labels in an array', { labels: ['eco'] }, 'reading_malformed'],
    ['no object for labels', { labels: null }, 'reading_malformed'],
    ['an unknown member', { price: 1 }, 'reading_malformed'],
    ['no duration', { to: '2026-11-22T07:00:00Z' }, 'accepted'],
    ['no labels', { labels: undefined }, 'accepted'],
    ['an empty label', { labels: { programme: '' } }, 'accepted'],
    ['a word for open', { open: 'true' }, 'reading_malformed'],
    ['null for open', { open: null }, 'reading_malformed'],
    ['a number for open', { open: 1 }, 'reading_malformed'],
    ['a session that still runs', { open: true }, 'accepted'],
    ['a session that does not run any more', { open: false }, 'accepted'],
  ])('answers an event with %s', (_what, changes, code) => {
    expect(verdicts(withEvent(changes))).toEqual([code])
  })

  it('marks a session that still runs and nothing else', () => {
    const isOpen = [{ open: true }, { open: false }, {}].map((changes) => {
      const [element] = decodeReadingMessage(new TextEncoder().encode(withEvent(changes)))
      return element?.reading?.events[0]?.isOpen
    })
    expect(isOpen).toEqual([true, undefined, undefined])
  })

  it.each(['"__proto__":"eco"', '"__proto__":{}'])('refuses the label {%s}', (label) => {
    const event =
      '{"id":"a","type":"job","from":"2026-11-22T07:00:00Z","to":"2026-11-22T07:00:00Z","quantity":1,"labels":{'
    expect(verdicts(withMembers(`"events":[${event}${label}}}]`))).toEqual(['reading_malformed'])
    expect(verdicts(withMembers(`"events":[${event}},${label}}]`))).toEqual(['reading_malformed'])
  })

  it.each<[string, Record<string, unknown>, string]>([
    ['no register', { register: undefined }, 'reading_malformed'],
    ['a register name in capitals', { register: 'Run' }, 'reading_malformed'],
    ['a negative final value', { final: -1 }, 'register_negative'],
    ['a fraction as start value', { start: 0.5 }, 'register_not_whole'],
    ['no time', { at: undefined }, 'reading_malformed'],
    ['an unknown member', { by: 'me' }, 'reading_malformed'],
    ['everything in place', {}, 'accepted'],
  ])('answers an exchange with %s', (_what, changes, code) => {
    expect(verdicts(withExchange(changes))).toEqual([code])
  })

  it.each([
    ['events', 64, 'accepted'],
    ['events', 65, 'reading_malformed'],
    ['exchanges', 64, 'accepted'],
    ['exchanges', 65, 'reading_malformed'],
  ])('answers a reading whose %s are %s with %s', (name, count, code) => {
    const one = JSON.parse(name === 'events' ? withEvent({}) : withExchange({})) as Record<string, unknown[]>
    const many = Array.from({ length: count }, () => one[name]![0])
    expect(verdicts(withMembers(`"${name}":${JSON.stringify(many)}`))).toEqual([code])
  })

  it.each([
    [16, 'accepted'],
    [17, 'reading_malformed'],
  ])('answers an event with %s labels with %s', (count, code) => {
    const labels = Object.fromEntries(Array.from({ length: count }, (_, index) => [`l${index}`, 'x']))
    expect(verdicts(withEvent({ labels }))).toEqual([code])
  })
})

describe('decodeReadingMessage, arrays', () => {
  it('counts the good readings and refuses the bad one, each with its own exact bytes', () => {
    const texts = [
      '{"v":1,"epoch":1,"seq":1,"registers":{"run_s":"36000"}}',
      '{ "v" : 1 , "epoch":1,"seq":2, "registers":{"run_s": 36000.0 } }',
      withEvent({ id: 'Bohrjob „Ä“ 😀 \\ " ] } , [ {' }),
      '{"v":1,"epoch":1,"seq":4,"events":[],"registers":{"run_s":1}}',
      '"a text with , ] \\" in it"',
      '[[1,2],{"a":"]"}]',
    ]
    const elements = decodeReadingMessage(bytesOf(` \n[ ${texts.join(' \r\n,\t')} ] `))
    expect(elements.map(({ raw }) => textOf(raw))).toEqual(texts)
    expect(elements.map((element) => element.refusal?.code ?? 'accepted')).toEqual([
      'accepted',
      'register_not_whole',
      'accepted',
      'accepted',
      'reading_malformed',
      'reading_malformed',
    ])
  })

  it('keeps escapes as they were sent', () => {
    const text = withMembers(
      '"events":[{"id":"\\u00e4\\ud83d\\ude00\\\\","type":"job","from":"2026-11-22T07:00:00Z","to":"2026-11-22T07:00:00Z","quantity":1}]',
    )
    const [element] = decodeReadingMessage(bytesOf(`[${text}]`))
    expect(textOf(element!.raw)).toBe(text)
    expect(element?.reading?.events[0]?.id).toBe('ä😀\\')
  })

  it.each([
    [1_000, 1_000],
    [1_001, 1],
  ])('answers an array of %s readings with %s elements', (count, expected) => {
    const elements = decodeReadingMessage(bytesOf(`[${Array(count).fill(withRegister('1')).join(',')}]`))
    expect(elements).toHaveLength(expected)
    expect(elements[0]?.refusal?.code).toBe(count === 1_000 ? undefined : 'reading_malformed')
  })
})

describe('decodeStoredReading', () => {
  it('decodes the bytes that decodeReadingMessage kept', () => {
    const [, second] = decodeReadingMessage(bytesOf(`[${withRegister('1')}, ${withRegister('"2"')}]`))
    expect(decodeStoredReading(second!.raw)).toEqual(second!.reading)
  })

  it('throws on bytes that were never accepted', () => {
    expect(() => decodeStoredReading(bytesOf('{}'))).toThrow('a stored reading no longer decodes')
  })
})

describe('refusalTitles', () => {
  it('gives every refusal a snake_case code and a title', () => {
    for (const [code, title] of Object.entries(refusalTitles)) {
      expect(code).toMatch(/^[a-z0-9]+(_[a-z0-9]+)*$/)
      expect(title).toMatch(/^[A-Z].*[^.]$/)
    }
  })
})
