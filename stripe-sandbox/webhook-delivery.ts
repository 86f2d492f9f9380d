/**
 * Delivers events to endpoints, at least once and in no particular order: anything but a 2xx is tried again with growing pauses on the
 * sandbox's clock, twenty times in all. Each attempt is signed anew, with every secret that is valid then, and goes where the endpoint is then.
 *
 * A test may disturb deliveries with a seed: some twice, some after a later one, some late, some never.
 */
import type { Stripe } from 'stripe'
import type { Logger } from 'pino'
import { createRandom } from '../core/index.ts'
import type { Delivery } from './sandbox-state.ts'
import { signWebhook } from './webhook-signature.ts'

/** Where events go that no endpoint of the API asked for. */
export type WebhookTarget = {
  readonly url: string
  readonly secret: string
  /** While a secret is being rolled both sign. */
  readonly previousSecret?: string
}

/** Each share is between 0 and 1. */
export type DeliveryDisorder = {
  readonly seed: number
  readonly duplicate?: number
  /** These wait until a later event was sent, or a second. */
  readonly reorder?: number
  readonly lose?: number
  /** Each is late by something up to this. */
  readonly delayMs?: number
}

export type DeliveryAddress = { readonly url: string; readonly secrets: readonly string[] }

export type WebhookDelivery = {
  /** Takes a delivery that is pending; does nothing when it is under way. */
  readonly deliver: (event: Stripe.Event, delivery: Delivery) => void
  /** What waits for its next attempt is no longer under way: it may be delivered at once. */
  readonly forgetWaits: () => void
  close(): Promise<void>
}

const MAX_ATTEMPTS = 20
const MAX_PAUSE_MS = 60_000
const ANSWER_TIMEOUT_MS = 10_000
const MAX_HOLD_MS = 1_000
/** As many posts at once; the others wait for their turn. */
const MAX_POSTS = 64
const MILLION = 1_000_000

export function createWebhookDelivery(parts: {
  readonly nowMs: () => number
  readonly schedule: (atMs: number, work: () => void) => void
  readonly log: Logger
  /** The pause before the second attempt; it doubles from there. */
  readonly retryMs: number
  readonly disorder: DeliveryDisorder | undefined
  /** Undefined when the endpoint is gone. */
  readonly addressOf: (endpoint: string) => DeliveryAddress | undefined
  /** Told after each attempt. */
  readonly onChange: (event: Stripe.Event, delivery: Delivery) => void
}): WebhookDelivery {
  const { nowMs, schedule, disorder } = parts
  const closing = new AbortController()
  /** Under way, and since which round of waits. */
  const pending = new Map<string, number>()
  let round = 0
  const attempts = new Set<Promise<void>>()
  const random = createRandom(disorder?.seed ?? 0)
  let posting = 0
  const waiting: (() => void)[] = []
  let count = 0
  /** Until an event that came later was sent. */
  let heldBack: { readonly turn: number; readonly send: () => void }[] = []
  const happens = (share: number | undefined) =>
    share !== undefined && random.below(MILLION) < share * MILLION

  function start(event: Stripe.Event, delivery: Delivery, turn: number): void {
    if (closing.signal.aborted) return
    const work = attempt(event, delivery, turn).finally(() => attempts.delete(work))
    attempts.add(work)
  }

  async function attempt(event: Stripe.Event, before: Delivery, turn: number): Promise<void> {
    await takeTurn()
    const status = await post(event, before.endpoint)
    passTurn()
    if (closing.signal.aborted) return
    const delivery = { ...before, attempts: before.attempts + 1, lastStatus: status }
    const isTaken = status !== null && status >= 200 && status < 300
    // Another copy was taken meanwhile, or given up: what this one adds is nothing.
    if (!isTaken && !pending.has(delivery.id)) return releaseHeldBack(turn)
    const isOver =
      isTaken || delivery.attempts >= MAX_ATTEMPTS || parts.addressOf(before.endpoint) === undefined
    if (isOver) {
      pending.delete(delivery.id)
      parts.onChange(event, { ...delivery, state: isTaken ? 'delivered' : 'given_up' })
      if (!isTaken) parts.log.warn({ eventId: event.id }, 'gave up delivering a webhook')
    } else {
      parts.onChange(event, delivery)
      const pauseMs = Math.min(parts.retryMs * 2 ** (delivery.attempts - 1), MAX_PAUSE_MS)
      const begun = round
      schedule(nowMs() + pauseMs, () => {
        if (pending.get(delivery.id) === begun) start(event, delivery, turn)
      })
    }
    releaseHeldBack(turn)
  }

  async function takeTurn(): Promise<void> {
    posting += 1
    if (posting > MAX_POSTS) await new Promise<void>((resolve) => waiting.push(resolve))
  }

  function passTurn(): void {
    posting -= 1
    waiting.shift()?.()
  }

  /** The status of the answer, or null when there was none. */
  async function post(event: Stripe.Event, endpoint: string): Promise<number | null> {
    const address = parts.addressOf(endpoint)
    if (address === undefined) return null
    const body = JSON.stringify(event)
    const signature = signWebhook(body, address.secrets, Math.floor(nowMs() / 1000))
    try {
      const response = await fetch(address.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'stripe-signature': signature },
        body,
        redirect: 'manual',
        signal: AbortSignal.any([closing.signal, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]),
      })
      await response.body?.cancel()
      return response.status
    } catch {
      return null
    }
  }

  function releaseHeldBack(beforeTurn: number): void {
    const released = heldBack.filter(({ turn }) => turn < beforeTurn)
    heldBack = heldBack.filter(({ turn }) => turn >= beforeTurn)
    for (const { send } of released) send()
  }

  return {
    deliver(event, delivery) {
      if (pending.has(delivery.id)) return
      if (happens(disorder?.lose)) return parts.onChange(event, { ...delivery, state: 'lost' })
      pending.set(delivery.id, round)
      count += 1
      const turn = count
      const isTwice = happens(disorder?.duplicate)
      const isHeldBack = happens(disorder?.reorder)
      const lateMs = disorder?.delayMs === undefined ? 0 : random.below(disorder.delayMs + 1)
      const send = () => {
        start(event, delivery, turn)
        if (isTwice) start(event, delivery, turn)
      }
      if (isHeldBack) {
        heldBack.push({ turn, send })
        schedule(nowMs() + MAX_HOLD_MS, () => releaseHeldBack(turn + 1))
      } else if (lateMs > 0) {
        schedule(nowMs() + lateMs, send)
      } else {
        send()
      }
    },
    forgetWaits() {
      round += 1
      pending.clear()
    },
    async close() {
      closing.abort()
      await Promise.all(attempts)
    },
  }
}
