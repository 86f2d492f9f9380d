/** Each bench once, short: it measures, counts what it sent, and leaves one JSON object. */
import { PassThrough, Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../core/index.ts'
import type { BillingResult } from './billing/measure-billing.ts'
import { benches } from './index.ts'
import type { LatencyResult } from './latency/latency-report.ts'
import type { MemoryBenchResult } from './memory/memory-report.ts'
import type { ScaleResult } from './scale/scale-report.ts'

async function measure(name: string, ...argv: string[]): Promise<unknown> {
  const stdout = new PassThrough()
  const stderr = new Writable({ write: (_chunk, _encoding, done) => done() })
  const printed = text(stdout)
  await benches[name]?.(argv, { stdout, stderr, clock: systemClock, signal: new AbortController().signal })
  stdout.end()
  return JSON.parse(await printed)
}

describe('the benches', () => {
  it('measures latency in every phase, with every reading of the backlog accepted', async () => {
    const result = (await measure('latency', '--quick', '--connections', '10')) as LatencyResult
    expect(Object.keys(result.phases)).toEqual(['bareAedes', 'undisturbed', 'backlog', 'backup', 'reading'])
    for (const phase of Object.values(result.phases)) {
      expect(phase.pubackP99Ms.median).toBeGreaterThan(0)
      expect(phase.pubackP50Ms.median).toBeLessThanOrEqual(phase.pubackP99Ms.median)
    }
    const { acknowledged } = result.accounting
    expect(acknowledged).toBeGreaterThan(5_001)
    expect(result.accounting).toMatchObject({ accepted: acknowledged, duplicate: 0, held: 0, pending: 0 })
    expect(result.disturbances[0]?.reading).not.toMatchObject({ busiestQuantity: '0' })
    expect(result.disturbances[0]?.backup).not.toMatchObject({ backups: 0 })
  })

  it('measures both loads on a filled and an empty database', async () => {
    const result = (await measure('scale', '--quick', '--connections', '10')) as ScaleResult
    const [million] = result.stored
    expect(million).toMatchObject({ storedReadings: 1_000_000 })
    expect(Object.keys(million?.loads ?? {})).toEqual(['fullSegments', 'singleMessages'])
    expect(million?.loads.singleMessages?.storedToEmpty.median).toBeGreaterThan(0)
  })

  it('bills every contract of a month whose usage rows are right', async () => {
    const result = (await measure('billing', '--contracts', '120', '--live-bills', '10')) as BillingResult
    expect(result.run.invoices).toBe(120)
    // 22 days of five sessions, each in two slots of two registers.
    expect(result.usage.slots).toBe(120 * 440)
    expect(result.runToScan).toBeGreaterThan(0)
    expect(result.liveBill.duringIngest.p99Ms).toBeGreaterThan(0)
  })

  it('looks at memory while every commit is slow', async () => {
    const result = (await measure('memory', '--quick', '--connections', '10')) as MemoryBenchResult
    expect(result.idle.ratio).toBeGreaterThan(0)
    expect(result.slowStore.looks).toBeGreaterThan(2)
    expect(result.slowStore.maxBytes).toBeGreaterThanOrEqual(result.slowStore.minBytes)
    // 100 ms more per commit: not even 10 of them in a second.
    const { acknowledgedPerSecond, messagesPerCommit } = result.slowStore
    expect(acknowledgedPerSecond / messagesPerCommit).toBeLessThan(10)
    expect(result.accounting.accepted).toBeGreaterThanOrEqual(result.accounting.acknowledged)
  })
})
