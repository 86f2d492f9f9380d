/**
 * Many simulated devices of one kind against one broker.
 *
 * Simulated time starts where the readings that were acknowledged before end, runs `speed` times as fast as the clock
 * that was passed in and never ahead of it: once caught up it goes on at the clock's own pace. `catchUp` needs no
 * time at all: it publishes a backlog as fast as the broker acknowledges.
 *
 * Each device's start is kept in the state file, so that a restart with another `startAt` still continues the same
 * readings: a sequence number must never come back with other content.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { type AppError, type Clock, createRandom } from '../../core/index.ts'
import { simulatorErrors } from '../errors.ts'
import { type RegisterTruth, registerTruths } from '../model/ground-truth.ts'
import type { Profile } from '../model/profile.ts'
import { isReachable } from '../model/reachability.ts'
import { createSimulatedDevice, DEFAULT_TIME_ZONE, type SimulatedDevice } from '../model/simulated-device.ts'
import { type BackOff, defaultBackOff } from './back-off.ts'
import { createDeviceLink, type DeviceLink, type SimulatorLog } from './device-link.ts'
import { type DeviceState, readStateFile, type SimulatorState, writeStateFile } from './state-file.ts'

export type FleetDevice = {
  readonly deviceId: string
  readonly secret: string
  /** Overrides the fleet's. */
  readonly timeZone?: string
  /** Overrides the fleet's. */
  readonly profile?: Profile
}

export type FleetProgress = {
  /** Readings that exist by now, acknowledged ones of earlier runs included. */
  readonly generated: number
  readonly acknowledged: number
  /** While a backlog is on its way: all that will be acknowledged in the end. */
  readonly total?: number
}

export type FleetOptions = {
  readonly devices: readonly FleetDevice[]
  readonly profile: Profile
  readonly seed: number
  /** Device time of the first readings, for devices that the state file does not know. */
  readonly startAt: number
  readonly url: string
  readonly now: Clock
  /** Simulated seconds per real second when live: a whole number from 1. */
  readonly speed: number
  /** How much of the time a device is out of reach when live, in parts of 1,000; 0 unless given. */
  readonly offlinePerMille?: number | undefined
  /** IANA zone of the working day; "Europe/Berlin" unless given. */
  readonly timeZone?: string | undefined
  readonly stateFile?: string | undefined
  readonly backOff?: BackOff | undefined
  readonly log?: SimulatorLog | undefined
  /** Called whenever readings were acknowledged. */
  readonly onProgress?: ((progress: FleetProgress) => void) | undefined
}

export type DeviceTruth = {
  readonly deviceId: string
  readonly generated: number
  readonly acknowledged: number
  /** Sequence number of the last reading; 0 without any. */
  readonly lastSeq: number
  readonly registers: readonly RegisterTruth[]
}

export type Fleet = {
  /** Where the first of its devices began. */
  readonly startAt: number
  /**
   * Publishes everything up to `until` (at most the clock's now) as fast as the broker acknowledges; resolves when all
   * of it is acknowledged. @throws AppError `simulation_stopped` when `stop` gave up before that.
   */
  catchUp(until: number): Promise<void>
  /** Readings appear as simulated time passes, up to `until` if given. */
  goLive(until?: number): void
  /** Where simulated time stands. */
  simulatedNow(): number
  progress(): FleetProgress
  /**
   * Takes no further readings, publishes what exists and resolves when it is acknowledged and the devices are
   * disconnected. When the signal aborts it gives up waiting; the rest stays unacknowledged.
   */
  stop(options?: { readonly signal?: AbortSignal }): Promise<void>
  /** By the simulator's own account, over the readings that exist. */
  groundTruth(from: number, to: number): readonly DeviceTruth[]
}

const TICK_MS = 100
const SAVE_EVERY_MS = 1_000
/** Devices do not all knock in the same instant. */
const CONNECT_STAGGER_MS = 5

const silent: SimulatorLog = { info: () => undefined, warn: () => undefined }

/**
 * Devices connect at once and stay connected until `stop`.
 * @throws AppError `state_mismatch`, `state_invalid`, `id_invalid`, `time_zone_unknown`
 */
export function createFleet(options: FleetOptions): Fleet {
  const { seed, url, now: clock, speed, stateFile, onProgress, log = silent } = options
  const offlinePerMille = options.offlinePerMille ?? 0
  const earlier = stateFile === undefined ? {} : readStateFile(stateFile)
  const members = options.devices.map((member) => {
    const profile = member.profile ?? options.profile
    const state = startState({ ...options, profile }, member, earlier[member.deviceId])
    return {
      ...member,
      state,
      device: createSimulatedDevice({ ...state, profile, deviceId: member.deviceId }),
    }
  })

  let acknowledged = 0
  let generated = 0
  let catchUpTotal: number | undefined
  let origin = { simulatedAt: resumeAt(members, options.startAt), realAt: clock.now() }
  let live: { readonly until: number } | undefined
  let isUnsaved = false
  let stopping: Promise<void> | undefined
  const gaveUp = new AbortController()
  const whenDrained = new Set<() => void>()

  const links = members.map(({ deviceId, secret, state, device }): DeviceLink => {
    acknowledged += state.acknowledgedSeq
    generated += state.acknowledgedSeq
    return createDeviceLink({
      device,
      secret,
      url,
      acknowledged: state.acknowledgedSeq,
      backOff: options.backOff ?? defaultBackOff,
      random: createRandom(seed, deviceId, 'back_off'),
      log,
      onAcknowledged: (count) => {
        acknowledged += count
        isUnsaved = true
        onProgress?.(progress())
        if (isDrained()) for (const wake of whenDrained) wake()
      },
    })
  })
  // Before anything is sent: a start that is forgotten would give its sequence numbers other content.
  if (stateFile !== undefined) writeStateFile(stateFile, currentState())
  const staggers = links.map((link, place) =>
    setTimeout(() => link.setReachable(true), place * CONNECT_STAGGER_MS),
  )
  const ticker = setInterval(tick, TICK_MS)
  const saver = setInterval(save, SAVE_EVERY_MS)

  function simulatedNow(): number {
    if (live === undefined) return origin.simulatedAt
    const realNow = clock.now()
    return Math.min(realNow, live.until, origin.simulatedAt + (realNow - origin.realAt) * speed)
  }

  function progress(): FleetProgress {
    return { generated, acknowledged, ...(catchUpTotal === undefined ? {} : { total: catchUpTotal }) }
  }

  function generate(link: DeviceLink, at: number): void {
    const before = link.generated
    link.raiseGenerated(link.device.countUntil(at))
    generated += link.generated - before
  }

  function tick(): void {
    if (live === undefined) return
    const at = simulatedNow()
    for (const link of links) {
      generate(link, at)
      if (offlinePerMille === 0) continue
      const { deviceId } = link.device
      link.setReachable(isReachable({ seed, deviceId, offlinePerMille, speed }, at))
    }
  }

  /** True once everything that is generated is acknowledged, false if the signal aborts before. */
  async function drained(signal: AbortSignal): Promise<boolean> {
    while (!isDrained() && !signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>()
      whenDrained.add(resolve)
      signal.addEventListener('abort', () => resolve(), { once: true })
      await promise
      whenDrained.delete(resolve)
    }
    return isDrained()
  }

  function isDrained(): boolean {
    return acknowledged === generated
  }

  async function catchUp(wantedUntil: number): Promise<void> {
    const until = Math.min(wantedUntil, clock.now())
    for (const link of links) {
      if (stopping !== undefined) throw stoppedEarly()
      generate(link, until)
      // Writing out a month of a large fleet takes a while; the network goes on meanwhile.
      await nextTurn()
    }
    if (live === undefined && until > origin.simulatedAt) origin = { ...origin, simulatedAt: until }
    catchUpTotal = generated
    const isDone = await drained(gaveUp.signal)
    catchUpTotal = undefined
    if (!isDone) throw stoppedEarly()
  }

  function goLive(until = Number.MAX_SAFE_INTEGER): void {
    origin = { simulatedAt: simulatedNow(), realAt: clock.now() }
    live = { until }
    tick()
  }

  function currentState(): SimulatorState {
    const state: Record<string, DeviceState> = { ...earlier }
    for (const [place, member] of members.entries()) {
      state[member.deviceId] = { ...member.state, acknowledgedSeq: links[place]!.acknowledged }
    }
    return state
  }

  function save(): void {
    if (stateFile === undefined || !isUnsaved) return
    try {
      writeStateFile(stateFile, currentState())
      isUnsaved = false
    } catch (error) {
      log.warn({ reason: String(error) }, 'cannot write the state file')
    }
  }

  async function stopOnce(signal: AbortSignal | undefined): Promise<void> {
    // Simulated time stands still from here on.
    if (live !== undefined) live = { until: simulatedNow() }
    tick()
    clearInterval(ticker)
    for (const stagger of staggers) clearTimeout(stagger)
    for (const link of links) link.setReachable(true)
    if (!(await drained(signal ?? gaveUp.signal))) gaveUp.abort()
    await Promise.all(links.map((link) => link.close()))
    clearInterval(saver)
    save()
  }

  return {
    startAt: Math.min(...members.map(({ state }) => state.startAt)),
    catchUp,
    goLive,
    simulatedNow,
    progress,
    stop({ signal } = {}) {
      stopping ??= stopOnce(signal)
      return stopping
    },
    groundTruth: (from, to) =>
      links.map((link) => ({
        deviceId: link.device.deviceId,
        generated: link.generated,
        acknowledged: link.acknowledged,
        lastSeq: link.generated,
        registers: registerTruths(link.device, link.generated, { from, to }),
      })),
  }
}

function stoppedEarly(): AppError {
  return simulatorErrors.simulation_stopped(
    'Start the simulation again with the same state file to send the rest.',
  )
}

/** Where a device begins. @throws AppError `state_mismatch` when its sequence numbers stand for other readings. */
function startState(
  { profile, seed, startAt, timeZone: fleetZone = DEFAULT_TIME_ZONE }: FleetOptions,
  { deviceId, timeZone = fleetZone }: FleetDevice,
  earlier: DeviceState | undefined,
): DeviceState {
  if (earlier === undefined) return { profile: profile.name, seed, timeZone, startAt, acknowledgedSeq: 0 }
  if (earlier.profile !== profile.name || earlier.seed !== seed || earlier.timeZone !== timeZone) {
    throw simulatorErrors.state_mismatch(
      `Go on with --profile ${earlier.profile} --seed ${earlier.seed} --time-zone ${earlier.timeZone}, ` +
        `or name another file with --state; it has ${deviceId} with those.`,
    )
  }
  return earlier
}

/** Simulated time goes on where the last acknowledged reading was taken. */
function resumeAt(
  members: readonly { readonly state: DeviceState; readonly device: SimulatedDevice }[],
  startAt: number,
): number {
  const known = members.flatMap(({ state, device }) => {
    if (state.acknowledgedSeq === 0) return []
    const { time } = device.reading(state.acknowledgedSeq - 1)
    return time.kind === 'device_time' ? [time.at] : []
  })
  return known.length === 0 ? startAt : Math.max(...known)
}
