/**
 * Idempotency keys, by Stripe's rules for v1: the status and body of a request whose work has begun are kept for 24
 * hours, a 500 as well, and answered again to the same key with the same parameters. Other parameters are refused
 * with 400 `idempotency_error`, a key that is being used at this moment with 409. A request that fails its checks keeps
 * nothing.
 */
import { createHash } from 'node:crypto'
import { DAY_MS, type Clock } from '../core/index.ts'
import type { StoredAnswer } from './sandbox-state.ts'
import { invalidRequest, StripeFailure } from './stripe-failure.ts'

const MAX_KEY_LENGTH = 255

export type Idempotency = {
  /** Takes the key; returns the kept answer if there is one. Every `take` without one is followed by `release`. */
  take(key: string, fingerprint: string): StoredAnswer | undefined
  keep(key: string, fingerprint: string, status: number, body: string): void
  release(key: string): void
}

export function createIdempotency(answers: Map<string, StoredAnswer>, clock: Clock): Idempotency {
  const inUse = new Set<string>()
  return {
    take(key, fingerprint) {
      if (key === '' || key.length > MAX_KEY_LENGTH) {
        throw invalidRequest(`Idempotency keys have 1 to ${MAX_KEY_LENGTH} characters.`)
      }
      if (inUse.has(key)) {
        throw new StripeFailure(409, {
          type: 'idempotency_error',
          code: 'idempotency_key_in_use',
          message: 'There is currently another in-progress request using this idempotency key.',
        })
      }
      const kept = answers.get(key)
      if (kept !== undefined && clock.now() - kept.storedAt < DAY_MS) {
        if (kept.fingerprint === fingerprint) return kept
        throw new StripeFailure(400, {
          type: 'idempotency_error',
          message: 'This idempotency key was first used with another endpoint or other parameters.',
        })
      }
      inUse.add(key)
    },
    keep(key, fingerprint, status, body) {
      answers.set(key, { fingerprint, status, body, storedAt: clock.now() })
    },
    release(key) {
      inUse.delete(key)
    },
  }
}

/** Same method, path and parameters, whatever their order. */
export function fingerprintOf(method: string, path: string, encodedForm: string): string {
  const pairs = encodedForm.split('&').sort().join('&')
  return createHash('sha256').update(`${method} ${path}\n${pairs}`).digest('hex')
}
