/**
 * Reads a month of usage over and over, as somebody does who bills or looks at charts while devices report: the usage of many
 * devices in one question, then what a metric makes of the device with the longest history.
 */
import { InvariantError, type DeviceId } from '../../core/index.ts'
import type { Metering } from '../../metering/index.ts'
import { summarise, type NumberSummary } from '../number-summary.ts'

export type UsageMonth = {
  readonly deviceIds: readonly string[]
  /** Its metrics are read slot by slot. */
  readonly busiestDeviceId: string
  readonly register: string
  readonly from: number
  readonly to: number
}

export type UsageReads = {
  readonly rounds: number
  readonly roundMs: NumberSummary
  /** What the busiest device used in the month: not 0, or nothing was read. */
  readonly busiestQuantity: string
}

export function createUsageReader(metering: Metering) {
  let stopping = new AbortController()
  let reading: Promise<UsageReads> | undefined

  async function readUntil(stop: AbortSignal, month: UsageMonth): Promise<UsageReads> {
    const { deviceIds, busiestDeviceId, register, from, to } = month
    const span = { register, from, to }
    const usage = deviceIds.map((deviceId) => ({ deviceId: deviceId as DeviceId, ...span }))
    const busiest = { deviceId: busiestDeviceId as DeviceId, from, to, cutoffAt: to }
    const metrics = (['sum', 'max', 'unique_days'] as const).map((aggregation) => ({
      ...busiest,
      metric: {
        source: { register },
        aggregation,
        ...(aggregation === 'unique_days' ? { timeZone: 'Europe/Vienna' } : {}),
      },
    }))
    const roundMs: number[] = []
    let busiestQuantity = 0n
    while (!stop.aborted) {
      const startedAt = performance.now()
      await metering.readUsage(usage)
      const [sum] = await metering.readMetrics(metrics)
      busiestQuantity = sum?.quantity ?? 0n
      roundMs.push(performance.now() - startedAt)
    }
    return {
      rounds: roundMs.length,
      roundMs: summarise(roundMs, 1),
      busiestQuantity: busiestQuantity.toString(),
    }
  }

  return {
    start(month: UsageMonth): void {
      stopping = new AbortController()
      reading = readUntil(stopping.signal, month)
      // Should it fail, `stop` says so.
      reading.catch(() => undefined)
    },
    stop(): Promise<UsageReads> {
      if (reading === undefined) throw new InvariantError('Usage is being read.')
      stopping.abort()
      return reading
    },
  }
}
