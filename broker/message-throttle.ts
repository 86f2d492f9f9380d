/**
 * Slows a device down to its rate: messages above it wait, in order, and so does their acknowledgement.
 *
 * Nothing is dropped; the wait is bounded because waiting messages count as held, and reading from a connection pauses
 * while it holds many.
 */
import type { TokenBucket } from './token-buckets.ts'

const TICK_MS = 10

export class MessageThrottle<Message> {
  readonly #bucket: TokenBucket
  readonly #forward: (message: Message) => void
  /** Undefined while nothing waits: most devices never send faster than their rate. */
  #waiting: Message[] | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(bucket: TokenBucket, forward: (message: Message) => void) {
    this.#bucket = bucket
    this.#forward = forward
  }

  admit(message: Message): void {
    if (this.#waiting === undefined && this.#bucket.tryTake()) {
      this.#forward(message)
      return
    }
    ;(this.#waiting ??= []).push(message)
    this.#timer ??= setTimeout(() => this.#tick(), Math.max(TICK_MS, this.#bucket.waitMs()))
  }

  /** Forwards what waits at once: the connection has ended or the broker is closing. */
  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const waiting = this.#waiting ?? []
    this.#waiting = undefined
    for (const message of waiting) this.#forward(message)
  }

  #tick(): void {
    this.#timer = undefined
    const waiting = this.#waiting ?? []
    let count = 0
    while (count < waiting.length && this.#bucket.tryTake()) count += 1
    for (const message of waiting.splice(0, count)) this.#forward(message)
    if (waiting.length === 0) this.#waiting = undefined
    else this.#timer = setTimeout(() => this.#tick(), Math.max(TICK_MS, this.#bucket.waitMs()))
  }
}
