/**
 * The JSON Schema of what a device publishes (design §4). Apart from the types and limits of `wire-format.ts`, because
 * every thread loads those, and loading TypeBox takes longer than all else that a thread does to start.
 */
import { Type } from 'typebox'
import { REGISTER_NAME_PATTERN } from './ids.ts'
import { INSTANT_PATTERN } from './time.ts'
import {
  MAX_EVENTS_PER_READING,
  MAX_LABELS_PER_EVENT,
  MAX_READINGS_PER_MESSAGE,
  MAX_REGISTERS_PER_READING,
  MAX_TEXT_LENGTH,
} from './wire-format.ts'

const Instant = Type.String({
  format: 'date-time',
  pattern: INSTANT_PATTERN,
  description: 'RFC 3339 with offset; fractions beyond milliseconds are cut',
})
const WholeNumber = Type.Union([
  Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
  Type.String({ pattern: '^(0|[1-9][0-9]{0,15})$', description: 'the same number as a decimal string' }),
])
const Counter = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
const RegisterName = Type.String({ pattern: REGISTER_NAME_PATTERN })
const ShortText = Type.String({ minLength: 1, maxLength: MAX_TEXT_LENGTH })
const closed = { additionalProperties: false }

const UsageEventSchema = Type.Object(
  {
    id: ShortText,
    type: RegisterName,
    from: Instant,
    to: Instant,
    quantity: WholeNumber,
    open: Type.Optional(
      Type.Boolean({
        description:
          'true while a session still runs: "to" is the last sign of life; a later report extends it',
      }),
    ),
    labels: Type.Optional(
      Type.Record(RegisterName, Type.String({ maxLength: MAX_TEXT_LENGTH }), {
        ...closed,
        maxProperties: MAX_LABELS_PER_EVENT,
      }),
    ),
  },
  closed,
)

const ExchangeSchema = Type.Object(
  { register: RegisterName, final: WholeNumber, start: WholeNumber, at: Instant },
  closed,
)

const ReadingSchema = Type.Object(
  {
    v: Type.Literal(1),
    epoch: Counter,
    seq: Counter,
    at: Type.Optional(Instant),
    ageS: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 10 * 366 * 86_400, description: 'whole seconds before sending' }),
    ),
    clock: Type.Optional(Type.Union([Type.Literal('synced'), Type.Literal('unsynced')])),
    registers: Type.Optional(
      Type.Record(RegisterName, WholeNumber, { ...closed, maxProperties: MAX_REGISTERS_PER_READING }),
    ),
    events: Type.Optional(Type.Array(UsageEventSchema, { maxItems: MAX_EVENTS_PER_READING })),
    exchanges: Type.Optional(Type.Array(ExchangeSchema, { maxItems: MAX_REGISTERS_PER_READING })),
  },
  { ...closed, title: 'Usance reading, version 1' },
)

/** What a device publishes on `devices/{device}/readings`: one reading or an array of them. */
export const ReadingMessageSchema = Type.Union([
  ReadingSchema,
  Type.Array(ReadingSchema, { minItems: 1, maxItems: MAX_READINGS_PER_MESSAGE }),
])
