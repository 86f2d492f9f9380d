/**
 * Failures that a test orders for single requests. "before" means that nothing was done, "after" that the work was
 * done and only the answer is lost: the difference that a client cannot see and must be built for.
 */
import { setTimeout as sleep } from 'node:timers/promises'

export type FaultRequest = {
  readonly method: string
  readonly path: string
  readonly idempotencyKey: string | undefined
}

export type Fault =
  /** 500; nothing was done and nothing is kept under the idempotency key. */
  | { readonly kind: 'error_before' }
  /** 500; nothing was done, and the 500 is kept under the idempotency key. */
  | { readonly kind: 'error_stored' }
  /** 500; the work was done, and the 500 is kept under the idempotency key. */
  | { readonly kind: 'error_after' }
  /** The connection is reset. */
  | { readonly kind: 'reset_before' }
  | { readonly kind: 'reset_after' }
  /** The work is done; the answer ends in the middle of its JSON. */
  | { readonly kind: 'cut_body' }
  /** 502 with an HTML body; nothing was done. */
  | { readonly kind: 'bad_gateway' }
  /** 429; nothing was done. `shouldRetry` sends the header that makes the SDK try again by itself. */
  | { readonly kind: 'rate_limit'; readonly shouldRetry?: boolean }
  /** 429 `lock_timeout`: another request holds the object; nothing was done. */
  | { readonly kind: 'lock_timeout'; readonly shouldRetry?: boolean }
  /** Nothing is done for `answersAfterMs`, during which the key is in use; then all goes on as if nothing had happened. Without it the request is lost on its way. */
  | { readonly kind: 'hang_before'; readonly answersAfterMs?: number }
  /** The work is done at once, the answer comes after `answersAfterMs` or never. */
  | { readonly kind: 'hang_after'; readonly answersAfterMs?: number }
  /** The request holds its idempotency key and is carried out when `until` settles. */
  | { readonly kind: 'hold'; readonly until: Promise<unknown> }

/** What an ordered failure did, for whoever reads up later. */
export type FaultThatHappened = {
  readonly atMs: number
  readonly kind: Fault['kind']
  readonly method: string
  readonly path: string
}

/** Keeps no process alive that has nothing else to do. */
export async function hang(durationMs: number): Promise<void> {
  await sleep(durationMs, undefined, { ref: false })
}
