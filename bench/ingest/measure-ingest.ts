/**
 * The measurement: memory of idle connections first, each server fresh, then rounds of load, all servers in turn.
 *
 * Servers take turns within a round, so that whatever else the machine does hits them alike; ratios are taken per round.
 * Each load begins with new servers and an empty database; they stay up for all its rounds, with their code warm, and
 * the others are idle meanwhile. Connections are made anew for every window, and each window ends with every message
 * acknowledged.
 */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { OutcomeCounts } from '../../metering/index.ts'
import { startChild, type Child } from '../child-calls.ts'
import type { IngestSettings, LoadName } from './ingest-arguments.ts'
import {
  startBareAedes,
  startMosquittoAlone,
  startMosquittoWithSubscriber,
  startUsance,
  type NodeTarget,
  type Target,
  type TargetName,
  type UsanceTarget,
} from './ingest-targets.ts'
import type { LoadGeneratorMethods, RunResult } from './load-generator.ts'
import { findMosquitto } from './mosquitto-server.ts'
import { prepareUsance } from './prepare-usance.ts'
import type { Credentials } from './publisher-connection.ts'
import { historyStart } from './reading-stream.ts'

export type WindowResult = RunResult & {
  readonly serverCpuMicrosecondsPerMessage: number | undefined
  readonly messagesPerCommit: number | undefined
  /** How long after the last PUBACK the subscriber had everything. */
  readonly deliveryLagMs: number | undefined
}

export type LoadResults = Readonly<Partial<Record<TargetName, readonly WindowResult[]>>>

export type MemoryResult = {
  readonly connections: number
  readonly usanceBytesPerConnection: number
  readonly bareAedesBytesPerConnection: number
}

/** What was sent to our server, and what became of it. */
export type Accounting = OutcomeCounts & { readonly acknowledged: number; readonly unacknowledged: number }

export type IngestMeasurement = {
  readonly loads: Readonly<Partial<Record<LoadName, LoadResults>>>
  readonly memory: MemoryResult
  readonly accounting: Accounting
}

export type MeasureOptions = {
  readonly settings: IngestSettings
  readonly nowMs: number
  readonly progress: (line: string) => void
  readonly signal: AbortSignal
}

/** Connections made before the first look at memory: they pay for what is needed once. */
const FIRST_CONNECTIONS_SHARE = 0.1
const CONNECT_TIMEOUT_MS = 120_000
/** What a window may take beyond its own time: the last acknowledgements. */
const WINDOW_GRACE_MS = 30_000

/** @throws AppError `bench_failed` */
export async function measureIngest({
  settings,
  nowMs,
  progress,
  signal,
}: MeasureOptions): Promise<IngestMeasurement> {
  const folder = mkdtempSync(path.join(tmpdir(), 'usance-bench-'))
  const generator = startChild<LoadGeneratorMethods>(new URL('./load-generator.ts', import.meta.url), {
    signal,
  })
  try {
    const file = path.join(folder, 'metering.sqlite')
    const startMs = historyStart(nowMs)
    const idleDevices = countIdleDevices(settings.idleConnections)
    const deviceCount = Math.max(settings.connections, idleDevices)
    progress(`registering ${deviceCount} devices`)
    const devices = await prepareUsance(file, deviceCount, startMs)
    const load: Load = { generator, startMs, settings, progress, signal }

    progress(`measuring the memory of ${settings.idleConnections} idle connections`)
    const memory = await measureIdleConnections(load, file, devices, settings.idleConnections)

    const loads: Partial<Record<LoadName, LoadResults>> = {}
    const accounts: Accounting[] = []
    for (const name of settings.loads) {
      const loadFolder = path.join(folder, name)
      mkdirSync(loadFolder)
      const loadFile = path.join(loadFolder, 'metering.sqlite')
      copyFileSync(file, loadFile)
      const measured = await measureLoad(name, loadFile, load, devices.slice(0, settings.connections))
      loads[name] = measured.results
      accounts.push(measured.accounting)
    }
    return { loads, memory, accounting: addUp(accounts) }
  } finally {
    await generator.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What devices are connected with. */
type Connecting = {
  readonly generator: Child<LoadGeneratorMethods>
  readonly startMs: number
  readonly signal: AbortSignal
}

type Load = Connecting & {
  readonly settings: IngestSettings
  readonly progress: (line: string) => void
}

/** How many devices `measureIdleConnections` needs. */
export function countIdleDevices(connectionCount: number): number {
  return Math.ceil(connectionCount * FIRST_CONNECTIONS_SHARE) + connectionCount
}

/** Bytes per signed-in connection, of our server and of a bare Aedes, each fresh. */
export async function measureIdleConnections(
  load: Connecting,
  file: string,
  devices: readonly Credentials[],
  connectionCount: number,
): Promise<MemoryResult> {
  const needed = devices.slice(0, countIdleDevices(connectionCount))
  const idle = { first: needed.slice(0, -connectionCount), others: needed.slice(-connectionCount) }
  return {
    connections: connectionCount,
    usanceBytesPerConnection: await measureMemory(
      await startUsance(file, { signal: load.signal }),
      load,
      idle,
    ),
    bareAedesBytesPerConnection: await measureMemory(await startBareAedes(load.signal), load, idle),
  }
}

async function connect({ generator, startMs }: Connecting, target: Target, devices: readonly Credentials[]) {
  const { name, port } = target
  await generator.call('connect', { target: name, port, startMs, devices }, CONNECT_TIMEOUT_MS)
}

/** Bytes per connection; ends the server. */
async function measureMemory(
  target: NodeTarget,
  load: Connecting,
  idle: { readonly first: readonly Credentials[]; readonly others: readonly Credentials[] },
): Promise<number> {
  try {
    await connect(load, target, idle.first)
    const before = await target.rssBytes()
    await connect(load, target, idle.others)
    const after = await target.rssBytes()
    await load.generator.call('disconnect', undefined)
    return (after - before) / idle.others.length
  } finally {
    await target.close()
  }
}

/** All rounds of a load, on servers and a database of its own, so that no load depends on what ran before it. */
async function measureLoad(
  name: LoadName,
  file: string,
  load: Load,
  devices: readonly Credentials[],
): Promise<{ readonly results: LoadResults; readonly accounting: Accounting }> {
  const { settings, signal } = load
  const targets: Target[] = []
  try {
    const usance = await startUsance(file, { signal, profileFolder: settings.profileFolder })
    targets.push(usance)
    targets.push(await startBareAedes(signal))
    const mosquitto = findMosquitto()
    if (mosquitto === undefined) load.progress('mosquitto is not installed; it is left out')
    else {
      const folder = path.dirname(file)
      targets.push(await startMosquittoAlone(mosquitto, folder, signal))
      targets.push(await startMosquittoWithSubscriber(mosquitto, folder, signal))
    }
    const results = await measureRounds(name, targets, load, devices)
    return { results, accounting: await account(usance, results) }
  } finally {
    for (const target of targets.reverse()) await target.close()
  }
}

async function measureRounds(
  name: LoadName,
  targets: readonly Target[],
  load: Load,
  devices: readonly Credentials[],
): Promise<LoadResults> {
  const results: Partial<Record<TargetName, WindowResult[]>> = {}
  const deliveredBefore = new Map<TargetName, number>()
  const { rounds } = load.settings
  for (let round = 1; round <= rounds; round += 1) {
    for (const target of targets) {
      await connect(load, target, devices)
      const window = await measureWindow(name, target, load, deliveredBefore)
      await load.generator.call('disconnect', undefined)
      ;(results[target.name] ??= []).push(window)
      const { acknowledgedPerSecond, pubackP50Ms, pubackP99Ms } = window
      load.progress(
        `${name} ${round}/${rounds} ${target.name}: ${Math.round(acknowledgedPerSecond).toLocaleString('en')}/s, ` +
          `PUBACK p50 ${pubackP50Ms.toFixed(1)} ms, p99 ${pubackP99Ms.toFixed(1)} ms`,
      )
    }
  }
  return results
}

async function measureWindow(
  name: LoadName,
  target: Target,
  { generator, settings }: Load,
  deliveredBefore: Map<TargetName, number>,
): Promise<WindowResult> {
  const { warmUpMs, windowMs } = settings
  const before = await readCounters(target)
  const run = { shape: settings.shapes[name], warmUpMs, windowMs }
  const result = await generator.call('run', run, warmUpMs + windowMs + WINDOW_GRACE_MS)
  const after = await readCounters(target)
  const delivered = (deliveredBefore.get(target.name) ?? 0) + result.acknowledged
  deliveredBefore.set(target.name, delivered)
  return {
    ...result,
    serverCpuMicrosecondsPerMessage: risen(before.cpu, after.cpu, (cpu) => cpu / result.acknowledged),
    messagesPerCommit: risen(before.commits, after.commits, (commits) => result.acknowledged / commits),
    deliveryLagMs: await target.awaitDelivery?.(delivered),
  }
}

async function readCounters(target: Target) {
  return { cpu: await target.cpuMicroseconds?.(), commits: await target.commits?.() }
}

function risen(
  before: number | undefined,
  after: number | undefined,
  relate: (difference: number) => number,
): number | undefined {
  return before === undefined || after === undefined ? undefined : relate(after - before)
}

async function account(usance: UsanceTarget, results: LoadResults): Promise<Accounting> {
  const windows = results.usance ?? []
  return {
    acknowledged: windows.reduce((sum, window) => sum + window.acknowledged, 0),
    unacknowledged: windows.reduce((sum, window) => sum + window.unacknowledged, 0),
    ...(await usance.outcomes()),
  }
}

function addUp(accounts: readonly Accounting[]): Accounting {
  const sum = (name: keyof Accounting) => accounts.reduce((total, each) => total + each[name], 0)
  return {
    acknowledged: sum('acknowledged'),
    unacknowledged: sum('unacknowledged'),
    received: sum('received'),
    pending: sum('pending'),
    accepted: sum('accepted'),
    duplicate: sum('duplicate'),
    held: sum('held'),
    rejected: sum('rejected'),
  }
}
