/**
 * What is to happen to the server in each of its lives, drawn from the seed and from nothing else: the same seed gives
 * the same plan. A life has at most one fault, which the server must survive, and ends in one kill.
 *
 * Kinds are dealt like cards, a shuffled deck after the other, so that few lives see every kind of kill and of fault.
 * Moments are counted in commits of the metering writer: commits come with the load, so a count means the same
 * on a slow and on a fast machine, where a time would not.
 */
import { createRandom, type Random } from '../../../core/index.ts'

export const killKinds = [
  'any_moment',
  'during_start',
  'start_checkpoint',
  'before_commit',
  'in_commit',
  'after_commit',
  'in_checkpoint',
] as const
export type KillKind = (typeof killKinds)[number]

export const faultKinds = [
  /** COMMIT fails and has changed nothing: busy, I/O, full. */
  'commit_fails',
  /** COMMIT fails although it has happened, as a failing fsync may leave it. */
  'commit_unsure',
  /** The writer's thread ends, before or after a COMMIT. */
  'writer_exits',
  /** The writer's thread dies of an exception that nobody catches. */
  'writer_throws',
  /** SQLite may not take another page until some transactions have failed. */
  'disk_full',
  /** Commits take long, but less than the broker waits. */
  'disk_slow',
] as const
/** One COMMIT takes longer than the broker waits: everybody is disconnected, and the batch is stored all the same. */
const HANG = 'disk_hangs'
export type FaultKind = (typeof faultKinds)[number] | typeof HANG

export type Kill = {
  readonly kind: KillKind
  /** Where inside its moment it falls, 0 to 999. */
  readonly perMille: number
}

export type Fault = {
  readonly kind: FaultKind
  /** The first COMMIT that it touches, counted like `dueCommit`. */
  readonly commit: number
  /** How many commits, or failed transactions with a full disk, it lasts. */
  readonly count: number
  readonly delayMs: number
  /** SQLite's result code that a failing COMMIT gives. */
  readonly errcode: number
  /** Whether the thread ends after COMMIT has happened instead of before. */
  readonly isAfter: boolean
}

export type Life = {
  /** Undefined in a life that ends cleanly. */
  readonly kill: Kill | undefined
  readonly fault: Fault | undefined
  /** The COMMIT, counted from the start of the process, from which on the life may end; unused for kills during the start. */
  readonly dueCommit: number
}

/** BUSY, FULL, NOMEM, and IOERR when reading, writing and synchronising. */
const errcodes = [5, 13, 7, 266, 778, 1_034]
/** Longer than `giveUpMs` of the broker. */
const HANG_MS = 6_000
const LIVES_PER_HANG = 50

/** One life per kill, and a last one that ends cleanly. */
export function planLives(seed: number, kills: number): readonly Life[] {
  const random = createRandom('crash-plan', seed)
  const dealKill = deal(killKinds, random)
  const dealFault = deal(faultKinds, random)
  const drawFault = (kind: FaultKind): Fault => ({
    kind,
    commit: random.between(2, 6),
    count: countOf(kind, random),
    delayMs: kind === HANG ? HANG_MS : random.between(20, 80),
    errcode: errcodes[random.below(errcodes.length)] ?? 5,
    isAfter: random.chance(500),
  })

  const drawDue = (fault: Fault | undefined) =>
    (fault === undefined ? 0 : fault.commit + fault.count) + random.between(2, 30)

  const lives = Array.from({ length: kills }, (_, index): Life => {
    const kind = dealKill()
    const isDuringStart = kind === 'during_start' || kind === 'start_checkpoint'
    const hangs = index % LIVES_PER_HANG === LIVES_PER_HANG - 1
    const fault = isDuringStart ? undefined : drawFault(hangs ? HANG : dealFault())
    return { kill: { kind, perMille: random.below(1_000) }, fault, dueCommit: drawDue(fault) }
  })
  const fault = drawFault(HANG)
  return [...lives, { kill: undefined, fault, dueCommit: drawDue(fault) }]
}

function countOf(kind: FaultKind, random: Random): number {
  if (kind === 'disk_slow') return random.between(4, 10)
  return kind === 'commit_fails' || kind === 'disk_full' ? random.between(1, 4) : 1
}

function deal<Kind>(kinds: readonly Kind[], random: Random): () => Kind {
  let deck: Kind[] = []
  return () => {
    if (deck.length === 0) deck = [...kinds]
    const [card] = deck.splice(random.below(deck.length), 1)
    if (card === undefined) throw new Error('a deck has at least one card')
    return card
  }
}
