/** Holds, and what people decide about them, as the API shows and takes them. */
import { Type, type Static } from 'typebox'

import { formatInstant, type InputIssue } from '../../core/index.ts'
import {
  type Decision,
  type DecisionRecord,
  type HoldInContext,
  type RegisterPoint,
  holdSorts,
} from '../../metering/index.ts'
import { apiErrors } from '../errors.ts'
import {
  closedObject,
  component,
  CounterNumber,
  CounterText,
  DeviceIdText,
  Instant,
  nullable,
  pageComponent,
  presentInstant,
  readInstant,
  RegisterName,
  WholeNumberText,
  withExample,
  CodeText,
  listQuery,
  pageQueryMembers,
  spanMembers,
} from '../schema-parts.ts'

const NeighbourComponent = component('AcceptedPoint', {
  at: Instant,
  value: Type.String({ description: 'What the register showed' }),
  total: Type.String({ description: 'The total since the first value, through exchanges and rollovers' }),
  isPlaced: Type.Boolean({ description: 'True when the time is not the reading’s own' }),
  reading: nullable(closedObject({ id: CounterNumber, epoch: CounterNumber, seq: CounterNumber })),
})

const HoldComponent = component('Hold', {
  id: CounterNumber,
  deviceId: DeviceIdText,
  register: nullable(Type.String({ description: 'Null when the whole reading is held' })),
  epoch: CounterNumber,
  seq: CounterNumber,
  readingId: CounterNumber,
  code: Type.String(),
  detail: Type.String(),
  heldAt: Instant,
  at: nullable(Type.String({ format: 'date-time', description: 'When it was read, if that is known' })),
  exchange: nullable(
    closedObject({ register: Type.String(), final: WholeNumberText, start: WholeNumberText, at: Instant }),
  ),
  values: Type.Array(
    closedObject({
      register: Type.String(),
      value: WholeNumberText,
      before: nullable(NeighbourComponent.ref),
      after: nullable(NeighbourComponent.ref),
    }),
    { description: 'Each held value with the accepted points of its register around it' },
  ),
})

export const HoldPageComponent = pageComponent('HoldPage', HoldComponent)

export const DecisionQuery = closedObject(pageQueryMembers)
const holdFilters = {
  register: Type.Optional(RegisterName),
  code: Type.Optional(CodeText),
  ...spanMembers,
}
export const DeviceHoldQuery = listQuery(holdSorts, holdFilters)
export const HoldQuery = listQuery(holdSorts, { ...holdFilters, deviceId: Type.Optional(DeviceIdText) })

const kinds = ['release', 'reject', 'replace', 'exchange', 'hand_over', 'withdraw'] as const
const decisionMembers = {
  epoch: Type.Optional(CounterNumber),
  seq: Type.Optional(CounterNumber),
  register: Type.Optional(RegisterName),
  readingId: Type.Optional(CounterNumber),
  value: Type.Optional(CounterText),
  final: Type.Optional(CounterText),
  start: Type.Optional(CounterText),
  at: Type.Optional(Instant),
  decisionId: Type.Optional(CounterNumber),
}
const PersonText = (description: string) => Type.String({ minLength: 1, maxLength: 1_000, description })

export const DecideBody = withExample(
  closedObject({
    kind: Type.Enum(kinds, {
      description:
        'release and reject take epoch, seq and, if wanted, register and readingId; replace epoch, seq, register, value; exchange register, final, start, at; hand_over register, value, at; withdraw decisionId, the id of an earlier decision about the device, which then counts as if it had not been made',
    }),
    ...decisionMembers,
    decidedBy: Type.Optional(
      PersonText(
        'The person who decides, as a caller in their name knows it; the name of whoever calls if left out',
      ),
    ),
    reason: PersonText('Kept for ever beside the decision'),
  }),
  {
    kind: 'hand_over',
    register: 'run_s',
    value: '1800',
    at: '2026-11-01T00:00:00Z',
    decidedBy: 'Jo Berg',
    reason: 'Read off the display.',
  },
)

const DecisionComponent = component('Decision', {
  id: CounterNumber,
  deviceId: DeviceIdText,
  kind: Type.Enum(kinds),
  epoch: nullable(CounterNumber),
  seq: nullable(CounterNumber),
  register: nullable(Type.String()),
  readingId: nullable(CounterNumber),
  value: nullable(WholeNumberText),
  final: nullable(WholeNumberText),
  start: nullable(WholeNumberText),
  at: nullable(Instant),
  decisionId: nullable(Type.Integer({ description: 'The decision that a withdrawal takes back' })),
  decidedBy: Type.String(),
  reason: Type.String(),
  decidedAt: Instant,
})
export { DecisionComponent }

export const DecisionPageComponent = pageComponent('DecisionPage', DecisionComponent)

export const ModelVersionBody = withExample(closedObject({ version: Type.Integer({ minimum: 1 }) }), {
  version: 1,
})

export const decisionComponents = [
  NeighbourComponent,
  HoldComponent,
  HoldPageComponent,
  DecisionComponent,
  DecisionPageComponent,
]

type MemberName = keyof typeof decisionMembers

/** What each kind must have, and what it may have besides. */
const membersOfKind: Readonly<
  Record<
    Decision['kind'],
    { readonly needed: readonly MemberName[]; readonly possible: readonly MemberName[] }
  >
> = {
  release: { needed: ['epoch', 'seq'], possible: ['register', 'readingId'] },
  reject: { needed: ['epoch', 'seq'], possible: ['register', 'readingId'] },
  replace: { needed: ['epoch', 'seq', 'register', 'value'], possible: [] },
  exchange: { needed: ['register', 'final', 'start', 'at'], possible: [] },
  hand_over: { needed: ['register', 'value', 'at'], possible: [] },
  withdraw: { needed: ['decisionId'], possible: [] },
}

/** @throws AppError `request_invalid` for members that the kind lacks or does not take, `instant_invalid` */
export function readDecision(body: Static<typeof DecideBody>): Decision {
  const { needed, possible } = membersOfKind[body.kind]
  const names = Object.keys(decisionMembers) as MemberName[]
  const issues = names.flatMap((name): InputIssue[] => {
    const pointer = `/${name}`
    const isGiven = body[name] !== undefined
    if (needed.includes(name) && !isGiven) return [{ detail: `Add "${name}".`, pointer }]
    if (isGiven && !needed.includes(name) && !possible.includes(name)) {
      return [{ detail: `Leave this out; "${body.kind}" does not take it.`, pointer }]
    }
    return []
  })
  if (issues.length > 0) throw apiErrors.request_invalid('Correct the body as "errors" says.', { issues })
  const {
    kind,
    epoch = 0,
    seq = 0,
    register = '',
    readingId,
    value = '0',
    final = '0',
    start = '0',
    at = '',
    decisionId = 0,
  } = body
  switch (kind) {
    case 'release':
    case 'reject':
      return {
        kind,
        epoch,
        seq,
        ...(body.register !== undefined && { register }),
        ...(readingId !== undefined && { readingId }),
      }
    case 'replace':
      return { kind, epoch, seq, register, value: BigInt(value) }
    case 'exchange':
      return { kind, register, final: BigInt(final), start: BigInt(start), at: readInstant(at, '/at') }
    case 'hand_over':
      return { kind, register, value: BigInt(value), at: readInstant(at, '/at') }
    case 'withdraw':
      return { kind, decisionId }
  }
}

export function presentDecision(record: DecisionRecord): Static<typeof DecisionComponent.schema> {
  const { id, deviceId, decision, decidedBy, reason, decidedAt } = record
  const { kind, ...members } = decision
  const given: {
    readonly epoch?: number
    readonly seq?: number
    readonly register?: string
    readonly readingId?: number
    readonly value?: bigint
    readonly final?: bigint
    readonly start?: bigint
    readonly at?: number
    readonly decisionId?: number
  } = members
  return {
    id,
    deviceId,
    kind,
    epoch: given.epoch ?? null,
    seq: given.seq ?? null,
    register: given.register ?? null,
    readingId: given.readingId ?? null,
    value: given.value?.toString() ?? null,
    final: given.final?.toString() ?? null,
    start: given.start?.toString() ?? null,
    at: presentInstant(given.at),
    decisionId: given.decisionId ?? null,
    decidedBy,
    reason,
    decidedAt: formatInstant(decidedAt),
  }
}

export function presentHold(hold: HoldInContext): Static<typeof HoldComponent.schema> {
  const { exchange, values, ...rest } = hold
  return {
    ...rest,
    register: hold.register ?? null,
    heldAt: formatInstant(hold.heldAt),
    at: presentInstant(hold.at),
    exchange:
      exchange === undefined
        ? null
        : {
            register: exchange.register,
            final: exchange.final.toString(),
            start: exchange.start.toString(),
            at: formatInstant(exchange.at),
          },
    values: values.map(({ register, value, before, after }) => ({
      register,
      value: value.toString(),
      before: presentPoint(before),
      after: presentPoint(after),
    })),
  }
}

function presentPoint(point: RegisterPoint | undefined): Static<typeof NeighbourComponent.schema> | null {
  if (point === undefined) return null
  const { at, value, shown = value, isPlaced = false, reading } = point
  return {
    at: formatInstant(at),
    value: shown.toString(),
    total: value.toString(),
    isPlaced,
    reading: reading === undefined ? null : { id: reading.id, epoch: reading.epoch, seq: reading.seq },
  }
}
