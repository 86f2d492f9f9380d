import { describe, expect, it } from 'vitest'
import { createIdempotency, fingerprintOf, v1Rules, v2Rules, type IdempotencyRules } from './idempotency.ts'

const hourMs = 3_600_000

function theKeys(rules: IdempotencyRules, nowMs: () => number = () => 0) {
  return createIdempotency({ rules, answers: new Map(), nowMs, maxKept: 10, onChange: () => undefined })
}

const request = (change: { key?: string; path?: string; fingerprint?: string } = {}) => ({
  key: 'k',
  path: '/v1/customers',
  fingerprint: 'f',
  ...change,
})
const failure = { status: 500, body: 'failed' }
const success = { status: 200, body: '{}' }

describe('idempotency keys', () => {
  it('answer again with the kept status and body for 24 hours, then begin anew', () => {
    let now = 0
    const keys = theKeys(v1Rules, () => now)
    expect(keys.take(request())).toBe(undefined)
    keys.keep(request(), failure, failure)
    keys.release(request())
    now = 24 * hourMs - 1
    expect(keys.take(request())).toEqual({ fingerprint: 'f', ...failure, storedAt: 0 })
    now = 24 * hourMs
    expect(keys.take(request())).toBe(undefined)
  })

  it('keep what the client was told, not what became of the work', () => {
    const keys = theKeys(v1Rules)
    keys.keep(request(), success, failure)
    expect(keys.take(request())).toMatchObject(failure)
  })

  it.each([
    ['v1', v1Rules],
    ['v2', v2Rules],
  ])('refuse other parameters with 400 and concurrent use with 409 in %s', (_version, rules) => {
    const keys = theKeys(rules)
    keys.take(request())
    expect(() => keys.take(request())).toThrow(expect.objectContaining({ status: 409 }))
    keys.keep(request(), success, success)
    keys.release(request())
    expect(() => keys.take(request({ fingerprint: 'g' }))).toThrow(expect.objectContaining({ status: 400 }))
  })

  it('count for every endpoint', () => {
    const keys = theKeys(v1Rules)
    keys.keep(request(), success, success)
    const other = request({ path: '/v1/invoices', fingerprint: 'g' })
    expect(() => keys.take(other)).toThrow(expect.objectContaining({ status: 400 }))
  })

  it('are free again when a request kept nothing', () => {
    const keys = theKeys(v1Rules)
    keys.take(request())
    keys.release(request())
    expect(keys.take(request({ fingerprint: 'g' }))).toBe(undefined)
  })

  it('have at most 255 characters', () => {
    const keys = theKeys(v2Rules)
    expect(keys.take(request({ key: 'k'.repeat(255) }))).toBe(undefined)
    expect(() => keys.take(request({ key: 'k'.repeat(256) }))).toThrow(
      expect.objectContaining({ status: 400 }),
    )
  })
})

describe('idempotency keys of v2', () => {
  it('keep success for 30 days, whatever the client was told', () => {
    let now = 0
    const keys = theKeys(v2Rules, () => now)
    keys.take(request())
    keys.keep(request(), success, failure)
    keys.release(request())
    now = 30 * 24 * hourMs - 1
    expect(keys.take(request())).toMatchObject(success)
    now = 30 * 24 * hourMs
    expect(keys.take(request())).toBe(undefined)
  })

  it('keep no failure', () => {
    const keys = theKeys(v2Rules)
    keys.take(request())
    keys.keep(request(), failure, failure)
    keys.release(request())
    expect(keys.take(request({ fingerprint: 'g' }))).toBe(undefined)
  })

  it('count for their own endpoint alone', () => {
    const keys = theKeys(v2Rules)
    keys.keep(request(), success, success)
    expect(keys.take(request({ path: '/v2/other', fingerprint: 'g' }))).toBe(undefined)
  })
})

describe('fingerprintOf', () => {
  it('ignores the order of parameters and nothing else', () => {
    const fingerprint = fingerprintOf('POST', '/v1/customers', 'a=1&b=2')
    expect(fingerprintOf('POST', '/v1/customers', 'b=2&a=1')).toBe(fingerprint)
    expect(fingerprintOf('POST', '/v1/customers', 'a=1&b=3')).not.toBe(fingerprint)
    expect(fingerprintOf('POST', '/v1/invoices', 'a=1&b=2')).not.toBe(fingerprint)
  })
})
