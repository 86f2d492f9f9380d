/**
 * Closes connections that stay silent too long: before they have signed in, and afterwards by their keep-alive.
 *
 * One timer looks at all of them in turn; a timer for each would cost more than the rest of an idle connection's
 * bookkeeping, and one that is pushed back with each message costs time too. So a connection ends up to one tick late.
 */

export type Watched = {
  /** The tick at which it was last heard. */
  heardAtTick: number
  /** It may be silent for so many ticks; 0 for ever. */
  allowedTicks: number
  /** It has been silent longer than allowed. */
  onSilence(): void
}

const MAX_TICK_MS = 1_000

export class SilenceWatch {
  /** Counts up once in `tickMs`. */
  tick = 0
  readonly tickMs: number
  readonly #watched: ReadonlySet<Watched>
  #timer: NodeJS.Timeout | undefined

  /** Watches what is in the set at any time. */
  constructor(watched: ReadonlySet<Watched>, shortestMs: number) {
    this.#watched = watched
    this.tickMs = Math.min(MAX_TICK_MS, shortestMs)
  }

  start(): void {
    this.#timer ??= setInterval(() => this.#advance(), this.tickMs)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** For `Watched.allowedTicks`: the time, rounded up. */
  ticksFor(ms: number): number {
    return Math.ceil(ms / this.tickMs)
  }

  #advance(): void {
    this.tick += 1
    for (const watched of this.#watched) {
      const { allowedTicks } = watched
      if (allowedTicks > 0 && this.tick - watched.heardAtTick > allowedTicks) watched.onSilence()
    }
  }
}
