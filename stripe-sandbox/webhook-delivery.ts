/**
 * Delivers events to one endpoint, at least once and in no particular order: anything but a 2xx is tried again with
 * growing pauses, twenty times in all. Each attempt is signed anew.
 */
import type { Stripe } from 'stripe'
import type { Logger } from 'pino'
import type { Clock } from '../core/index.ts'
import { signWebhook } from './webhook-signature.ts'

export type WebhookTarget = { readonly url: string; readonly secret: string }

export type WebhookDelivery = {
  deliver(event: Stripe.Event, target: WebhookTarget): void
  close(): Promise<void>
}

const MAX_ATTEMPTS = 20
const MAX_PAUSE_MS = 60_000
const ANSWER_TIMEOUT_MS = 10_000

export function createWebhookDelivery(parts: {
  readonly clock: Clock
  readonly log: Logger
  /** The pause before the second attempt; it doubles from there. */
  readonly retryMs: number
  readonly onDelivered: (event: Stripe.Event) => void
}): WebhookDelivery {
  const closing = new AbortController()
  const underWay = new Map<string, Promise<void>>()

  async function deliver(event: Stripe.Event, target: WebhookTarget): Promise<void> {
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
      if (await post(event, target)) return parts.onDelivered(event)
      const pauseMs = Math.min(parts.retryMs * 2 ** (attempt - 1), MAX_PAUSE_MS)
      if (!(await pause(pauseMs, closing.signal))) return
    }
    parts.log.warn({ eventId: event.id }, 'gave up delivering a webhook')
  }

  async function post(event: Stripe.Event, target: WebhookTarget): Promise<boolean> {
    const body = JSON.stringify(event)
    const signature = signWebhook(body, target.secret, Math.floor(parts.clock.now() / 1000))
    try {
      const response = await fetch(target.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'stripe-signature': signature },
        body,
        redirect: 'manual',
        signal: AbortSignal.any([closing.signal, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]),
      })
      await response.body?.cancel()
      return response.ok
    } catch {
      return false
    }
  }

  return {
    deliver(event, target) {
      if (underWay.has(event.id)) return
      const work = deliver(event, target).finally(() => underWay.delete(event.id))
      underWay.set(event.id, work)
    },
    async close() {
      closing.abort()
      await Promise.all(underWay.values())
    },
  }
}

/** False when `signal` ended the pause. */
function pause(durationMs: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve(false)
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop)
      resolve(true)
    }, durationMs)
    function stop() {
      clearTimeout(timer)
      resolve(false)
    }
    signal.addEventListener('abort', stop, { once: true })
  })
}
