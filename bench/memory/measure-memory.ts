/**
 * Idle connections as in `bench ingest`; then a run at full speed against a store that is made slow, with a look at the
 * resident memory of the server every so often, garbage and all: what an operator sees.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startChild, type Child } from '../child-calls.ts'
import { countIdleDevices, measureIdleConnections, type Accounting } from '../ingest/measure-ingest.ts'
import { findAccountingFaults } from '../ingest/ingest-report.ts'
import { startUsance } from '../ingest/ingest-targets.ts'
import type { LoadGeneratorMethods } from '../ingest/load-generator.ts'
import { prepareUsance } from '../ingest/prepare-usance.ts'
import type { Credentials } from '../ingest/publisher-connection.ts'
import { historyStart } from '../ingest/reading-stream.ts'
import type { MeasureContext, Measured } from '../run-measurement.ts'
import { commitDelayVariable } from './commit-delay.ts'
import type { MemorySettings } from './memory-arguments.ts'
import { describeFlatness, type MemoryBenchResult } from './memory-report.ts'

/** More under way than the broker lets a device have: it has to stop reading. */
const pressingShape = { messagesPerSegment: 20, segmentsUnderWay: 10 }
const LOOKS = 240
const SHORTEST_PAUSE_MS = 100
const CONNECT_TIMEOUT_MS = 120_000
const GRACE_MS = 120_000

/** @throws AppError `bench_failed` */
export async function measureMemory(
  settings: MemorySettings,
  context: MeasureContext,
): Promise<Measured<MemoryBenchResult>> {
  const { nowMs, progress, signal } = context
  const folder = mkdtempSync(path.join(tmpdir(), 'usance-bench-'))
  const generator = startChild<LoadGeneratorMethods>(
    new URL('../ingest/load-generator.ts', import.meta.url),
    { signal },
  )
  try {
    const startMs = historyStart(nowMs)
    const file = path.join(folder, 'metering.sqlite')
    const deviceCount = Math.max(settings.connections, countIdleDevices(settings.idleConnections))
    progress(`registering ${deviceCount} devices`)
    const devices = await prepareUsance(file, deviceCount, startMs)
    progress(`measuring the memory of ${settings.idleConnections} idle connections`)
    const connecting = { generator, startMs, signal }
    const idle = await measureIdleConnections(connecting, file, devices, settings.idleConnections)
    const fleet = devices.slice(0, settings.connections)
    const { slowStore, accounting } = await measureSlowStore(settings, context, {
      generator,
      file,
      startMs,
      fleet,
    })
    const ratio = Number((idle.usanceBytesPerConnection / idle.bareAedesBytesPerConnection).toFixed(2))
    return {
      result: { idle: { ...idle, ratio }, slowStore, accounting },
      faults: findAccountingFaults(accounting),
    }
  } finally {
    await generator.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function measureSlowStore(
  { runMs, warmUpMs, commitDelayMs }: MemorySettings,
  { progress, signal }: MeasureContext,
  load: {
    readonly generator: Child<LoadGeneratorMethods>
    readonly file: string
    readonly startMs: number
    readonly fleet: readonly Credentials[]
  },
): Promise<{ readonly slowStore: MemoryBenchResult['slowStore']; readonly accounting: Accounting }> {
  const { generator, file, startMs, fleet } = load
  const usance = await startUsance(file, {
    signal,
    preload: new URL('./slow-store-preload.ts', import.meta.url),
    environment: { [commitDelayVariable]: String(commitDelayMs) },
  })
  try {
    const connecting = { target: 'slow store', port: usance.port, startMs, devices: fleet }
    await generator.call('connect', connecting, CONNECT_TIMEOUT_MS)
    progress(
      `full speed for ${Math.round((warmUpMs + runMs) / 1_000)} s, every commit ${commitDelayMs} ms slower`,
    )
    const run = generator.call(
      'run',
      { shape: pressingShape, warmUpMs, windowMs: runMs },
      warmUpMs + runMs + GRACE_MS,
    )
    // Awaited below; until then a failure of the run must not end the process.
    run.catch(() => undefined)
    await sleep(warmUpMs)
    const looks: number[] = []
    const endAt = performance.now() + runMs
    while (performance.now() < endAt) {
      looks.push(await usance.residentBytes())
      await sleep(Math.max(SHORTEST_PAUSE_MS, runMs / LOOKS))
    }
    const { acknowledgedPerSecond, acknowledged, unacknowledged } = await run
    const commits = await usance.commits()
    await generator.call('disconnect', undefined)
    const slowStore = {
      ...describeFlatness(looks),
      acknowledgedPerSecond: Math.round(acknowledgedPerSecond),
      messagesPerCommit: Math.round(acknowledged / commits),
    }
    progress(
      `resident memory ${Math.round(slowStore.minBytes / 1e6)} to ${Math.round(slowStore.maxBytes / 1e6)} MB, ` +
        `±${slowStore.plusMinusPercent} %, drift ${slowStore.driftPercent} %`,
    )
    return { slowStore, accounting: { acknowledged, unacknowledged, ...(await usance.outcomes()) } }
  } finally {
    await usance.close()
  }
}
