import { describe, expect, it } from 'vitest'
import { createIdempotency, fingerprintOf } from './idempotency.ts'

describe('idempotency keys', () => {
  const hourMs = 3_600_000

  it('answer again with the kept status and body for 24 hours, then begin anew', () => {
    let now = 0
    const keys = createIdempotency({
      answers: new Map(),
      nowMs: () => now,
      maxKept: 10,
      onChange: () => undefined,
    })
    expect(keys.take('k', 'f')).toBe(undefined)
    keys.keep('k', 'f', 500, 'body')
    keys.release('k')
    now = 24 * hourMs - 1
    expect(keys.take('k', 'f')).toEqual({ fingerprint: 'f', status: 500, body: 'body', storedAt: 0 })
    now = 24 * hourMs
    expect(keys.take('k', 'f')).toBe(undefined)
  })

  it('refuse other parameters with 400 and concurrent use with 409', () => {
    const keys = createIdempotency({
      answers: new Map(),
      nowMs: () => 0,
      maxKept: 10,
      onChange: () => undefined,
    })
    keys.take('k', 'f')
    expect(() => keys.take('k', 'f')).toThrow(expect.objectContaining({ status: 409 }))
    keys.keep('k', 'f', 200, '{}')
    keys.release('k')
    expect(() => keys.take('k', 'g')).toThrow(expect.objectContaining({ status: 400 }))
  })

  it('are free again when a request kept nothing', () => {
    const keys = createIdempotency({
      answers: new Map(),
      nowMs: () => 0,
      maxKept: 10,
      onChange: () => undefined,
    })
    keys.take('k', 'f')
    keys.release('k')
    expect(keys.take('k', 'g')).toBe(undefined)
  })

  it('have at most 255 characters', () => {
    const keys = createIdempotency({
      answers: new Map(),
      nowMs: () => 0,
      maxKept: 10,
      onChange: () => undefined,
    })
    expect(keys.take('k'.repeat(255), 'f')).toBe(undefined)
    expect(() => keys.take('k'.repeat(256), 'f')).toThrow(expect.objectContaining({ status: 400 }))
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
