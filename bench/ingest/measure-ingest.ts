/**
 * The measurement: memory of idle connections first, each server fresh, then rounds of load, all servers in turn.
 *
 * Servers take turns within a round, so that whatever else the machine does hits them alike; ratios are taken per
 * round. Every server stays up for all rounds, with its code warm; the others are idle meanwhile. Connections are made
 * anew for every window, and each window ends with every message acknowledged.
 */
import { mkdtempSync, rmSync } from 'node:fs'
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
  const closing: (() => Promise<void>)[] = []
  const open = async <Opened extends { close(): Promise<void> }>(starting: Opened | Promise<Opened>) => {
    const opened = await starting
    closing.push(() => opened.close())
    return opened
  }
  try {
    const file = path.join(folder, 'metering.sqlite')
    const startMs = historyStart(nowMs)
    const firstIdle = Math.ceil(settings.idleConnections * FIRST_CONNECTIONS_SHARE)
    const deviceCount = Math.max(settings.connections, firstIdle + settings.idleConnections)
    progress(`registering ${deviceCount} devices`)
    const devices = await prepareUsance(file, deviceCount, startMs)
    const generator = await open(
      startChild<LoadGeneratorMethods>(new URL('./load-generator.ts', import.meta.url), { signal }),
    )
    const load: Load = { generator, startMs, settings, progress, deliveredBefore: new Map() }

    progress(`measuring the memory of ${settings.idleConnections} idle connections`)
    const idle = {
      first: devices.slice(0, firstIdle),
      others: devices.slice(firstIdle).slice(0, settings.idleConnections),
    }
    const memory = {
      connections: settings.idleConnections,
      usanceBytesPerConnection: await measureMemory(await startUsance(file, undefined, signal), load, idle),
      bareAedesBytesPerConnection: await measureMemory(await startBareAedes(signal), load, idle),
    }

    const usance = await open(startUsance(file, settings.profileFolder, signal))
    const targets: Target[] = [usance, await open(startBareAedes(signal))]
    const mosquitto = findMosquitto()
    if (mosquitto === undefined) progress('mosquitto is not installed; it is left out')
    else {
      targets.push(await open(startMosquittoAlone(mosquitto, folder, signal)))
      targets.push(await open(startMosquittoWithSubscriber(mosquitto, folder, signal)))
    }
    const loads: Partial<Record<LoadName, LoadResults>> = {}
    for (const name of settings.loads) {
      loads[name] = await measureLoad(name, targets, load, devices.slice(0, settings.connections))
    }
    return { loads, memory, accounting: await account(usance, loads) }
  } finally {
    for (const close of closing.reverse()) await close()
    rmSync(folder, { recursive: true, force: true })
  }
}

type Load = {
  readonly generator: Child<LoadGeneratorMethods>
  readonly startMs: number
  readonly settings: IngestSettings
  readonly progress: (line: string) => void
  readonly deliveredBefore: Map<TargetName, number>
}

async function connect({ generator, startMs }: Load, target: Target, devices: readonly Credentials[]) {
  const { name, port } = target
  await generator.call('connect', { target: name, port, startMs, devices }, CONNECT_TIMEOUT_MS)
}

/** Bytes per connection; ends the server. */
async function measureMemory(
  target: NodeTarget,
  load: Load,
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

async function measureLoad(
  name: LoadName,
  targets: readonly Target[],
  load: Load,
  devices: readonly Credentials[],
): Promise<LoadResults> {
  const results: Partial<Record<TargetName, WindowResult[]>> = {}
  const { rounds } = load.settings
  for (let round = 1; round <= rounds; round += 1) {
    for (const target of targets) {
      await connect(load, target, devices)
      const window = await measureWindow(name, target, load)
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
  { generator, settings, deliveredBefore }: Load,
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

async function account(
  usance: UsanceTarget,
  loads: Readonly<Partial<Record<LoadName, LoadResults>>>,
): Promise<Accounting> {
  const windows = Object.values(loads).flatMap((results) => results.usance ?? [])
  const sum = (read: (window: WindowResult) => number) =>
    windows.reduce((total, window) => total + read(window), 0)
  return {
    acknowledged: sum((window) => window.acknowledged),
    unacknowledged: sum((window) => window.unacknowledged),
    ...(await usance.outcomes()),
  }
}
