/**
 * The decoder and the published schema describe the same messages. They may differ only where the schema, which sees
 * parsed JSON and one member at a time, cannot say what the decoder knows; `mustBeRefusedBeyondSchema` lists those.
 * Fractions such as `36000.0` are a further difference that never appears here: `JSON.stringify` does not write them.
 */
import fc from 'fast-check'
import { Compile } from 'typebox/compile'
import { describe, expect, it } from 'vitest'
import { decodeReadingMessage } from './decode-reading.ts'
import { ReadingMessageSchema } from './reading-schema.ts'
import { REGISTER_LIMIT, refusalTitles } from './wire-format.ts'

type Json = null | boolean | number | string | Json[] | { [name: string]: Json }

const schema = Compile(ReadingMessageSchema)
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

const counter = fc.nat({ max: Number.MAX_SAFE_INTEGER })
const wholeNumber = fc.oneof(counter, counter.map(String))
const name = fc.stringMatching(/^[a-z][a-z0-9_]{0,8}$/)
const shortText = fc.string({ unit: 'grapheme-composite', minLength: 1, maxLength: 10 })
const instantMs = fc.integer({ min: Date.UTC(0, 0), max: Date.UTC(9999, 11, 31) })
const toInstant = (at: number): string => new Date(at).toISOString()

const event = fc
  .record(
    {
      id: shortText,
      type: name,
      from: instantMs,
      durationMs: fc.nat(),
      quantity: wholeNumber,
      labels: fc.dictionary(name, shortText, { maxKeys: 4 }),
      open: fc.boolean(),
    },
    { requiredKeys: ['id', 'type', 'from', 'durationMs', 'quantity'] },
  )
  .map(({ from, durationMs, ...rest }) => {
    return {
      ...rest,
      from: toInstant(from),
      to: toInstant(Math.min(from + durationMs, Date.UTC(9999, 11, 31))),
    }
  })

const validReading: fc.Arbitrary<Json> = fc
  .tuple(
    fc.record({ v: fc.constant(1), epoch: counter, seq: counter }),
    fc.oneof(
      fc.record({ at: instantMs.map(toInstant) }),
      fc.record({ ageS: fc.nat({ max: 316_224_000 }) }),
      fc.constant({}),
    ),
    fc.record(
      {
        clock: fc.constantFrom('synced', 'unsynced'),
        registers: fc.dictionary(name, wholeNumber, { maxKeys: 4 }),
        events: fc.array(event, { maxLength: 3 }),
        exchanges: fc.array(
          fc.record({ register: name, final: wholeNumber, start: wholeNumber, at: instantMs.map(toInstant) }),
          { maxLength: 3 },
        ),
      },
      { requiredKeys: [] },
    ),
  )
  .map(([identity, time, content]) => ({ ...identity, ...time, ...content }))

const validMessage: fc.Arbitrary<Json> = fc.oneof(
  validReading,
  fc.array(validReading, { minLength: 1, maxLength: 4 }),
)

/** Values that sit at the edges of what some member takes. */
// prettier-ignore -- a table reads better in rows
const edgeValue: fc.Arbitrary<Json> = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>,
  fc.constantFrom<Json>(
    null,
    true,
    '',
    0,
    -1,
    1,
    2,
    0.5,
    2 ** 53 - 1,
    2 ** 53,
    316_224_000,
    316_224_001,
    '0',
    '-1',
    '007',
    '1e3',
    '9007199254740991',
    '9007199254740992',
    '99999999999999999',
    'synced',
    'unsynced',
    '2026-02-30T00:00:00Z',
    '2026-02-28T24:00:00Z',
    '2016-12-31T23:59:60Z',
    '2026-02-28T00:00:00+14:00',
    '2026-02-28t00:00:00z',
    '2026-02-28T00:00:00',
    '2026-02-28T00:00:00.1234567891Z',
    '\ud800',
    '😀'.repeat(128),
    '😀'.repeat(129),
    'x'.repeat(128),
    'x'.repeat(129),
    'Upper',
    'constructor',
    {},
    [],
    [[]],
    [{}],
  ),
)
// prettier-ignore -- a table reads better in rows
const edgeName = fc.constantFrom(
  'v',
  'epoch',
  'seq',
  'at',
  'ageS',
  'clock',
  'registers',
  'events',
  'exchanges',
  'id',
  'type',
  'from',
  'to',
  'quantity',
  'labels',
  'open',
  'run_s',
  'Run',
  '__proto__',
  'constructor',
  '',
  'a\u0000',
)

type Mutation = {
  readonly where: number
  readonly what: 'replace' | 'remove' | 'add'
  readonly name: string
  readonly value: Json
}
const mutation: fc.Arbitrary<Mutation> = fc.record({
  where: fc.nat(),
  what: fc.constantFrom('replace', 'remove', 'add'),
  name: edgeName,
  value: edgeValue,
})

function containersOf(value: Json): (Json[] | { [name: string]: Json })[] {
  if (typeof value !== 'object' || value === null) return []
  return [value, ...Object.values(value).flatMap(containersOf)]
}

/** Replaces, removes or adds one member somewhere in the document. */
function mutate(document: Json, { where, what, name, value }: Mutation): Json {
  const copy = structuredClone(document)
  const containers = containersOf(copy)
  const container = containers[where % Math.max(containers.length, 1)]
  if (container === undefined) return value
  const names = Object.keys(container)
  const chosen = what === 'add' || names.length === 0 ? name : names[where % names.length]!
  if (Array.isArray(container)) {
    if (what === 'remove') container.splice(Number(chosen) || 0, 1)
    else if (what === 'add') container.push(value)
    else container[Number(chosen) || 0] = value
  } else if (what === 'remove') delete container[chosen]
  else
    Object.defineProperty(container, chosen, { value, enumerable: true, configurable: true, writable: true })
  return copy
}

/** What is wrong although each member has the published form. */
function mustBeRefusedBeyondSchema(document: Json): boolean {
  if (typeof document === 'string') {
    return (
      !document.isWellFormed() || (/^[1-9][0-9]{15}$/.test(document) && BigInt(document) >= REGISTER_LIMIT)
    )
  }
  if (typeof document !== 'object' || document === null) return false
  if (Object.values(document).some(mustBeRefusedBeyondSchema)) return true
  if (Array.isArray(document)) return false
  const { at, ageS, from, to } = document
  if (at !== undefined && ageS !== undefined) return true
  return typeof from === 'string' && typeof to === 'string' && Date.parse(to) < Date.parse(from)
}

function isAccepted(document: Json): boolean {
  return decodeReadingMessage(bytesOf(JSON.stringify(document))).every(({ refusal }) => refusal === undefined)
}

describe('decodeReadingMessage and ReadingMessageSchema', () => {
  it('accept every valid message alike', () => {
    fc.assert(
      fc.property(validMessage, (document) => {
        expect(schema.Check(document)).toBe(true)
        expect(decodeReadingMessage(bytesOf(JSON.stringify(document)))).toEqual(
          (Array.isArray(document) ? document : [document]).map(() => ({
            raw: expect.any(Uint8Array),
            reading: expect.objectContaining({ epoch: expect.any(Number), seq: expect.any(Number) }),
          })),
        )
      }),
      { numRuns: 300 },
    )
  })

  it('judge every mutated message alike, but for the rules that a schema cannot say', () => {
    fc.assert(
      fc.property(validMessage, fc.array(mutation, { minLength: 1, maxLength: 3 }), (document, mutations) => {
        const mutated = JSON.parse(JSON.stringify(mutations.reduce(mutate, document))) as Json
        // An id may hold "9007199254740992", so a document that the list below names may be accepted all the same.
        if (isAccepted(mutated)) expect(schema.Check(mutated)).toBe(true)
        else if (schema.Check(mutated)) expect(mustBeRefusedBeyondSchema(mutated)).toBe(true)
      }),
      { numRuns: 3_000 },
    )
  })

  it.each<[string, Json]>([
    ['"at" and "ageS" together', { v: 1, epoch: 1, seq: 1, at: '2026-11-22T07:12:03Z', ageS: 1 }],
    [
      'a decimal string of 2^53 or more',
      { v: 1, epoch: 1, seq: 1, registers: { run_s: '9007199254740992' } },
    ],
    [
      'an event that ends before it begins',
      {
        v: 1,
        epoch: 1,
        seq: 1,
        events: [
          { id: 'a', type: 'job', from: '2026-11-22T07:12:03Z', to: '2026-11-22T07:12:02Z', quantity: 1 },
        ],
      },
    ],
    [
      'half a surrogate pair',
      {
        v: 1,
        epoch: 1,
        seq: 1,
        events: [
          {
            id: '\ud800',
            type: 'job',
            from: '2026-11-22T07:12:03Z',
            to: '2026-11-22T07:12:03Z',
            quantity: 1,
          },
        ],
      },
    ],
  ])('differ on %s, which only the decoder refuses', (_what, document) => {
    expect(schema.Check(document)).toBe(true)
    expect(isAccepted(document)).toBe(false)
    expect(mustBeRefusedBeyondSchema(document)).toBe(true)
  })
})

describe('decodeReadingMessage, for any input', () => {
  function expectVerdicts(payload: Uint8Array): void {
    const elements = decodeReadingMessage(payload)
    expect(elements.length).toBeGreaterThan(0)
    for (const { refusal, reading } of elements) {
      expect([refusal, reading].filter((outcome) => outcome !== undefined)).toHaveLength(1)
      if (refusal !== undefined) expect(Object.keys(refusalTitles)).toContain(refusal.code)
    }
  }

  it('never throws on random bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), expectVerdicts), { numRuns: 500 })
  })

  it('never throws on a valid message with some bytes changed', () => {
    const change = fc.tuple(fc.nat(), fc.constantFrom(...bytesOf('{}[]",:.-eE0129\\u \n'), 0, 0x80, 0xff))
    fc.assert(
      fc.property(validMessage, fc.array(change, { minLength: 1, maxLength: 5 }), (document, changes) => {
        const payload = bytesOf(JSON.stringify(document))
        for (const [position, byte] of changes) payload[position % payload.length] = byte
        expectVerdicts(payload)
      }),
      { numRuns: 1_000 },
    )
  })

  it('never throws on any JSON value', () => {
    fc.assert(
      fc.property(fc.json(), (text) => expectVerdicts(bytesOf(text))),
      { numRuns: 500 },
    )
  })

  it('refuses a register that is written with a fraction or an exponent, however it is written', () => {
    const source = fc
      .tuple(
        fc.constantFrom('', '-'),
        fc.nat(),
        fc.constantFrom('', '.0', '.00000000000000001', '.5'),
        fc.constantFrom('', 'e0', 'E1', 'e+2', 'e-3', 'e308'),
      )
      .map(([sign, digits, fraction, exponent]) => ({
        text: `${sign}${digits}${fraction}${exponent}`,
        isWhole: fraction + exponent === '' && sign === '',
      }))
    const blanks = fc.stringMatching(/^[ \t\r\n]{0,3}$/)
    fc.assert(
      fc.property(source, blanks, blanks, ({ text, isWhole }, before, after) => {
        const payload = bytesOf(
          `{"v":1,"epoch":1,"seq":1,"registers":{"run_s"${before}:${after}${text}${before}}}`,
        )
        const [element] = decodeReadingMessage(payload)
        const isZero = /^-?0$/.test(text)
        expect(element?.refusal === undefined).toBe(isWhole || isZero)
      }),
      { numRuns: 500 },
    )
  })

  it('keeps the exact bytes of each element of an array', () => {
    const blanks = fc.stringMatching(/^[ \t\r\n]{0,3}$/)
    const element = fc
      .tuple(fc.oneof(validReading, fc.jsonValue({ maxDepth: 3 })), fc.nat({ max: 2 }))
      .map(([value, indent]) => JSON.stringify(value, null, indent))
    fc.assert(
      fc.property(fc.array(fc.tuple(blanks, element, blanks), { minLength: 1, maxLength: 6 }), (parts) => {
        const text = `[${parts.map((part) => part.join('')).join(',')}]`
        const raws = decodeReadingMessage(bytesOf(text)).map(({ raw }) => new TextDecoder().decode(raw))
        expect(raws).toEqual(parts.map(([, element]) => element))
      }),
      { numRuns: 300 },
    )
  })
})
