/**
 * For each number of stored readings: fill, then for each load rounds of windows, the empty database and the filled one in
 * turn, on servers of their own that run side by side; ratios are taken within a round.
 *
 * The order of the two changes from round to round. The filled database serves all loads, one after the other, and grows a little
 * with each; the empty one is empty again before each load, as in `bench ingest`.
 */
import { copyFileSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { syncToDisk } from '../../db/index.ts'
import { startChild, type Child } from '../child-calls.ts'
import { loadShapes, type LoadName } from '../ingest/ingest-arguments.ts'
import { findAccountingFaults } from '../ingest/ingest-report.ts'
import { startUsance, type UsanceTarget } from '../ingest/ingest-targets.ts'
import type { LoadGeneratorMethods, RunResult } from '../ingest/load-generator.ts'
import { prepareUsance } from '../ingest/prepare-usance.ts'
import type { Credentials } from '../ingest/publisher-connection.ts'
import { historyStart } from '../ingest/reading-stream.ts'
import type { MeasureContext, Measured } from '../run-measurement.ts'
import type { FleetCopy } from './fleet-copies.ts'
import type { FleetFillerMethods } from './fleet-filler.ts'
import { makePattern } from './make-pattern.ts'
import type { ScaleSettings } from './scale-arguments.ts'
import {
  reportStored,
  type ScaleResult,
  type ScaleRound,
  type ScaleWindow,
  type StoredReport,
} from './scale-report.ts'

const FILL_TIMEOUT_MS = 3_600_000
const CONNECT_TIMEOUT_MS = 120_000
const GRACE_MS = 60_000
const shapes = loadShapes(1)

type Bench = {
  readonly settings: ScaleSettings
  readonly context: MeasureContext
  readonly generator: Child<LoadGeneratorMethods>
  readonly folder: string
  /** Without readings. */
  readonly emptyFile: string
  readonly startMs: number
  readonly devices: readonly Credentials[]
  readonly faults: string[]
}

/** One server with the database it has, as the generator knows it. */
type Side = {
  readonly usance: UsanceTarget
  /** Streams go on under this name. */
  readonly name: string
  readonly storedPerDevice: number
  /** Readings in it that no device of the generator sent. */
  readonly storedBefore: number
  readonly runs: RunResult[]
}

/** @throws AppError `bench_failed` */
export async function measureScale(
  settings: ScaleSettings,
  context: MeasureContext,
): Promise<Measured<ScaleResult>> {
  const { nowMs, progress, signal } = context
  const folder = mkdtempSync(path.join(tmpdir(), 'usance-bench-'))
  const generator = startChild<LoadGeneratorMethods>(
    new URL('../ingest/load-generator.ts', import.meta.url),
    { signal },
  )
  try {
    const startMs = historyStart(nowMs)
    const emptyFile = path.join(folder, 'empty.sqlite')
    progress(`registering ${settings.connections} devices`)
    const devices = await prepareUsance(emptyFile, settings.connections, startMs)
    const faults: string[] = []
    const bench: Bench = { settings, context, generator, folder, emptyFile, startMs, devices, faults }
    const stored: StoredReport[] = []
    for (const count of settings.storedReadings) stored.push(await measureStored(bench, count))
    return { result: { stored }, faults }
  } finally {
    await generator.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function measureStored(bench: Bench, storedReadings: number): Promise<StoredReport> {
  const { settings, context, emptyFile, startMs } = bench
  const folder = mkdtempSync(path.join(bench.folder, 'stored-'))
  try {
    const file = path.join(folder, 'metering.sqlite')
    const patternFile = path.join(folder, 'pattern.sqlite')
    const storedPerDevice = storedReadings / settings.devices
    context.progress(`storing ${storedReadings.toLocaleString('en')} readings`)
    const startedAt = performance.now()
    await makePattern(patternFile, storedPerDevice, startMs)
    copyFileSync(emptyFile, file)
    await fill({ file, patternFile, deviceCount: settings.devices }, context.signal)
    // Or the system would write the fill to the disk while the servers are measured.
    await syncToDisk(file)
    const fileBytes = statSync(file).size
    const fillMs = performance.now() - startedAt
    context.progress(`stored in ${Math.round(fillMs / 1_000)} s, ${Math.round(fileBytes / 1e6)} MB`)

    const rounds: Partial<Record<LoadName, readonly ScaleRound[]>> = {}
    const sent: RunResult[] = []
    for (const load of settings.loads) {
      rounds[load] = await measureLoad(bench, load, { file, storedReadings, storedPerDevice, sent })
    }
    return reportStored({ storedReadings, fileBytes, fillMs, rounds })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function fill(copy: FleetCopy, signal: AbortSignal): Promise<void> {
  const filler = startChild<FleetFillerMethods>(new URL('./fleet-filler.ts', import.meta.url), { signal })
  try {
    await filler.call('fill', copy, FILL_TIMEOUT_MS)
  } finally {
    await filler.close()
  }
}

type Filled = {
  readonly file: string
  readonly storedReadings: number
  readonly storedPerDevice: number
  /** What the loads before have sent to it. */
  readonly sent: RunResult[]
}

async function measureLoad(bench: Bench, load: LoadName, filled: Filled): Promise<ScaleRound[]> {
  const { settings, context, faults } = bench
  const { signal, progress } = context
  const emptyFile = path.join(path.dirname(filled.file), `${load}.sqlite`)
  copyFileSync(bench.emptyFile, emptyFile)
  const empty: Side = {
    usance: await startUsance(emptyFile, { signal }),
    name: emptyFile,
    storedPerDevice: 0,
    storedBefore: 0,
    runs: [],
  }
  try {
    const full: Side = {
      usance: await startUsance(filled.file, { signal }),
      name: filled.file,
      storedPerDevice: filled.storedPerDevice,
      storedBefore: filled.storedReadings,
      runs: filled.sent,
    }
    try {
      const rounds: ScaleRound[] = []
      while (rounds.length < settings.rounds) {
        const isFullFirst = rounds.length % 2 === 1
        const first = await measureWindow(bench, load, isFullFirst ? full : empty)
        const second = await measureWindow(bench, load, isFullFirst ? empty : full)
        const round = isFullFirst ? { stored: first, empty: second } : { stored: second, empty: first }
        rounds.push(round)
        progress(
          `${load} ${rounds.length}/${settings.rounds}: ${Math.round(round.empty.acknowledgedPerSecond)}/s empty, ` +
            `${Math.round(round.stored.acknowledgedPerSecond)}/s with ${filled.storedReadings / 1e6} million`,
        )
      }
      for (const side of [empty, full]) faults.push(...(await findFaults(side)))
      return rounds
    } finally {
      await full.usance.close()
    }
  } finally {
    await empty.usance.close()
  }
}

async function measureWindow(bench: Bench, load: LoadName, side: Side): Promise<ScaleWindow> {
  const { generator, settings, startMs, devices } = bench
  const { warmUpMs, windowMs } = settings
  const { usance, name, storedPerDevice, runs } = side
  const connecting = { target: name, port: usance.port, startMs, devices, alreadyStored: storedPerDevice }
  await generator.call('connect', connecting, CONNECT_TIMEOUT_MS)
  const run = { shape: shapes[load], warmUpMs, windowMs }
  const cpuBefore = await usance.cpuMicroseconds()
  const result = await generator.call('run', run, warmUpMs + windowMs + GRACE_MS)
  const cpu = (await usance.cpuMicroseconds()) - cpuBefore
  await generator.call('disconnect', undefined)
  runs.push(result)
  return { ...result, serverCpuMicrosecondsPerMessage: cpu / result.acknowledged }
}

async function findFaults({ usance, storedBefore, runs }: Side): Promise<string[]> {
  const outcomes = await usance.outcomes()
  return findAccountingFaults({
    ...outcomes,
    received: outcomes.received - storedBefore,
    accepted: outcomes.accepted - storedBefore,
    acknowledged: runs.reduce((sum, run) => sum + run.acknowledged, 0),
    unacknowledged: runs.reduce((sum, run) => sum + run.unacknowledged, 0),
  })
}
