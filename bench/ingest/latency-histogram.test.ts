import { describe, expect, it } from 'vitest'
import { LatencyHistogram } from './latency-histogram.ts'

describe('LatencyHistogram', () => {
  it('gives quantiles within the width of a bucket', () => {
    const histogram = new LatencyHistogram()
    for (let latencyMs = 1; latencyMs <= 100; latencyMs += 1) histogram.record(latencyMs)
    expect(histogram.quantileMs(0.5) / 50).toBeCloseTo(1, 1)
    expect(histogram.quantileMs(0.99) / 99).toBeCloseTo(1, 1)
  })

  it('keeps one slow answer out of the median', () => {
    const histogram = new LatencyHistogram()
    for (const latencyMs of [2, 2, 2, 2, 5_000]) histogram.record(latencyMs)
    expect(histogram.quantileMs(0.5)).toBeGreaterThan(1.9)
    expect(histogram.quantileMs(0.5)).toBeLessThan(2.1)
    expect(histogram.quantileMs(1)).toBeGreaterThan(4_800)
  })

  it('puts latencies beyond its range into its last bucket', () => {
    const histogram = new LatencyHistogram()
    histogram.record(3_600_000)
    histogram.record(0)
    expect(histogram.quantileMs(1)).toBeGreaterThan(60_000)
    expect(histogram.quantileMs(0.5)).toBeLessThan(0.002)
  })

  it('forgets what it was told when it is cleared', () => {
    const histogram = new LatencyHistogram()
    histogram.record(100)
    histogram.clear()
    expect(histogram.quantileMs(1)).toBe(0)
    histogram.record(1)
    expect(histogram.quantileMs(1)).toBeLessThan(2)
  })

  it('gives 0 without latencies', () => {
    expect(new LatencyHistogram().quantileMs(0.99)).toBe(0)
  })
})
