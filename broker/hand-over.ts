/**
 * The hand-over: holds each message's acknowledgement until the batch it went into is committed.
 *
 * Two lanes, each first in, first out: what a device sends while it is online, and long messages of readings that it has
 * kept, so that storing these keeps nobody else waiting. Callers `hold` a message once (which counts it against its connection
 * and the process) and `enqueue` it when it may go. The messages of one connection go the same way until none of them waits.
 */
import { isLongMessage } from '../core/index.ts'
import { HandOverLane, type HandOverOptions } from './hand-over-lane.ts'
import type { HeldMessage } from './held-message.ts'

export class HandOverQueue {
  heldMessages = 0
  heldBytes = 0
  readonly #limits: HandOverOptions['limits']
  readonly #short: HandOverLane
  readonly #long: HandOverLane

  constructor(options: HandOverOptions) {
    this.#limits = options.limits
    const settle = (held: HeldMessage) => this.settle(held)
    this.#short = new HandOverLane({ ...options, settle })
    this.#long = new HandOverLane({ ...options, settle })
  }

  get isFull(): boolean {
    const { maxHeldMessages, maxHeldBytes } = this.#limits
    return this.heldMessages >= maxHeldMessages || this.heldBytes >= maxHeldBytes
  }

  /** Counts a message as held. Each held message ends in `settle`, here or by the caller. */
  hold({ holder, byteCount }: HeldMessage): void {
    holder.heldMessages += 1
    holder.heldBytes += byteCount
    this.heldMessages += 1
    this.heldBytes += byteCount
  }

  settle({ holder, byteCount }: HeldMessage): void {
    holder.heldMessages -= 1
    holder.heldBytes -= byteCount
    if (holder.heldMessages === 0) holder.lane = undefined
    this.heldMessages -= 1
    this.heldBytes -= byteCount
  }

  enqueue(held: HeldMessage): void {
    held.holder.lane ??= isLongMessage(held.message) ? this.#long : this.#short
    held.holder.lane.enqueue(held)
  }

  /** Resolves when nothing waits and nothing is being committed. */
  async whenIdle(): Promise<void> {
    await Promise.all([this.#short.whenIdle(), this.#long.whenIdle()])
  }
}
