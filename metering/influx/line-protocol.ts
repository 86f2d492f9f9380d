/**
 * InfluxDB line protocol for the two measurements that Usance writes.
 *
 * `register`: the cumulative value of a register as an accepted reading reported it, one point per reading.
 * `usage`: what a register advanced in a UTC hour that is over. Times are milliseconds, values 64-bit integers. Tags are
 * always all present, because a missing one would start another series; their alphabets need no escaping.
 */
import { InvariantError } from '../../core/index.ts'
import type { RegisterFeedPage, UsageFeedPage } from '../metering-types.ts'

export function formatRegisterPoint(point: RegisterFeedPage['points'][number]): string {
  return `register,${tags(point)} r=${point.value}i ${point.at}`
}

export function formatUsageHour(hour: UsageFeedPage['hours'][number]): string {
  return `usage,${tags(hour)} q=${hour.quantity}i,estimated=${hour.isEstimated} ${hour.from}`
}

function tags({
  manufacturerId,
  deviceId,
  register,
}: Record<'manufacturerId' | 'deviceId' | 'register', string>) {
  for (const tag of [manufacturerId, deviceId, register]) {
    if (!/^[A-Za-z0-9._~-]+$/.test(tag))
      throw new InvariantError('A tag for InfluxDB has an unexpected character.')
  }
  return `device=${deviceId},manufacturer=${manufacturerId},register=${register}`
}
