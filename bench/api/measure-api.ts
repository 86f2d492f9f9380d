/**
 * Calls of each page one after the other, first alone, then while devices publish at half of the highest rate; then viewers of
 * live bills. A call that asks nothing of the stores is measured beside them in both phases: what it takes is the machine's doing.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { startChild, type Child } from '../child-calls.ts'
import { LatencyHistogram } from '../ingest/latency-histogram.ts'
import type { LoadGeneratorMethods } from '../ingest/load-generator.ts'
import { historyStart } from '../ingest/reading-stream.ts'
import type { MeasureContext, Measured } from '../run-measurement.ts'
import type { ApiSettings } from './api-arguments.ts'
import type { ApiServerMethods, Fleet } from './api-server.ts'

const PREPARE_TIMEOUT_MS = 1_200_000
const CONNECT_TIMEOUT_MS = 120_000
/** What one caller may hold open. */
const STREAMS_PER_KEY = 8
const DAY_MS = 86_400_000
const GRACE_MS = 30_000
const singleMessages = { messagesPerSegment: 1, segmentsUnderWay: 1 }

type Latency = { readonly calls: number; readonly p50Ms: number; readonly p99Ms: number }
type Phase = Readonly<Record<string, Latency>>

export type ApiResult = {
  readonly publishedPerSecond: number
  /** Calls while nobody publishes. */
  readonly alone: Phase
  /** The same calls while devices publish. */
  readonly publishing: Phase
  /** p99 of a page while devices publish, divided by that of the call that asks nothing of the stores. */
  readonly p99ToYardstick: Readonly<Record<string, number>>
  readonly viewers: {
    readonly count: number
    readonly shown: number
    readonly rssBefore: number
    readonly rssAfter: number
  }
}

/** @throws AppError `bench_failed` */
export async function measureApi(
  settings: ApiSettings,
  context: MeasureContext,
): Promise<Measured<ApiResult>> {
  const { nowMs, progress, signal } = context
  const folder = mkdtempSync(`${tmpdir()}/usance-bench-`)
  const generator = startChild<LoadGeneratorMethods>(
    new URL('../ingest/load-generator.ts', import.meta.url),
    { signal },
  )
  const server = startChild<ApiServerMethods>(new URL('./api-server.ts', import.meta.url), {
    args: [folder],
    nodeOptions: ['--expose-gc'],
    signal,
  })
  try {
    const startMs = historyStart(nowMs)
    progress(`registering ${settings.devices} devices`)
    const publishing = Math.min(settings.connections, settings.devices)
    const fleet = await server.call(
      'prepare',
      {
        devices: settings.devices,
        publishing,
        apiKeys: Math.ceil(settings.viewers / STREAMS_PER_KEY),
        startMs,
      },
      PREPARE_TIMEOUT_MS,
    )
    const messagesPerSecond = await measureHalfRate(generator, fleet, startMs, settings)
    const pages = callsOfPages(fleet, startMs)
    const faults: string[] = []

    progress(`pages alone; then with ${messagesPerSecond} messages/s`)
    const alone = await measurePages(pages, fleet, settings.phaseMs, faults)
    await generator.call('startSteady', { messagesPerSecond })
    await sleep(settings.warmUpMs)
    const publishingPhase = await measurePages(pages, fleet, settings.phaseMs, faults)
    progress(`${settings.viewers} viewers`)
    const viewers = await watch(server, fleet, settings, faults)
    await generator.call('stopSteady', undefined, GRACE_MS)
    await generator.call('disconnect', undefined)
    const yardstick = publishingPhase['yardstick']?.p99Ms ?? Number.NaN
    const p99ToYardstick = Object.fromEntries(
      Object.entries(publishingPhase).map(([page, { p99Ms }]) => [
        page,
        Number((p99Ms / yardstick).toFixed(2)),
      ]),
    )
    return {
      result: {
        publishedPerSecond: messagesPerSecond,
        alone,
        publishing: publishingPhase,
        p99ToYardstick,
        viewers,
      },
      faults,
    }
  } finally {
    await generator.close()
    await server.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function measureHalfRate(
  generator: Child<LoadGeneratorMethods>,
  { mqttPort, devices }: Fleet,
  startMs: number,
  { warmUpMs, phaseMs }: ApiSettings,
): Promise<number> {
  await generator.call('connect', { target: 'usance', port: mqttPort, startMs, devices }, CONNECT_TIMEOUT_MS)
  const run = { shape: singleMessages, warmUpMs, windowMs: phaseMs }
  const { acknowledgedPerSecond } = await generator.call('run', run, warmUpMs + phaseMs + GRACE_MS)
  return Math.max(1, Math.floor(acknowledgedPerSecond / 2))
}

/** What the pages of `web/` ask for, and beside them the heaviest reading of usage; the days are those that the devices report. */
function callsOfPages(
  { contractIds, devices }: Fleet,
  startMs: number,
): Readonly<Record<string, readonly string[]>> {
  const contract = `/v1/contracts/${contractIds[0]}`
  const device = `/v1/devices/${devices[0]?.deviceId}`
  const first = (days: number) => {
    const [from = '', to = ''] = [startMs, startMs + days * DAY_MS].map((at) => new Date(at).toISOString())
    return new URLSearchParams({ from, to }).toString()
  }
  const byDay = (days: number) => `${contract}/usage?${first(days)}&step=day&timeZone=UTC`
  return {
    yardstick: ['/health/live'],
    now: ['/v1/me', '/v1/contracts', `${contract}/bill`],
    usage: ['/v1/contracts', byDay(7), `${contract}/sessions?${first(7)}&register=run_s`, byDay(31)],
    quarterHours: [`${contract}/usage?${first(1)}&step=quarter_hour&timeZone=UTC`],
    bills: ['/v1/invoices', '/v1/contracts'],
    fleet: ['/v1/fleet', '/v1/devices', '/v1/devices?state=online&sort=-lastSeenAt'],
    device: [device, `${device}/readings`, `${device}/holds`],
    customers: ['/v1/customers', '/v1/contracts', '/v1/tariffs'],
  }
}

/** Each page for its share of the time; a page's latency is that of each of its calls. */
async function measurePages(
  pages: Readonly<Record<string, readonly string[]>>,
  fleet: Fleet,
  phaseMs: number,
  faults: string[],
): Promise<Phase> {
  const phase: Record<string, Latency> = {}
  for (const [page, addresses] of Object.entries(pages)) {
    const latency = new LatencyHistogram()
    let calls = 0
    const endAt = performance.now() + phaseMs
    for (const address of addresses) await call(fleet, address, faults)
    while (performance.now() < endAt) {
      for (const address of addresses) {
        const startedAt = performance.now()
        await call(fleet, address, faults)
        latency.record(performance.now() - startedAt)
        calls += 1
      }
    }
    phase[page] = { calls, p50Ms: round(latency.quantileMs(0.5)), p99Ms: round(latency.quantileMs(0.99)) }
  }
  return phase
}

function round(ms: number): number {
  return Number(ms.toFixed(1))
}

async function call({ httpUrl, apiKeys }: Fleet, address: string, faults: string[]): Promise<void> {
  const answer = await fetch(httpUrl + address, { headers: { authorization: `Bearer ${apiKeys[0]}` } })
  const body = await answer.text()
  if (answer.status !== 200 && faults.length < 10)
    faults.push(`${address}: ${answer.status} ${body.slice(0, 200)}`)
}

async function watch(
  server: Child<ApiServerMethods>,
  { httpUrl, apiKeys, contractIds }: Fleet,
  { viewers, phaseMs, warmUpMs }: ApiSettings,
  faults: string[],
): Promise<ApiResult['viewers']> {
  const ended = new AbortController()
  let shown = 0
  const watchOne = async (index: number) => {
    const contractId = contractIds[index % contractIds.length] ?? ''
    const answer = await fetch(`${httpUrl}/v1/events?topics=bill&contractId=${contractId}`, {
      headers: { authorization: `Bearer ${apiKeys[Math.floor(index / STREAMS_PER_KEY)]}` },
      signal: ended.signal,
    })
    if (answer.status !== 200 || answer.body === null) {
      if (faults.length < 10) faults.push(`a viewer was refused: ${answer.status} ${await answer.text()}`)
      return
    }
    let hasShown = false
    for await (const chunk of answer.body) {
      if (hasShown || !Buffer.from(chunk as Uint8Array).includes('event: bill')) continue
      hasShown = true
      shown += 1
    }
  }
  const watching = Array.from({ length: viewers }, (_, index) => watchOne(index).catch(() => undefined))
  await sleep(warmUpMs + phaseMs)
  const rssBefore = await server.call('rssBytes', undefined)
  await sleep(3 * phaseMs)
  const rssAfter = await server.call('rssBytes', undefined)
  ended.abort()
  await Promise.all(watching)
  if (shown < viewers) faults.push(`Only ${shown} of ${viewers} viewers were shown a bill.`)
  return { count: viewers, shown, rssBefore, rssAfter }
}
