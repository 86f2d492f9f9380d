/**
 * One line of messages and one committer: a batch is whatever arrived while the previous one was being committed, so idle
 * latency is one commit and batches grow under load, without a timer.
 *
 * - A message is acknowledged only after the hand-over of its batch resolved (I1), in the order of arrival.
 * - A failure of kind `dependency` is retried with the same batch. After `giveUpMs` everyone who waits (the batch and
 *   the queue behind it) is disconnected without acknowledgement: each device still has its copy and sends it again.
 *   The same happens, batch after batch, while a hand-over hangs. MQTT 3.1.1 knows no negative acknowledgement.
 * - Any other failure is ours: that batch's connections are closed at once, it is logged, and the next batch goes on.
 * - Messages of connections that have ended are committed all the same: QoS 0 senders leave without waiting.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { AppError, type DeviceProblem, type HandOver, type HandOverResult } from '../core/index.ts'
import type { BrokerCounters } from './counters.ts'
import type { HeldMessage, Lane } from './held-message.ts'
import type { BrokerLimits } from './limits.ts'

export type HandOverOptions = {
  readonly handOver: HandOver
  readonly limits: Pick<
    BrokerLimits,
    'maxHeldMessages' | 'maxHeldBytes' | 'maxBatchMessages' | 'maxBatchBytes' | 'giveUpMs'
  >
  readonly counters: BrokerCounters
  readonly log: Logger
  readonly onProblem: (problem: DeviceProblem) => void
  /** Called whenever held messages were let go: paused readers may go on. */
  readonly onRoom: () => void
}

export type LaneOptions = HandOverOptions & {
  /** Called once for each message that was enqueued, when it is no longer held. */
  readonly settle: (held: HeldMessage) => void
}

type BatchUnderWay = {
  readonly batch: readonly HeldMessage[]
  /** Undefined when the batch was given up. */
  readonly handing: Promise<HandOverResult | undefined>
}

const FIRST_RETRY_MS = 50
const MAX_RETRY_MS = 1_000

export class HandOverLane implements Lane {
  readonly #options: LaneOptions
  #queue: HeldMessage[] = []
  #queuedBytes = 0
  #isRunning = false
  #idleWaiters: (() => void)[] = []

  constructor(options: LaneOptions) {
    this.#options = options
  }

  enqueue(held: HeldMessage): void {
    this.#queue.push(held)
    this.#queuedBytes += held.byteCount
    if (this.#isRunning) return
    this.#isRunning = true
    // After the sockets that are readable now were read, so that the first batch is not a single message.
    setImmediate(() => void this.#run())
  }

  /** Resolves when nothing waits and nothing is being committed. */
  whenIdle(): Promise<void> {
    if (!this.#isRunning) return Promise.resolve()
    return new Promise((resolve) => this.#idleWaiters.push(resolve))
  }

  async #run(): Promise<void> {
    let underWay = this.#start()
    while (underWay !== undefined) {
      const { batch, handing } = underWay
      const result = await handing
      // The store goes on with the next batch while this one's acknowledgements are written.
      underWay = this.#start()
      this.#finish(batch, result)
      underWay ??= this.#start()
    }
    this.#isRunning = false
    for (const resolve of this.#idleWaiters.splice(0)) resolve()
  }

  #start(): BatchUnderWay | undefined {
    if (this.#queue.length === 0) return undefined
    const batch = this.#take()
    return { batch, handing: this.#handOver(batch) }
  }

  #take(): HeldMessage[] {
    const { maxBatchMessages, maxBatchBytes } = this.#options.limits
    const queue = this.#queue
    if (queue.length <= maxBatchMessages && this.#queuedBytes <= maxBatchBytes) {
      this.#queue = []
      this.#queuedBytes = 0
      return queue
    }
    let count = 0
    let bytes = 0
    for (const held of queue) {
      if (count === maxBatchMessages || (count > 0 && bytes + held.byteCount > maxBatchBytes)) break
      bytes += held.byteCount
      count += 1
    }
    this.#queuedBytes -= bytes
    return queue.splice(0, count)
  }

  #finish(batch: readonly HeldMessage[], result: HandOverResult | undefined): void {
    const { counters, log, onProblem, onRoom, settle } = this.#options
    for (const held of batch) settle(held)
    if (result === undefined) {
      onRoom()
      return
    }
    counters.batches += 1
    counters.handedOver += batch.length
    for (const { holder, packetId } of batch) {
      if (holder.isClosed) continue
      counters.acknowledged += 1
      if (packetId !== 0) holder.acknowledge(packetId)
    }
    for (const { holder } of batch) holder.afterCommit()
    for (const held of batch) {
      if (held.release === undefined || held.holder.isClosed) continue
      try {
        held.release(null)
      } catch (error) {
        log.error({ err: error, deviceId: held.message.deviceId }, 'acknowledging failed')
        held.holder.drop('internal_error')
      }
    }
    for (const problem of result.problems) onProblem(problem)
    onRoom()
  }

  /** Undefined when the batch was given up; its connections are closed then. */
  async #handOver(batch: readonly HeldMessage[]): Promise<HandOverResult | undefined> {
    const { handOver, limits, counters, log } = this.#options
    const messages = batch.map((held) => held.message)
    let hasGivenUp = false
    const giveUpTimer = setTimeout(() => {
      if (!hasGivenUp) this.#abandon(batch)
      hasGivenUp = true
      this.#abandonQueue()
      giveUpTimer.refresh()
    }, limits.giveUpMs)
    try {
      for (let retryMs = FIRST_RETRY_MS; ; retryMs = Math.min(retryMs * 2, MAX_RETRY_MS)) {
        try {
          return await handOver(messages)
        } catch (error) {
          counters.failedHandOvers += 1
          if (!(error instanceof AppError) || error.kind !== 'dependency') {
            log.error(
              { err: error, messages: batch.length },
              'hand-over failed; connections closed, not acknowledged',
            )
            if (!hasGivenUp) this.#abandon(batch)
            return undefined
          }
          if (retryMs === FIRST_RETRY_MS)
            log.warn({ err: error, messages: batch.length }, 'hand-over failed; retrying')
        }
        await sleep(retryMs)
        if (hasGivenUp) return undefined
      }
    } finally {
      clearTimeout(giveUpTimer)
    }
  }

  #abandonQueue(): void {
    const queue = this.#queue
    this.#queue = []
    this.#queuedBytes = 0
    this.#abandon(queue)
    for (const held of queue) this.#options.settle(held)
    if (queue.length > 0) this.#options.onRoom()
  }

  #abandon(batch: readonly HeldMessage[]): void {
    if (batch.length === 0) return
    this.#options.counters.abandoned += batch.length
    this.#options.log.error(
      { messages: batch.length },
      'messages given up; their devices will send them again',
    )
    for (const held of batch) held.holder.drop('store_unavailable')
  }
}
