/**
 * The load generator's process. Devices keep counting from one run to the next on the same target, as real ones do, so
 * that every reading a target gets is new to it.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { InvariantError } from '../../core/index.ts'
import { serveParent } from '../child-calls.ts'
import { LatencyHistogram } from './latency-histogram.ts'
import {
  PublisherConnection,
  type Credentials,
  type LoadShape,
  type RunRecord,
} from './publisher-connection.ts'
import { ReadingStream } from './reading-stream.ts'
import { SteadyLoad, type SteadyPhase } from './steady-load.ts'

export type RunResult = {
  readonly acknowledgedPerSecond: number
  readonly pubackP50Ms: number
  readonly pubackP99Ms: number
  /** The generator's own use of a core during the window: near 1 it, not the server, was the limit. */
  readonly generatorCpuShare: number
  /** Over the whole run, warm-up and end included. */
  readonly acknowledged: number
  /** Still not acknowledged when the run gave up waiting; 0 in a healthy run. */
  readonly unacknowledged: number
}

const CONNECTS_UNDER_WAY = 50
const DRAIN_TIMEOUT_MS = 10_000
const POLL_MS = 5

const streams = new Map<string, ReadingStream>()
const connections: PublisherConnection[] = []

type ConnectCall = {
  /** Streams go on where they were on the target of this name. */
  readonly target: string
  readonly port: number
  readonly startMs: number
  readonly devices: readonly Credentials[]
  /** Readings of each device that the target has without our doing. */
  readonly alreadyStored?: number
}

function getStream({ target, startMs, alreadyStored = 0 }: ConnectCall, deviceId: string): ReadingStream {
  const key = `${target}/${deviceId}`
  const stream = streams.get(key) ?? new ReadingStream(startMs, alreadyStored)
  streams.set(key, stream)
  return stream
}

function newRunRecord(): RunRecord {
  return {
    isMeasuring: false,
    isSending: true,
    sent: 0,
    acknowledged: 0,
    acknowledgedInWindow: 0,
    latency: new LatencyHistogram(),
    fault: undefined,
  }
}

/** Waits for what is under way, for a bounded time. */
async function drain(record: RunRecord): Promise<void> {
  const deadline = performance.now() + DRAIN_TIMEOUT_MS
  while (record.acknowledged < record.sent && record.fault === undefined && performance.now() < deadline) {
    await sleep(POLL_MS)
  }
  if (record.fault !== undefined) throw new Error(record.fault)
}

let steady: SteadyLoad | undefined

function getSteady(): SteadyLoad {
  if (steady === undefined) throw new InvariantError('The steady load runs.')
  return steady
}

const methods = {
  async connect(call: ConnectCall): Promise<void> {
    const { port, devices } = call
    for (let start = 0; start < devices.length; start += CONNECTS_UNDER_WAY) {
      const opened = devices
        .slice(start, start + CONNECTS_UNDER_WAY)
        .map(
          (credentials) => new PublisherConnection(port, credentials, getStream(call, credentials.deviceId)),
        )
      connections.push(...opened)
      await Promise.all(opened.map((connection) => connection.connected))
    }
  },

  async run(call: {
    readonly shape: LoadShape
    readonly warmUpMs: number
    readonly windowMs: number
  }): Promise<RunResult> {
    const record = newRunRecord()
    for (const connection of connections) connection.start(call.shape, record)
    await sleep(call.warmUpMs)
    record.isMeasuring = true
    const startedAt = performance.now()
    const cpuAtStart = process.cpuUsage()
    await sleep(call.windowMs)
    record.isMeasuring = false
    const windowMs = performance.now() - startedAt
    const cpu = process.cpuUsage(cpuAtStart)
    record.isSending = false
    await drain(record)
    return {
      acknowledgedPerSecond: (record.acknowledgedInWindow / windowMs) * 1_000,
      pubackP50Ms: record.latency.quantileMs(0.5),
      pubackP99Ms: record.latency.quantileMs(0.99),
      generatorCpuShare: (cpu.user + cpu.system) / 1_000 / windowMs,
      acknowledged: record.acknowledged,
      unacknowledged: record.sent - record.acknowledged,
    }
  },

  /** Sends at a fixed rate from now on, whatever the answers do, all connections in turn. */
  startSteady({ messagesPerSecond }: { readonly messagesPerSecond: number }): void {
    steady = new SteadyLoad(connections, newRunRecord(), messagesPerSecond)
  },

  beginPhase: (): void => getSteady().beginPhase(),
  endPhase: (): SteadyPhase => getSteady().endPhase(),

  async stopSteady(): Promise<{ readonly acknowledged: number; readonly unacknowledged: number }> {
    const { record } = getSteady().stop()
    steady = undefined
    await drain(record)
    return { acknowledged: record.acknowledged, unacknowledged: record.sent - record.acknowledged }
  },

  async disconnect(): Promise<void> {
    await Promise.all(connections.splice(0).map((connection) => connection.end()))
  },

  close: (): Promise<void> => methods.disconnect(),
}

export type LoadGeneratorMethods = typeof methods

serveParent(methods)
