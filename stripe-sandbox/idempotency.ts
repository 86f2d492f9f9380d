/**
 * Idempotency keys, by Stripe's rules. v1: the status and body of a request whose work has begun are kept for 24 hours, a 500 as well, and
 * answered again to the same key with the same parameters. v2: keys count for their own endpoint alone and for 30 days, and only success is kept:
 * what has failed is carried out again. Other parameters are refused with 400 `idempotency_error`, a key that is being used at this moment with
 * 409. A request that fails its checks keeps nothing. What is older is dropped, so that memory stays bounded.
 */
import { createHash } from 'node:crypto'
import { DAY_MS } from '../core/index.ts'
import type { StoredAnswer } from './sandbox-state.ts'
import { invalidRequest, StripeFailure } from './stripe-failure.ts'

const MAX_KEY_LENGTH = 255

export type IdempotencyRules = {
  readonly keptMs: number
  readonly isPerPath: boolean
  readonly keepsFailures: boolean
}

export const v1Rules: IdempotencyRules = { keptMs: DAY_MS, isPerPath: false, keepsFailures: true }
export const v2Rules: IdempotencyRules = { keptMs: 30 * DAY_MS, isPerPath: true, keepsFailures: false }

export type KeyedRequest = {
  readonly key: string
  readonly path: string
  readonly fingerprint: string
}

export type Idempotency = {
  /** Takes the key; returns the kept answer if there is one. Every `take` without one is followed by `release`. */
  take(request: KeyedRequest): StoredAnswer | undefined
  /** `done` is what became of the work, `shown` what the client is told of it: a failure may be ordered after success. */
  keep(request: KeyedRequest, done: KeptAnswer, shown: KeptAnswer): void
  release(request: KeyedRequest): void
}

type KeptAnswer = Pick<StoredAnswer, 'status' | 'body'>

export function createIdempotency(parts: {
  readonly rules: IdempotencyRules
  readonly answers: Map<string, StoredAnswer>
  readonly nowMs: () => number
  /** The oldest are dropped before their time when there are more, give or take a tenth. */
  readonly maxKept: number
  /** Told of each answer that is kept, and with undefined of each that is dropped. */
  readonly onChange: (name: string, answer: StoredAnswer | undefined) => void
}): Idempotency {
  const { rules, answers, nowMs, maxKept, onChange } = parts
  const inUse = new Set<string>()
  let keptSinceDrop = 0
  const nameOf = ({ key, path }: KeyedRequest) => (rules.isPerPath ? `${path} ${key}` : key)
  const isFresh = ({ storedAt }: StoredAnswer) => nowMs() - storedAt < rules.keptMs

  /** In batches: a map is slow to begin from its start while that is full of gaps. */
  function dropOld(): void {
    keptSinceDrop += 1
    if (keptSinceDrop < Math.max(1, maxKept / 10)) return
    keptSinceDrop = 0
    for (const [name, answer] of answers) {
      if (isFresh(answer) && answers.size <= maxKept) return
      answers.delete(name)
      onChange(name, undefined)
    }
  }

  return {
    take(request) {
      const { key, fingerprint } = request
      if (key === '' || key.length > MAX_KEY_LENGTH) {
        throw invalidRequest(`Idempotency keys have 1 to ${MAX_KEY_LENGTH} characters.`)
      }
      const name = nameOf(request)
      if (inUse.has(name)) {
        throw new StripeFailure(409, {
          type: 'idempotency_error',
          code: 'idempotency_key_in_use',
          message: 'There is currently another in-progress request using this idempotency key.',
        })
      }
      const kept = answers.get(name)
      if (kept !== undefined && isFresh(kept)) {
        if (kept.fingerprint === fingerprint) return kept
        throw new StripeFailure(400, {
          type: 'idempotency_error',
          message: 'This idempotency key was first used with another endpoint or other parameters.',
        })
      }
      inUse.add(name)
    },
    keep(request, done, shown) {
      if (!rules.keepsFailures && done.status >= 400) return
      const { status, body } = rules.keepsFailures ? shown : done
      const name = nameOf(request)
      const answer = { fingerprint: request.fingerprint, status, body, storedAt: nowMs() }
      answers.delete(name)
      answers.set(name, answer)
      onChange(name, answer)
      dropOld()
    },
    release(request) {
      inUse.delete(nameOf(request))
    },
  }
}

/** Same method, path and parameters, whatever their order. */
export function fingerprintOf(method: string, path: string, encodedForm: string): string {
  const pairs = encodedForm.split('&').sort().join('&')
  return createHash('sha256').update(`${method} ${path}\n${pairs}`).digest('hex')
}
