/** The counts of a fleet, the readings of a device and its sessions as the API shows them. */
import { Type, type Static } from 'typebox'

import { formatInstant, REGISTER_NAME_PATTERN } from '../../core/index.ts'
import type { ListedReading, RegisterDefinition, RunSession } from '../../metering/index.ts'
import type { MemorySorts } from '../page-in-memory.ts'
import {
  closedObject,
  component,
  CounterNumber,
  Instant,
  nullable,
  pageComponent,
  pageQueryMembers,
  presentInstant,
  RegisterName,
  WholeNumberText,
  listQuery,
} from '../schema-parts.ts'

export const FleetComponent = component('Fleet', {
  devices: CounterNumber,
  online: CounterNumber,
  offline: CounterNumber,
  neverSeen: CounterNumber,
  silent: Type.Integer({ minimum: 0, description: 'Not seen for a day; revoked ones never' }),
  revoked: CounterNumber,
  openHolds: CounterNumber,
  openAlarms: CounterNumber,
  customers: CounterNumber,
})

export const ReadingQuery = closedObject({
  ...pageQueryMembers,
  from: Type.Optional(Instant),
  to: Type.Optional(Instant),
})
const ReadingComponent = component('Reading', {
  epoch: CounterNumber,
  seq: CounterNumber,
  receivedAt: Instant,
  at: nullable(Type.String({ format: 'date-time', description: 'The time that it counts at' })),
  clock: nullable(Type.Enum(['synced', 'unsynced'])),
  registers: Type.Record(Type.String(), WholeNumberText),
  outcome: Type.Enum(['accepted', 'held', 'pending', 'rejected']),
  codes: Type.Array(Type.String(), { description: 'Why it or one of its values is held' }),
})
export const ReadingPageComponent = pageComponent('ReadingPage', ReadingComponent)

/** A quantity may be more than a number holds: it is compared by its digits. */
export const sessionSorts: MemorySorts<RunSession, 'from' | 'quantity'> = {
  id: ({ from }) => from,
  by: { from: ({ from }) => from, quantity: ({ quantity }) => quantity.toString().padStart(20, '0') },
  usual: 'from',
}
const sessionSpanMembers = {
  from: Instant,
  to: Type.Optional(Type.String({ format: 'date-time', description: 'Exclusive; now if left out' })),
  register: Type.Optional(
    Type.String({
      pattern: REGISTER_NAME_PATTERN,
      description: 'The first register that counts seconds if left out',
    }),
  ),
}
export const SessionSpanQuery = closedObject(sessionSpanMembers)
export const SessionQuery = listQuery(sessionSorts, {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000, description: '1,000 if left out' })),
  ...sessionSpanMembers,
})
export const SessionComponent = component('Session', {
  from: Instant,
  to: Instant,
  quantity: WholeNumberText,
  register: RegisterName,
  isEstimated: Type.Boolean(),
})
export const SessionsComponent = component('Sessions', {
  items: Type.Array(SessionComponent.ref),
  nextAfter: nullable(Type.String()),
})

export const fleetComponents = [
  FleetComponent,
  ReadingComponent,
  ReadingPageComponent,
  SessionComponent,
  SessionsComponent,
]

export function presentReading(reading: ListedReading): Static<typeof ReadingComponent.schema> {
  const { epoch, seq, receivedAt, at, clock, registers, outcome, codes } = reading
  return {
    epoch,
    seq,
    receivedAt: formatInstant(receivedAt),
    at: presentInstant(at),
    clock: clock ?? null,
    registers: Object.fromEntries(
      Object.entries(registers).map(([name, value]) => [name, value.toString()] as const),
    ),
    outcome,
    codes: [...codes],
  }
}

/** The first register that counts seconds, or else the first; undefined without any. */
export function runTimeOf(registers: readonly RegisterDefinition[]): string | undefined {
  return (registers.find(({ unit }) => unit === 's') ?? registers[0])?.name
}

export function presentSession(session: RunSession): Static<typeof SessionComponent.schema> {
  const { from, to, quantity, register, isEstimated } = session
  return {
    from: formatInstant(from),
    to: formatInstant(to),
    quantity: quantity.toString(),
    register,
    isEstimated,
  }
}
