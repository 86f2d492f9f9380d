/**
 * Bytes to readings: the only parser of device payloads.
 *
 * Never throws on any input; a message that cannot be read is a refusal with a stable code, and inside an array each
 * element succeeds or fails alone. Whole numbers are checked on the text, not on the parsed number, because
 * `JSON.parse` turns `36000.00000000000001` into 36000: a cheap pattern looks for a fraction or exponent anywhere and
 * only then is the message parsed again with its source text. Unknown members are refused, so that a misspelt
 * `register` is not lost silently.
 */
import { isRegisterName } from './ids.ts'
import { sliceArrayElements } from './json-slices.ts'
import { parseInstant } from './time.ts'
import {
  MAX_EVENTS_PER_READING,
  MAX_LABELS_PER_EVENT,
  MAX_READINGS_PER_MESSAGE,
  MAX_REGISTERS_PER_READING,
  MAX_TEXT_LENGTH,
  REGISTER_LIMIT,
  type Exchange,
  type Reading,
  type ReadingTime,
  type Refusal,
  type RefusalCode,
  type RegisterValue,
  type UsageEvent,
} from './wire-format.ts'

export type DecodedElement =
  | { readonly raw: Uint8Array; readonly reading: Reading; readonly refusal?: undefined }
  | { readonly raw: Uint8Array; readonly refusal: Refusal; readonly reading?: undefined }

const MAX_AGE_S = 10 * 366 * 86_400
/**
 * A number stands behind a member's name, a bracket or a comma; the colons of a time of day stand behind digits. Looking back
 * from the few points and letters "e" behind a digit takes a third of the time that looking ahead from every quote takes.
 */
const mayHoldFraction = /\d[.eE](?<=(?:"\s*:|[[,])\s*-?\d+[.eE])/
const wholeNumberText = /^(?:0|[1-9]\d{0,15})$/
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Stands in for a number that was written with a fraction or an exponent. */
class NotWhole {
  readonly source: string
  constructor(source: string) {
    this.source = source
  }
}

class RefusedReading extends Error {
  readonly refusal: Refusal
  constructor(code: RefusalCode, detail: string) {
    super(detail)
    this.refusal = { code, detail }
  }
}

/** Decodes one published message. A message that is no JSON at all gives one refused element: the whole payload. */
export function decodeReadingMessage(payload: Uint8Array): DecodedElement[] {
  let text: string
  try {
    text = utf8.decode(payload)
  } catch {
    return [refused(payload, 'payload_not_utf8', 'Send the reading as JSON in UTF-8.')]
  }
  let parsed: unknown
  try {
    parsed = mayHoldFraction.test(text) ? parseMarkingFractions(text) : JSON.parse(text)
  } catch {
    return [refused(payload, 'payload_not_json', 'Send the reading as one JSON object or an array of them.')]
  }
  if (!Array.isArray(parsed)) return [decodeElement(payload, parsed)]
  if (parsed.length === 0 || parsed.length > MAX_READINGS_PER_MESSAGE) {
    const detail = `Send 1 to ${MAX_READINGS_PER_MESSAGE} readings in an array; this one has ${parsed.length}.`
    return [refused(payload, 'reading_malformed', detail)]
  }
  const slices = sliceArrayElements(payload)
  return parsed.map((element: unknown, index) => decodeElement(slices[index] ?? payload, element))
}

/** Decodes the stored bytes of one reading. Only for bytes that were accepted before. */
export function decodeStoredReading(raw: Uint8Array): Reading {
  const [element] = decodeReadingMessage(raw)
  if (element?.reading === undefined) throw new Error('a stored reading no longer decodes')
  return element.reading
}

function refused(raw: Uint8Array, code: RefusalCode, detail: string): DecodedElement {
  return { raw, refusal: { code, detail } }
}

function decodeElement(raw: Uint8Array, element: unknown): DecodedElement {
  try {
    return { raw, reading: readReading(element) }
  } catch (error) {
    if (error instanceof RefusedReading) return { raw, refusal: error.refusal }
    throw error
  }
}

function parseMarkingFractions(text: string): unknown {
  return JSON.parse(text, (_key, value: unknown, context?: { source?: string }) => {
    const source = context?.source
    if (typeof value === 'number' && source !== undefined && !/^-?\d+$/.test(source))
      return new NotWhole(source)
    return value
  })
}

function readReading(element: unknown): Reading {
  const members = readObject(element, 'The reading')
  let version: unknown
  let epoch: unknown
  let seq: unknown
  let at: unknown
  let ageS: unknown
  let clock: unknown
  let registers: unknown
  let events: unknown
  let exchanges: unknown
  for (const name in members) {
    const member = members[name]
    switch (name) {
      case 'v':
        version = member
        break
      case 'epoch':
        epoch = member
        break
      case 'seq':
        seq = member
        break
      case 'at':
        at = member
        break
      case 'ageS':
        ageS = member
        break
      case 'clock':
        clock = member
        break
      case 'registers':
        registers = member
        break
      case 'events':
        events = member
        break
      case 'exchanges':
        exchanges = member
        break
      default:
        throw malformed(`Remove the unknown member "${name.slice(0, 40)}".`)
    }
  }
  if (version !== 1)
    throw new RefusedReading('version_unsupported', 'Send "v": 1; other versions are not known.')
  if (epoch === undefined || seq === undefined) {
    throw new RefusedReading('sequence_missing', 'Send "epoch" and "seq" with every reading.')
  }
  return {
    epoch: readCounter(epoch, 'epoch'),
    seq: readCounter(seq, 'seq'),
    time: readTime(at, ageS, clock),
    registers: registers === undefined ? [] : readRegisters(registers),
    events: events === undefined ? [] : readList(events, 'events', MAX_EVENTS_PER_READING, readEvent),
    exchanges:
      exchanges === undefined
        ? []
        : readList(exchanges, 'exchanges', MAX_REGISTERS_PER_READING, readExchange),
  }
}

function readTime(at: unknown, ageS: unknown, clock: unknown): ReadingTime {
  if (clock !== undefined && clock !== 'synced' && clock !== 'unsynced') {
    throw malformed('"clock" is "synced" or "unsynced".')
  }
  if (at !== undefined && ageS !== undefined) throw malformed('Send "at" or "ageS", not both.')
  if (at !== undefined) {
    return { kind: 'device_time', at: readInstant(at, 'at'), isSynced: clock !== 'unsynced' }
  }
  if (ageS === undefined) return { kind: 'none' }
  const seconds = readCounter(ageS, 'ageS')
  if (seconds > MAX_AGE_S) throw malformed('"ageS" is at most ten years.')
  return { kind: 'age', ageS: seconds }
}

function readRegisters(members: unknown): RegisterValue[] {
  const object = readObject(members, '"registers"')
  const registers = Object.keys(object).map((register) => {
    if (!isRegisterName(register)) throw malformed(`"${register.slice(0, 40)}" is not a register name.`)
    return { register, value: readWholeNumber(object[register], register) }
  })
  if (registers.length > MAX_REGISTERS_PER_READING) {
    throw malformed(`Send at most ${MAX_REGISTERS_PER_READING} registers in a reading.`)
  }
  return registers
}

function readEvent(element: unknown): UsageEvent {
  const { id, type, from, to, quantity, labels, open, ...unknown } = readObject(element, 'An event')
  refuseUnknown(unknown, 'an event')
  if (open !== undefined && typeof open !== 'boolean') throw malformed('"open" is true or false.')
  const event = {
    id: readText(id, 'id'),
    type: readName(type, 'type'),
    from: readInstant(from, 'from'),
    to: readInstant(to, 'to'),
    quantity: readWholeNumber(quantity, 'quantity'),
    labels: labels === undefined ? {} : readLabels(labels),
    ...(open === true ? { isOpen: true as const } : {}),
  }
  if (event.to < event.from) throw malformed('An event\'s "to" is not before its "from".')
  return event
}

function readExchange(element: unknown): Exchange {
  const { register, final, start, at, ...unknown } = readObject(element, 'An exchange')
  refuseUnknown(unknown, 'an exchange')
  return {
    register: readName(register, 'register'),
    final: readWholeNumber(final, 'final'),
    start: readWholeNumber(start, 'start'),
    at: readInstant(at, 'at'),
  }
}

function readLabels(members: unknown): Readonly<Record<string, string>> {
  const entries = Object.entries(readObject(members, '"labels"'))
  if (entries.length > MAX_LABELS_PER_EVENT) throw malformed(`Send at most ${MAX_LABELS_PER_EVENT} labels.`)
  return Object.fromEntries(
    entries.map(([name, label]) => {
      if (!isRegisterName(name) || typeof label !== 'string' || !isStorableText(label)) {
        throw malformed(`A label is a short text under a lower-case name; "${name.slice(0, 40)}" is not.`)
      }
      return [name, label]
    }),
  )
}

function readWholeNumber(member: unknown, name: string): bigint {
  if (typeof member === 'number') {
    if (member < 0) throw new RefusedReading('register_negative', `"${name}" must not be negative.`)
    if (member > Number.MAX_SAFE_INTEGER) throw tooLarge(name)
    return BigInt(member)
  }
  if (typeof member === 'string') {
    if (/^-\d+$/.test(member))
      throw new RefusedReading('register_negative', `"${name}" must not be negative.`)
    if (/^[1-9]\d{16,}$/.test(member)) throw tooLarge(name)
    if (wholeNumberText.test(member)) {
      const value = BigInt(member)
      if (value >= REGISTER_LIMIT) throw tooLarge(name)
      return value
    }
  }
  const isNegative = member instanceof NotWhole && member.source.startsWith('-')
  if (isNegative) throw new RefusedReading('register_negative', `"${name}" must not be negative.`)
  throw new RefusedReading(
    'register_not_whole',
    `Send "${name}" as a whole number in its base unit, without fraction or exponent.`,
  )
}

function readCounter(member: unknown, name: string): number {
  if (typeof member !== 'number' || !Number.isSafeInteger(member) || member < 0) {
    throw malformed(`"${name}" is a whole number from 0 to 2^53 - 1.`)
  }
  return member + 0 // -0 becomes 0
}

function readInstant(member: unknown, name: string): number {
  const at = typeof member === 'string' && member.length <= 40 ? parseInstant(member) : undefined
  if (at === undefined) throw malformed(`"${name}" is an RFC 3339 date-time such as "2026-11-22T07:12:03Z".`)
  return at
}

function readText(member: unknown, name: string): string {
  if (typeof member !== 'string' || member.length === 0 || !isStorableText(member)) {
    throw malformed(`"${name}" is a text of 1 to ${MAX_TEXT_LENGTH} characters.`)
  }
  return member
}

/** Half a surrogate pair (`"\ud800"`) has no UTF-8 form: stored, two different ids would become the same. */
function isStorableText(text: string): boolean {
  const isShort = text.length <= MAX_TEXT_LENGTH || Array.from(text).length <= MAX_TEXT_LENGTH
  return isShort && text.isWellFormed()
}

function readName(member: unknown, name: string): string {
  if (typeof member !== 'string' || !isRegisterName(member)) {
    throw malformed(`"${name}" is a name of lower-case letters, digits and "_".`)
  }
  return member
}

function readList<Item>(
  member: unknown,
  name: string,
  maximum: number,
  readItem: (element: unknown) => Item,
): Item[] {
  if (!Array.isArray(member) || member.length > maximum) {
    throw malformed(`"${name}" is an array of at most ${maximum} entries.`)
  }
  return member.map(readItem)
}

function readObject(member: unknown, name: string): Record<string, unknown> {
  if (typeof member !== 'object' || member === null || Array.isArray(member) || member instanceof NotWhole) {
    throw malformed(`${name} is a JSON object.`)
  }
  return member as Record<string, unknown>
}

function refuseUnknown(unknown: Record<string, unknown>, where: string): void {
  const [name] = Object.keys(unknown)
  if (name !== undefined) throw malformed(`Remove the unknown member "${name.slice(0, 40)}" of ${where}.`)
}

function malformed(detail: string): RefusedReading {
  return new RefusedReading('reading_malformed', detail)
}

function tooLarge(name: string): RefusedReading {
  return new RefusedReading('register_too_large', `"${name}" must be below 2^53.`)
}
