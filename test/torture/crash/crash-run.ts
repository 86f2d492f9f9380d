/**
 * The crash run: the delivered server under load from real connections, through a number of lives that each end in SIGKILL,
 * and one that ends cleanly. Then every device is heard out, and the audit compares what is stored with what was promised.
 *
 * It never waits for a time to pass, only for what is to happen; limits on that waiting are violations.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { migrateDatabases } from '../../../app/index.ts'
import { systemActor, type DeviceId, type ManufacturerId, type ModelId } from '../../../core/index.ts'
import { openCore, spawnUsance, type StartingUsance } from '../../e2e/usance-process.ts'
import { auditStore, type AuditTotals } from './crash-audit.ts'
import { createDeviceFleet, type DeviceFleet, type FleetTotals } from './device-fleet.ts'
import { planLives, type Kill, type Life } from './fault-plan.ts'
import { ORDERS_VARIABLE, parseReport, type TortureEvent } from './fault-signals.ts'
import { MeteredDevice } from './metered-device.ts'

export type CrashOptions = {
  readonly seed: number
  readonly kills: number
  readonly devices: number
  /** Kills that are not made by then are left out, which is a failure. */
  readonly limitMs: number
  /** Hears how it goes. */
  readonly say: (line: string) => void
}

export type CrashReport = {
  readonly seed: number
  /** One sentence per thing that is not as promised; none is a pass. */
  readonly violations: readonly string[]
  /** Kills by kind; `hit` of those that are aimed: they fell where they were meant to. */
  readonly kills: ReadonlyMap<string, { made: number; hit: number }>
  /** How often each kind of fault was met by a transaction. */
  readonly faults: ReadonlyMap<string, number>
  readonly fleet: FleetTotals
  readonly stored: AuditTotals
  readonly tookMs: number
}

const crashManufacturer = 'man_torture' as ManufacturerId
const modelId = 'torture-drill' as ModelId
const DAY_MS = 86_400_000
const MEASURED_DAYS = 40
/** A life may take so long, a hanging disk included; then something is stuck. */
const LIFE_LIMIT_MS = 60_000
/** Kills during the start fall within this time after the process was made. */
const START_MS = 1_400
const MAX_DUE_DELAY_MS = 25

export async function runCrash(options: CrashOptions): Promise<CrashReport> {
  const { seed, kills, say } = options
  const startedAt = performance.now()
  const folder = mkdtempSync(path.join(tmpdir(), 'usance-torture-'))
  const violations: string[] = []
  const tally = { kills: new Map<string, { made: number; hit: number }>(), faults: new Map<string, number>() }
  try {
    const measuredFrom = Math.floor(Date.now() / DAY_MS) * DAY_MS - MEASURED_DAYS * DAY_MS
    const devices = await registerDevices(folder, options, measuredFrom)
    const fleet = createDeviceFleet(seed, devices)
    const lives = planLives(seed, kills)
    let livesLeftOut = 0
    try {
      for (const [index, life] of lives.entries()) {
        // The last life ends cleanly: it is lived in any case, since the audit needs every device heard out.
        const isLate = performance.now() - startedAt > options.limitMs
        if (isLate && life.kill !== undefined) {
          livesLeftOut += 1
          continue
        }
        violations.push(...(await liveOnce({ folder, index, life, fleet, tally })))
        if (index % 25 === 24)
          say(`${index + 1} of ${lives.length} lives; ${fleet.totals.elementsAcknowledged} acknowledged`)
      }
    } finally {
      fleet.close()
    }
    if (livesLeftOut > 0) violations.push(`Time ran out: ${livesLeftOut} of ${kills} kills were left out.`)
    const audit = await auditStore({
      folder,
      seed,
      devices,
      fleet: fleet.totals,
      commissionedAt: measuredFrom - DAY_MS,
    })
    violations.push(...audit.violations)
    const tookMs = Math.round(performance.now() - startedAt)
    return { seed, violations, ...tally, fleet: fleet.totals, stored: audit.totals, tookMs }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function registerDevices(folder: string, { seed, devices }: CrashOptions, measuredFrom: number) {
  migrateDatabases(folder)
  const core = openCore(folder)
  try {
    await core.metering.by(systemActor('test')).registerModel({
      id: modelId,
      manufacturerId: crashManufacturer,
      name: 'Drill',
      registers: [
        { name: 'run_s', unit: 's', maxPerHour: 3_600n, maxGapMs: 7_200_000, gapRule: 'end' },
        { name: 'energy_wh', unit: 'Wh', maxPerHour: 2_000n, maxGapMs: 7_200_000, gapRule: 'spread' },
      ],
    })
    const registered = Array.from({ length: devices }, async (_, index) => {
      const id = `torture-${String(index).padStart(3, '0')}`
      // Every other device declares what its registers showed when it was commissioned.
      const base = index % 2 === 0 ? 500 : undefined
      const { secret } = await core.metering.by(systemActor('test')).registerDevice({
        id: id as DeviceId,
        manufacturerId: crashManufacturer,
        modelId,
        commissionedAt: measuredFrom - DAY_MS,
        ...(base === undefined ? {} : { baseValues: { run_s: BigInt(base), energy_wh: BigInt(base) } }),
      })
      return new MeteredDevice(seed, id, secret, measuredFrom, base)
    })
    return await Promise.all(registered)
  } finally {
    await core.close()
  }
}

type LifeContext = {
  readonly folder: string
  readonly index: number
  readonly life: Life
  readonly fleet: DeviceFleet
  readonly tally: { kills: Map<string, { made: number; hit: number }>; faults: Map<string, number> }
}

/** From the start of a process to its end; resolves to what was wrong with it. */
async function liveOnce({ folder, index, life, fleet, tally }: LifeContext): Promise<string[]> {
  const { kill, fault } = life
  const name = `Life ${index} (kill ${kill?.kind ?? 'none'}, fault ${fault?.kind ?? 'none'})`
  const talk: string[] = []
  const events: TortureEvent[] = []
  const due = Promise.withResolvers<void>()
  const orders = JSON.stringify({ ...life, file: path.join(folder, 'metering.sqlite') })
  const preload = new URL('./fault-preload.ts', import.meta.url).href
  const server = spawnUsance(
    folder,
    { mqtt: 0, http: 0 },
    { NODE_OPTIONS: `--import ${preload}`, [ORDERS_VARIABLE]: orders },
    (line) => {
      const event = parseReport(line)
      if (event === undefined) talk.push(line)
      else events.push(event)
      if (event?.event === 'due') due.resolve()
    },
  )
  const limit = new AbortController()
  const overdue = delay(LIFE_LIMIT_MS, 'overdue' as const, { signal: limit.signal }).catch(
    () => 'overdue' as const,
  )
  const connected = server.ready.then(
    ({ mqttUrl }) => fleet.connect(index, Number(new URL(mqttUrl).port)),
    () => undefined,
  )
  const course =
    kill === undefined
      ? endCleanly(server, connected, due.promise, fleet)
      : endByKill(server, connected, kill, due.promise)
  const end = await Promise.race([course.then(() => server.ended), overdue])
  if (end === 'overdue') server.kill('SIGKILL')
  const { code, signal } = await server.ended
  limit.abort()
  fleet.wait()

  for (const event of events) {
    if (event.event === 'fault') count(tally.faults, event.kind)
    if (event.event === 'poison') count(tally.faults, 'poison')
  }
  const complaint = `${name} ended with ${signal ?? code}. Its last words:\n${talk.slice(-8).join('\n')}`
  if (end === 'overdue') return [`It took too long. ${complaint}`]
  if (kill === undefined) return code === 0 ? [] : [complaint]
  if (signal !== 'SIGKILL') return [complaint]
  const aimed = events.find((event) => event.event === 'kill')
  const known = tally.kills.get(kill.kind) ?? { made: 0, hit: 0 }
  const isHit = aimed === undefined ? !isAimed(kill) : aimed.isHit
  tally.kills.set(kill.kind, { made: known.made + 1, hit: known.hit + (isHit ? 1 : 0) })
  return []
}

function isAimed({ kind }: Kill): boolean {
  return kind !== 'any_moment' && kind !== 'during_start'
}

/** Resolves when the kill was made, or has been left to the process itself. */
async function endByKill(server: StartingUsance, connected: Promise<void>, kill: Kill, due: Promise<void>) {
  const share = kill.perMille / 1_000
  if (kill.kind === 'during_start') {
    await delay(Math.round(share * START_MS))
    server.kill('SIGKILL')
  } else if (kill.kind === 'any_moment') {
    await Promise.race([due, server.ended])
    await delay(Math.round(share * MAX_DUE_DELAY_MS))
    server.kill('SIGKILL')
  } else if (kill.kind === 'start_checkpoint') {
    // A start that finds nothing to check point is killed when it is ready.
    await connected
    server.kill('SIGKILL')
  }
}

async function endCleanly(
  server: StartingUsance,
  connected: Promise<void>,
  due: Promise<void>,
  fleet: DeviceFleet,
) {
  await connected
  await due
  await fleet.settle()
  server.kill('SIGTERM')
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}

/** `12 any_moment, 12 in_commit (11 hit), …` and so on, one line per topic. */
export function formatCrashReport({ seed, kills, faults, fleet, stored, tookMs }: CrashReport): string {
  const killed = [...kills].map(
    ([kind, { made, hit }]) => `${made} ${kind}${hit === made ? '' : ` (${hit} hit)`}`,
  )
  const met = [...faults].map(([kind, times]) => `${times} ${kind}`)
  const made = [...kills.values()].reduce((sum, each) => sum + each.made, 0)
  return [
    `SEED=${seed}`,
    `kills: ${made} in ${Math.round(tookMs / 1_000)} s: ${killed.sort().join(', ')}`,
    `faults met: ${met.sort().join(', ')}`,
    `devices: ${fleet.connections} connections, ${fleet.messagesSent} messages; readings sent ${fleet.elementsSent}, of these resent ${fleet.elementsResent}, acknowledged ${fleet.elementsAcknowledged}`,
    `store: ${stored.readings} distinct readings acknowledged, ${stored.present} present byte for byte, ${stored.quarantined} quarantined`,
    `counts: ${Object.entries(stored.counts)
      .map(([outcome, readings]) => `${outcome} ${readings}`)
      .join(', ')}; usage compared ${stored.usageCompared} times`,
  ].join('\n')
}
