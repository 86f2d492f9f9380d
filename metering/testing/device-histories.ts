/**
 * Histories of one device and of small fleets for property tests: what a device measured and sent, how it arrived and
 * what people did meanwhile. Drawn as recipes (`history-recipes.ts`) and told here without any further chance, so that
 * fast-check shrinks the recipe.
 *
 * The received time belongs to a reading, the order of arrival does not follow it. Copies arrive after the original.
 */
import fc from 'fast-check'
import { decodeStoredReading, HOUR_MS, MINUTE_MS, REGISTER_LIMIT } from '../../core/index.ts'
import type { RegisterDefinition } from '../metering-types.ts'
import {
  historyRecipe,
  type AdvanceRecipe,
  type ClockRecipe,
  type CopyRecipe,
  type HistoryRecipe,
  type ReadingRecipe,
  type RegisterRecipe,
  type TroubleRecipe,
} from './history-recipes.ts'
import {
  commissionedAt,
  insertActions,
  nameOf,
  type HistoryStep,
  type SentArrival,
  type SentDocument,
  type Told,
} from './history-actions.ts'
import type { ModelRegistration } from './plain-model-types.ts'

export type DeviceHistory = {
  readonly registration: ModelRegistration
  readonly steps: readonly HistoryStep[]
  /** The last instant at which anything was measured. */
  readonly until: number
}

const STRAY_REGISTER = 'stray_x'
const BUFFER_MS = 6 * HOUR_MS
const SKEW_MS = 120_000

export const deviceHistory: fc.Arbitrary<DeviceHistory> = historyRecipe.map(tellHistory)

/** Several devices at once. */
export const fleetHistory: fc.Arbitrary<readonly DeviceHistory[]> = fc.array(deviceHistory, {
  minLength: 1,
  maxLength: 3,
})

/** What was measured, before anything was sent. */
type RegisterTrack = {
  readonly definition: RegisterDefinition
  value: bigint
  /** Told with the next reading. */
  lateExchange: unknown
}

type Counter = { epoch: number; seq: number }

function tellHistory(recipe: HistoryRecipe): DeviceHistory {
  const tracks = recipe.registers.map(beginTrack)
  const told: Told = { arrivals: [], troubled: [], personalExchanges: [] }
  const counter: Counter = { epoch: 1, seq: 0 }
  let now = commissionedAt
  let shownAt = commissionedAt
  for (const reading of recipe.readings.map((told) => calm(told, recipe.trouble))) {
    const before = now
    now += reading.minutes * MINUTE_MS
    shownAt = tellReading(reading, { before, now, shownAt }, counter, tracks, told)
  }
  const arrivals = told.arrivals
    .toSorted((a, b) => a.key - b.key || a.arrival.content - b.arrival.content)
    .map(({ arrival }) => arrival)
  const registers = tracks.map(({ definition }) => definition)
  const baseValues = recipe.registers.flatMap((register, index): [string, bigint][] => {
    const { baseBelow } = register
    const start = startValue(register) - BigInt(baseBelow ?? 0)
    return baseBelow === undefined ? [] : [[nameOf(index), start < 0n ? 0n : start]]
  })
  return {
    registration: { commissionedAt, registers, baseValues: Object.fromEntries(baseValues) },
    steps: insertActions(arrivals, recipe.actions, told, registers, now),
    until: now,
  }
}

function startValue({ modulus, isHuge, startPercent }: RegisterRecipe): bigint {
  if (modulus !== undefined) return (modulus * BigInt(startPercent)) / 100n
  return BigInt(startPercent) * 100n + (isHuge ? REGISTER_LIMIT - 100_000n : 0n)
}

function beginTrack(recipe: RegisterRecipe, index: number): RegisterTrack {
  const { maxPerHour, maxGapMinutes, gapRule, modulus } = recipe
  const name = nameOf(index)
  const definition = { name, unit: 'u', maxPerHour, maxGapMs: maxGapMinutes * MINUTE_MS, gapRule }
  return {
    definition: modulus === undefined ? definition : { ...definition, modulus },
    value: startValue(recipe),
    lateExchange: undefined,
  }
}

function wrap(value: bigint, { modulus }: RegisterDefinition): bigint {
  const wrapped = modulus === undefined ? value : value % modulus
  return wrapped < 0n ? 0n : wrapped >= REGISTER_LIMIT ? REGISTER_LIMIT - 1n : wrapped
}

/** Leaves out the kinds of trouble that this history has not. */
function calm(reading: ReadingRecipe, trouble: TroubleRecipe): ReadingRecipe {
  const { displaced, sequence, clock, advances, rivals, hasStrayRegister } = reading
  const plainAdvances = advances.map((advance): AdvanceRecipe => {
    return advance.kind === 'share' || advance.kind === 'absent' ? advance : { kind: 'share', percent: 50 }
  })
  return {
    ...reading,
    displaced: trouble.inOrder ? displaced : 0,
    sequence: trouble.inSequence ? sequence : { kind: 'next', size: 1 },
    clock: trouble.withoutClock ?? (trouble.inClocks ? clock : 'synced'),
    advances: trouble.inValues ? advances : plainAdvances,
    rivals: trouble.inContents ? rivals : [],
    hasStrayRegister: trouble.inContents && hasStrayRegister,
  }
}

type Moment = {
  /** When the reading before was measured. */
  readonly before: number
  readonly now: number
  /** The device time that the reading before showed. */
  readonly shownAt: number
}

/** Tells one reading with its rivals and copies; returns the device time that it shows. */
function tellReading(
  recipe: ReadingRecipe,
  moment: Moment,
  counter: Counter,
  tracks: readonly RegisterTrack[],
  told: Told,
): number {
  const identity = count(counter, recipe)
  const { now } = moment
  const receivedAt =
    (recipe.isBuffered ? Math.ceil((now + 1) / BUFFER_MS) * BUFFER_MS : now) +
    recipe.delayMs * Number(!recipe.isBuffered)
  const exchanges: unknown[] = []
  const registers: Record<string, number> = recipe.hasStrayRegister ? { [STRAY_REGISTER]: 1 } : {}
  for (const [index, track] of tracks.entries()) {
    const shown = measure(recipe, index, moment, track, exchanges, told)
    if (shown !== undefined) registers[track.definition.name] = Number(shown)
  }
  const document: SentDocument = {
    v: 1,
    ...identity,
    ...tellTime(recipe.clock, moment, receivedAt),
    registers,
    ...(recipe.events.length === 0 ? {} : { events: recipe.events.map(tellEvent) }),
    ...(exchanges.length === 0 ? {} : { exchanges }),
  }
  const place = told.arrivals.length
  const original = tellArrival(document, receivedAt, told.arrivals.length, recipe)
  const key = place * 2 + recipe.displaced
  told.arrivals.push({ key, arrival: original })
  for (const rival of recipe.rivals) {
    const changed = Object.entries(registers).map(([name, value]): [string, number] => [
      name,
      addTo(value, rival.added),
    ])
    const rivalDocument: SentDocument = { ...document, registers: Object.fromEntries(changed) }
    const rivalReceivedAt = Math.max(commissionedAt, receivedAt + rival.receivedMs)
    const arrival = tellArrival(rivalDocument, rivalReceivedAt, told.arrivals.length, recipe)
    told.arrivals.push({ key: key + 1 + rival.displaced, arrival })
    told.troubled.push(arrival)
  }
  for (const copy of recipe.copies) {
    const [copied, copiedAt] = [copyDocument(document, copy), receivedAt + copy.laterMs]
    const arrival = tellArrival(copied, copiedAt, told.arrivals.length, recipe)
    told.arrivals.push({ key: key + copy.displaced, arrival })
  }
  const isTroubled =
    recipe.sequence.kind === 'detour' ||
    tracks.some((_, index) => !['share', 'absent'].includes(recipe.advances[index]?.kind ?? 'share'))
  if (isTroubled) told.troubled.push(original)
  return document.at === undefined ? moment.shownAt : Date.parse(document.at)
}

function addTo(value: number, added: number): number {
  return Math.min(value + added, Number.MAX_SAFE_INTEGER)
}

function tellArrival(
  document: SentDocument,
  receivedAt: number,
  content: number,
  { joinsMessage, endsBatch }: ReadingRecipe,
): SentArrival {
  const reading = decodeStoredReading(Buffer.from(JSON.stringify(document)))
  return { kind: 'arrival', content, reading, receivedAt, document, joinsMessage, endsBatch }
}

/** Moves the counter on and returns the identity of the reading. */
function count(counter: Counter, { sequence: { kind, size } }: ReadingRecipe): Counter {
  if (kind === 'detour') return { epoch: counter.epoch, seq: counter.seq + 1_000_000 + size }
  if (kind === 'epoch' || kind === 'epoch_jump') {
    counter.epoch += kind === 'epoch' ? size : 1_001
    counter.seq = size % 5
  } else {
    counter.seq += kind === 'million' ? 1_000_000 : kind === 'jump' ? 1_000_000 + size : size
  }
  return { ...counter }
}

/** Moves one register on and returns what it shows, if the reading carries it. */
function measure(
  recipe: ReadingRecipe,
  index: number,
  { before, now }: Moment,
  track: RegisterTrack,
  exchanges: unknown[],
  told: Told,
): bigint | undefined {
  const { definition } = track
  const advance = recipe.advances[index] ?? { kind: 'absent' }
  if (track.lateExchange !== undefined) exchanges.push(track.lateExchange)
  track.lateExchange = undefined
  const most = (definition.maxPerHour * BigInt(now - before)) / 3_600_000n
  switch (advance.kind) {
    case 'absent':
      return undefined
    case 'spike':
      return wrap(track.value + BigInt(advance.amount), { ...definition, modulus: REGISTER_LIMIT })
    case 'fall':
      return track.value > BigInt(advance.amount) ? track.value - BigInt(advance.amount) : 0n
    case 'share':
      track.value = wrap(track.value + (most * BigInt(advance.percent)) / 100n, definition)
      return track.value
    case 'edge': {
      const allowed = (definition.maxPerHour * BigInt(now - before + 2 * SKEW_MS)) / 3_600_000n + 1n
      track.value = wrap(track.value + allowed + (advance.isOver ? 1n : 0n), definition)
      return track.value
    }
    case 'reset': {
      const final = wrap(track.value + most / 3n, { ...definition, modulus: REGISTER_LIMIT })
      const at = Math.floor((before + now) / 2)
      const start = BigInt(Math.floor(advance.to / 2))
      track.value = start + (most < 100n ? 0n : 50n)
      const exchange = { register: definition.name, final, start, at }
      if (advance.report === 'person') {
        const afterArrivals = told.arrivals.length + (advance.to % 4)
        told.personalExchanges.push({ afterArrivals, decision: { kind: 'exchange', ...exchange } })
      } else if (advance.report !== 'nobody') {
        const report = {
          register: definition.name,
          final: Number(advance.report === 'device_wrong' ? final / 2n : final),
          start: Number(start),
          at: instant(advance.report === 'device_elsewhen' ? at + (advance.to - 100) * HOUR_MS : at),
        }
        if (advance.report === 'device_late') track.lateExchange = report
        else exchanges.push(report)
      }
      return track.value
    }
  }
}

function instant(at: number): string {
  return new Date(at).toISOString()
}

function tellTime(
  clock: ClockRecipe,
  { now, shownAt }: Moment,
  receivedAt: number,
): Pick<SentDocument, 'at' | 'ageS' | 'clock'> {
  switch (clock) {
    case 'synced':
      return { at: instant(now) }
    case 'unsynced':
      return { at: instant(now), clock }
    case 'in_1970':
      return { at: instant(now - commissionedAt), clock: 'synced' }
    case 'years_ahead':
      return { at: instant(now + 5 * 365 * 24 * HOUR_MS), clock: 'synced' }
    case 'back_2_s':
      return { at: instant(shownAt - 2_000), clock: 'synced' }
    case 'hours_behind':
      return { at: instant(now - 5 * HOUR_MS), clock: 'synced' }
    case 'to_the_skew':
      return { at: instant(receivedAt + SKEW_MS), clock: 'synced' }
    case 'beyond_the_skew':
      return { at: instant(receivedAt + SKEW_MS + 1), clock: 'synced' }
    case 'none':
      return {}
    case 'age':
      return { ageS: Math.floor((receivedAt - now) / 1_000) }
  }
}

function tellEvent({ id, quantity, hasLabel }: ReadingRecipe['events'][number]): unknown {
  return {
    id: `job-${id}`,
    type: 'job',
    from: instant(commissionedAt + id * HOUR_MS),
    to: instant(commissionedAt + (id + 1) * HOUR_MS),
    quantity,
    ...(hasLabel ? { labels: { programme: 'eco' } } : {}),
  }
}

/** The same content in other words. */
function copyDocument(document: SentDocument, { spelling, laterMs }: CopyRecipe): SentDocument {
  if (spelling === 'as_text') {
    const registers = Object.entries(document.registers).map(([name, value]): [string, string] => [
      name,
      String(value),
    ])
    return { ...document, registers: Object.fromEntries(registers) }
  }
  if (spelling === 'older' && document.ageS !== undefined) {
    return { ...document, ageS: document.ageS + Math.floor(laterMs / 1_000) + 1 }
  }
  if (spelling === 'other_clock' && document.at !== undefined) {
    return { ...document, clock: document.clock === 'unsynced' ? 'synced' : 'unsynced' }
  }
  return document
}
