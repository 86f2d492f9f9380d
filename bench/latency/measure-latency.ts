/**
 * The highest rate first, then rounds of phases at half of it, all on one database that grows meanwhile, as in life.
 *
 * A phase lasts as long as its disturbance. Between phases the load goes on, so that no phase begins cold; what was sent in
 * a phase and is not answered at its end belongs to none, which is at most what was under way.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { migrateDatabases } from '../../app/index.ts'
import { startChild, type Child } from '../child-calls.ts'
import { findAccountingFaults } from '../ingest/ingest-report.ts'
import { startBareAedes, startUsance, type Target, type UsanceTarget } from '../ingest/ingest-targets.ts'
import type { LoadGeneratorMethods } from '../ingest/load-generator.ts'
import { prepareUsance } from '../ingest/prepare-usance.ts'
import type { Credentials } from '../ingest/publisher-connection.ts'
import { historyStart } from '../ingest/reading-stream.ts'
import type { SteadyPhase } from '../ingest/steady-load.ts'
import type { MeasureContext, Measured } from '../run-measurement.ts'
import { backUpFor, prepareBacklog, readUsageFor } from './disturbances.ts'
import type { LatencySettings } from './latency-arguments.ts'
import { reportLatency, type LatencyResult, type LatencyRound } from './latency-report.ts'

/** One message per segment and connection under way: the load whose highest rate is halved. */
const singleMessages = { messagesPerSegment: 1, segmentsUnderWay: 1 }
const MONTH_MS = 30 * 86_400_000
const CONNECT_TIMEOUT_MS = 120_000
const GRACE_MS = 30_000

type Bench = {
  readonly settings: LatencySettings
  readonly context: MeasureContext
  readonly generator: Child<LoadGeneratorMethods>
  readonly folder: string
  readonly startMs: number
  readonly fleet: readonly Credentials[]
  readonly usance: UsanceTarget
  readonly bareAedes: Target
  /** Of our server. */
  readonly counts: { acknowledged: number; unacknowledged: number }
}

/** @throws AppError `bench_failed` */
export async function measureLatency(
  settings: LatencySettings,
  context: MeasureContext,
): Promise<Measured<LatencyResult>> {
  const { nowMs, progress, signal } = context
  const folder = mkdtempSync(path.join(tmpdir(), 'usance-bench-'))
  const generator = startChild<LoadGeneratorMethods>(
    new URL('../ingest/load-generator.ts', import.meta.url),
    { signal },
  )
  const targets: Target[] = []
  try {
    const startMs = historyStart(nowMs)
    const dataFolder = path.join(folder, 'data')
    migrateDatabases(dataFolder)
    progress(`registering ${settings.connections + settings.rounds} devices`)
    const file = path.join(dataFolder, 'metering.sqlite')
    const devices = await prepareUsance(file, settings.connections + settings.rounds, startMs)
    const usance = await startUsance(file, { signal })
    targets.push(usance)
    const bareAedes = await startBareAedes(signal)
    targets.push(bareAedes)
    const fleet = devices.slice(0, settings.connections)
    const counts = { acknowledged: 0, unacknowledged: 0 }
    const bench: Bench = {
      settings,
      context,
      generator,
      folder,
      startMs,
      fleet,
      usance,
      bareAedes,
      counts,
    }

    const highestRate = await measureHighestRate(bench)
    const messagesPerSecond = Math.max(1, Math.floor(highestRate / 2))
    progress(`highest rate ${Math.round(highestRate)}/s; phases at ${messagesPerSecond}/s`)
    const rounds: LatencyRound[] = []
    for (const backlogDevice of devices.slice(settings.connections)) {
      rounds.push(await measureRound(bench, rounds.length + 1, messagesPerSecond, backlogDevice))
    }
    const accounting = { ...counts, ...(await usance.outcomes()) }
    return {
      result: reportLatency(highestRate, messagesPerSecond, rounds, accounting),
      faults: findAccountingFaults(accounting),
    }
  } finally {
    await generator.close()
    for (const target of targets.reverse()) await target.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function connect({ generator, startMs, fleet }: Bench, { name, port }: Target): Promise<void> {
  await generator.call('connect', { target: name, port, startMs, devices: fleet }, CONNECT_TIMEOUT_MS)
}

async function measureHighestRate(bench: Bench): Promise<number> {
  const { generator, settings, counts, usance } = bench
  const { warmUpMs, phaseMs } = settings
  await connect(bench, usance)
  const run = { shape: singleMessages, warmUpMs, windowMs: phaseMs }
  const { acknowledgedPerSecond, acknowledged, unacknowledged } = await generator.call(
    'run',
    run,
    warmUpMs + phaseMs + GRACE_MS,
  )
  counts.acknowledged += acknowledged
  counts.unacknowledged += unacknowledged
  await generator.call('disconnect', undefined)
  return acknowledgedPerSecond
}

async function measureRound(
  bench: Bench,
  number: number,
  messagesPerSecond: number,
  backlogDevice: Credentials,
): Promise<LatencyRound> {
  const { generator, settings, context, counts, folder, startMs, usance, bareAedes, fleet } = bench
  const { warmUpMs, phaseMs, backlogReadings, readingsPerMessage, rounds } = settings
  const { signal } = context

  async function measurePhase<Done extends object>(
    name: keyof LatencyRound,
    disturb: () => Promise<Done>,
  ): Promise<SteadyPhase & Done> {
    await generator.call('beginPhase', undefined)
    const done = await disturb()
    const phase = await generator.call('endPhase', undefined)
    context.progress(
      `${number}/${rounds} ${name}: PUBACK p50 ${phase.pubackP50Ms.toFixed(1)} ms, p99 ${phase.pubackP99Ms.toFixed(1)} ms, ` +
        `sent late p99 ${phase.sentLateP99Ms.toFixed(1)} ms, ${JSON.stringify(done)}`,
    )
    return { ...phase, ...done }
  }
  const nothing = async () => {
    await sleep(phaseMs)
    return {}
  }
  async function underLoad<Result>(target: Target, measure: () => Promise<Result>) {
    await connect(bench, target)
    await generator.call('startSteady', { messagesPerSecond })
    await sleep(warmUpMs)
    const result = await measure()
    const ended = await generator.call('stopSteady', undefined)
    await generator.call('disconnect', undefined)
    return { result, ended }
  }

  const yardstick = await underLoad(bareAedes, () => measurePhase('bareAedes', nothing))
  const uploadCall = {
    port: usance.port,
    device: backlogDevice,
    startMs,
    readings: backlogReadings,
    readingsPerMessage,
  }
  const backlog = await prepareBacklog(uploadCall, signal)
  try {
    const ours = await underLoad(usance, async () => {
      const month = {
        deviceIds: fleet.map(({ deviceId }) => deviceId),
        busiestDeviceId: backlogDevice.deviceId,
        register: 'run_s',
        from: startMs,
        to: startMs + MONTH_MS,
      }
      const backups = path.join(folder, `backups-${number}`)
      mkdirSync(backups)
      const undisturbed = await measurePhase('undisturbed', nothing)
      const ofBacklog = await measurePhase('backlog', () => backlog.upload(usance))
      const ofBackup = await measurePhase('backup', () =>
        backUpFor(phaseMs, path.join(folder, 'data'), (index) => path.join(backups, String(index)), signal),
      )
      rmSync(backups, { recursive: true, force: true })
      const reading = await measurePhase('reading', () => readUsageFor(phaseMs, usance, month))
      return { undisturbed, backlog: ofBacklog, backup: ofBackup, reading }
    })
    counts.acknowledged += ours.ended.acknowledged + backlogReadings + 1
    counts.unacknowledged += ours.ended.unacknowledged
    return { bareAedes: yardstick.result, ...ours.result }
  } finally {
    await backlog.close()
  }
}
