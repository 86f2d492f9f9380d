/**
 * Messages at a fixed rate, whatever the answers do, as a fleet sends that reports on schedule: a server that stalls is
 * not spared, its queue grows and the latencies show it.
 *
 * Every message is due at a moment of its own. How late it was written is kept apart (`sentLateP99Ms`): that is the
 * generator waiting for its share of the machine, and no fault of the server.
 */
import { LatencyHistogram } from './latency-histogram.ts'
import type { PublisherConnection, RunRecord } from './publisher-connection.ts'

export type SteadyPhase = {
  readonly seconds: number
  readonly acknowledgedPerSecond: number
  readonly pubackP50Ms: number
  readonly pubackP99Ms: number
  readonly pubackMaxMs: number
  readonly sentLateP99Ms: number
}

const TICK_MS = 1

export class SteadyLoad {
  readonly record: RunRecord
  readonly #connections: readonly PublisherConnection[]
  readonly #messagesPerMs: number
  readonly #startedAt = performance.now()
  readonly #sentLate = new LatencyHistogram()
  readonly #timer: NodeJS.Timeout
  #phaseBeganAt = 0
  #next = 0

  constructor(connections: readonly PublisherConnection[], record: RunRecord, messagesPerSecond: number) {
    this.record = record
    this.#connections = connections
    this.#messagesPerMs = messagesPerSecond / 1_000
    this.#timer = setInterval(() => this.#sendDue(), TICK_MS)
  }

  beginPhase(): void {
    this.record.latency.clear()
    this.#sentLate.clear()
    this.record.acknowledgedInWindow = 0
    this.#phaseBeganAt = performance.now()
    this.record.isMeasuring = true
  }

  endPhase(): SteadyPhase {
    const { record } = this
    record.isMeasuring = false
    if (record.fault !== undefined) throw new Error(record.fault)
    const seconds = (performance.now() - this.#phaseBeganAt) / 1_000
    return {
      seconds,
      acknowledgedPerSecond: record.acknowledgedInWindow / seconds,
      pubackP50Ms: record.latency.quantileMs(0.5),
      pubackP99Ms: record.latency.quantileMs(0.99),
      pubackMaxMs: record.latency.quantileMs(1),
      sentLateP99Ms: this.#sentLate.quantileMs(0.99),
    }
  }

  stop(): this {
    clearInterval(this.#timer)
    return this
  }

  #sendDue(): void {
    const now = performance.now()
    const due = Math.floor((now - this.#startedAt) * this.#messagesPerMs)
    for (; this.#next < due && this.record.fault === undefined; this.#next += 1) {
      if (this.record.isMeasuring) {
        this.#sentLate.record(performance.now() - this.#startedAt - this.#next / this.#messagesPerMs)
      }
      this.#connections[this.#next % this.#connections.length]?.sendSingle(this.record)
    }
  }
}
