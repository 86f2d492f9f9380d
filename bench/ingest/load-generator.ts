/**
 * The load generator's process. Devices keep counting from one run to the next on the same target, as real ones do, so
 * that every reading a target gets is new to it.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { serveParent } from '../child-calls.ts'
import { LatencyHistogram } from './latency-histogram.ts'
import {
  PublisherConnection,
  type Credentials,
  type LoadShape,
  type RunRecord,
} from './publisher-connection.ts'
import { ReadingStream } from './reading-stream.ts'

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

function getStream(target: string, deviceId: string, startMs: number): ReadingStream {
  const key = `${target}/${deviceId}`
  const stream = streams.get(key) ?? new ReadingStream(startMs)
  streams.set(key, stream)
  return stream
}

const methods = {
  async connect(call: {
    readonly target: string
    readonly port: number
    readonly startMs: number
    readonly devices: readonly Credentials[]
  }): Promise<void> {
    const { target, port, startMs, devices } = call
    for (let start = 0; start < devices.length; start += CONNECTS_UNDER_WAY) {
      const opened = devices
        .slice(start, start + CONNECTS_UNDER_WAY)
        .map(
          (credentials) =>
            new PublisherConnection(port, credentials, getStream(target, credentials.deviceId, startMs)),
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
    const record: RunRecord = {
      isMeasuring: false,
      isSending: true,
      sent: 0,
      acknowledged: 0,
      acknowledgedInWindow: 0,
      latency: new LatencyHistogram(),
      fault: undefined,
    }
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
    const deadline = performance.now() + DRAIN_TIMEOUT_MS
    while (record.acknowledged < record.sent && record.fault === undefined && performance.now() < deadline) {
      await sleep(POLL_MS)
    }
    if (record.fault !== undefined) throw new Error(record.fault)
    return {
      acknowledgedPerSecond: (record.acknowledgedInWindow / windowMs) * 1_000,
      pubackP50Ms: record.latency.quantileMs(0.5),
      pubackP99Ms: record.latency.quantileMs(0.99),
      generatorCpuShare: (cpu.user + cpu.system) / 1_000 / windowMs,
      acknowledged: record.acknowledged,
      unacknowledged: record.sent - record.acknowledged,
    }
  },

  async disconnect(): Promise<void> {
    await Promise.all(connections.splice(0).map((connection) => connection.end()))
  },

  close: (): Promise<void> => methods.disconnect(),
}

export type LoadGeneratorMethods = typeof methods

serveParent(methods)
