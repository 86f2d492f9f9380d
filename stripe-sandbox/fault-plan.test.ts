import { describe, expect, it } from 'vitest'
import { createFaultPlan } from './fault-plan.ts'

const request = (method = 'POST') => ({ method, path: '/v1/invoices', idempotencyKey: undefined })
const firstThousand = (seed: number, share: number) => {
  const plan = createFaultPlan({ seed, share })
  return { faults: Array.from({ length: 1_000 }, () => plan.next(request())), text: plan.describe() }
}

describe('a plan of faults', () => {
  it('is the same for the same seed, and another for another', () => {
    const first = firstThousand(7, 0.2)
    expect(firstThousand(7, 0.2)).toEqual(first)
    expect(firstThousand(8, 0.2).text).not.toBe(first.text)
  })

  it('meets about the share that was asked for, with every kind, and none of the reads', () => {
    const { faults, text } = firstThousand(7, 0.2)
    const happened = faults.filter((fault) => fault !== undefined)
    expect(happened.length).toBeGreaterThan(150)
    expect(happened.length).toBeLessThan(250)
    expect([...new Set(happened.map(({ kind }) => kind))].sort()).toEqual([
      'bad_gateway',
      'cut_body',
      'error_after',
      'error_before',
      'error_stored',
      'hang_after',
      'hang_before',
      'lock_timeout',
      'rate_limit',
      'reset_after',
      'reset_before',
    ])
    expect(text.split('\n')[0]).toBe('seed 7, share 0.2')
    expect(text.split('\n')).toHaveLength(happened.length + 1)
    expect(createFaultPlan({ seed: 7, share: 1 }).next(request('GET'))).toBe(undefined)
  })

  it('has hangs within the timeout of the client and beyond it', () => {
    const plan = createFaultPlan({ seed: 7, share: 1, clientTimeoutMs: 2_000 })
    const hangs = Array.from({ length: 1_000 }, () => plan.next(request())).flatMap((fault) =>
      fault?.kind === 'hang_before' || fault?.kind === 'hang_after' ? (fault.answersAfterMs ?? 0) : [],
    )
    expect(hangs.some((ms) => ms < 2_000)).toBe(true)
    expect(hangs.some((ms) => ms > 2_000)).toBe(true)
    expect(hangs.every((ms) => ms > 0 && ms < 3_000)).toBe(true)
  })

  it('tells of each fault as it happens, and describes the last thousand', () => {
    const told: string[] = []
    const plan = createFaultPlan({ seed: 7, share: 1, onFault: (line) => told.push(line) })
    for (let count = 0; count < 1_200; count += 1) plan.next(request())
    expect([told.length, told[0]?.startsWith('1 POST /v1/invoices: {"kind":')]).toEqual([1_200, true])
    expect(plan.describe().split('\n')).toEqual(['seed 7, share 1', ...told.slice(-1_000)])
  })

  it('is none for the share 0, all for 1, and refused outside', () => {
    expect(firstThousand(7, 0).faults.every((fault) => fault === undefined)).toBe(true)
    expect(firstThousand(7, 1).faults.every((fault) => fault !== undefined)).toBe(true)
    expect(() => createFaultPlan({ seed: 7, share: 1.5 })).toThrow('between 0 and 1')
  })
})
