/**
 * Idempotency keys, by Stripe's rules for v1: the status and body of a request whose work has begun are kept for 24
 * hours, a 500 as well, and answered again to the same key with the same parameters. Other parameters are refused
 * with 400 `idempotency_error`, a key that is being used at this moment with 409. A request that fails its checks keeps
 * nothing. What is older than 24 hours is dropped, so that memory stays bounded.
 */
import { createHash } from 'node:crypto'
import { DAY_MS } from '../core/index.ts'
import type { StoredAnswer } from './sandbox-state.ts'
import { invalidRequest, StripeFailure } from './stripe-failure.ts'

const MAX_KEY_LENGTH = 255

export type Idempotency = {
  /** Takes the key; returns the kept answer if there is one. Every `take` without one is followed by `release`. */
  take(key: string, fingerprint: string): StoredAnswer | undefined
  keep(key: string, fingerprint: string, status: number, body: string): void
  release(key: string): void
}

export function createIdempotency(parts: {
  readonly answers: Map<string, StoredAnswer>
  readonly nowMs: () => number
  /** The oldest are dropped before their time when there are more, give or take a tenth. */
  readonly maxKept: number
  /** Told of each answer that is kept, and with undefined of each that is dropped. */
  readonly onChange: (key: string, answer: StoredAnswer | undefined) => void
}): Idempotency {
  const { answers, nowMs, maxKept, onChange } = parts
  const inUse = new Set<string>()
  let keptSinceDrop = 0
  const isFresh = ({ storedAt }: StoredAnswer) => nowMs() - storedAt < DAY_MS

  /** In batches: a map is slow to begin from its start while that is full of gaps. */
  function dropOld(): void {
    keptSinceDrop += 1
    if (keptSinceDrop < Math.max(1, maxKept / 10)) return
    keptSinceDrop = 0
    for (const [key, answer] of answers) {
      if (isFresh(answer) && answers.size <= maxKept) return
      answers.delete(key)
      onChange(key, undefined)
    }
  }

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
      if (kept !== undefined && isFresh(kept)) {
        if (kept.fingerprint === fingerprint) return kept
        throw new StripeFailure(400, {
          type: 'idempotency_error',
          message: 'This idempotency key was first used with another endpoint or other parameters.',
        })
      }
      inUse.add(key)
    },
    keep(key, fingerprint, status, body) {
      const answer = { fingerprint, status, body, storedAt: nowMs() }
      answers.delete(key)
      answers.set(key, answer)
      onChange(key, answer)
      dropOld()
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
