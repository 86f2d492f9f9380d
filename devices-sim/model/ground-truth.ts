/**
 * What a span of time is worth by the simulator's own account: an auditor for metering, written from design §5.5 and
 * sharing no code with it.
 */
import { HOUR_MS, type Period } from '../../core/index.ts'
import type { ProfileRegister } from './profile.ts'
import type { SimulatedDevice } from './simulated-device.ts'

export type RegisterPoint = { readonly at: number; readonly value: bigint }

/**
 * R(t) between the points around it: evenly and rounded down, or, for a step longer than `maxGapMs` of a register
 * that fills gaps at their end, as late as `maxPerHour` allows. Outside the known points the nearest one stands.
 */
export function registerValueAt(
  register: Pick<ProfileRegister, 'maxPerHour' | 'maxGapMs' | 'gapRule'>,
  before: RegisterPoint | undefined,
  after: RegisterPoint | undefined,
  at: number,
): bigint | undefined {
  if (before === undefined || after === undefined) return (before ?? after)?.value
  const risen = after.value - before.value
  if (after.at - before.at > register.maxGapMs && register.gapRule === 'end') {
    const stillToRise = ceilDivide(register.maxPerHour * BigInt(after.at - at), BigInt(HOUR_MS))
    const lateValue = after.value - stillToRise
    return lateValue > before.value ? lateValue : before.value
  }
  return before.value + (risen * BigInt(at - before.at)) / BigInt(after.at - before.at)
}

export type RegisterTruth = {
  readonly register: string
  /** In the first and the last reading. */
  readonly first: bigint
  readonly last: bigint
  /** R(to) - R(from) over the span that was asked for. */
  readonly advance: bigint
}

/** Over the first `count` readings of the device. Empty without any. */
export function registerTruths(device: SimulatedDevice, count: number, span: Period): RegisterTruth[] {
  if (count === 0) return []
  const points = (register: number, index: number): RegisterPoint | undefined => {
    if (index < 0 || index >= count) return undefined
    const { time, registers } = device.reading(index)
    return time.kind === 'device_time' ? { at: time.at, value: registers[register]!.value } : undefined
  }
  return device.profile.registers.map((rules, register) => {
    const valueAt = (at: number): bigint => {
      const next = Math.min(device.countUntil(at), count)
      return registerValueAt(rules, points(register, next - 1), points(register, next), at)!
    }
    return {
      register: rules.name,
      first: points(register, 0)!.value,
      last: points(register, count - 1)!.value,
      advance: valueAt(span.to) - valueAt(span.from),
    }
  })
}

function ceilDivide(dividend: bigint, divisor: bigint): bigint {
  return (dividend + divisor - 1n) / divisor
}
