/**
 * What each machine's part of a bill is. A line is one amount for all its machines; it is shared out by what each used, whole minor
 * units, the largest remainder first, so that the parts sum to the line. Lines that rest on no machine, or on several
 * registers at once, belong to none.
 */
import type { Line } from '../api/bills.ts'

export type MachineCost = {
  readonly deviceId: string
  readonly amountMinor: bigint
  readonly used: readonly { readonly register: string; readonly unit: string; readonly quantity: string }[]
}

export type CostByMachine = {
  /** In order of cost, the largest first. */
  readonly machines: readonly MachineCost[]
  readonly others: readonly Line[]
  /** True when a line was divided between machines: their parts are then ours, not the bill's. */
  readonly isShared: boolean
}

export function costByMachine(lines: readonly Line[]): CostByMachine {
  const amounts = new Map<string, bigint>()
  const used = new Map<string, Map<string, { unit: string; quantity: bigint }>>()
  const others: Line[] = []
  let isShared = false
  for (const line of lines) {
    const shares = sharesOf(line)
    if (shares === undefined) {
      others.push(line)
      continue
    }
    isShared ||= shares.size > 1
    for (const [deviceId, share] of shares) {
      amounts.set(deviceId, (amounts.get(deviceId) ?? 0n) + share)
    }
    for (const { deviceId, register, unit, quantity } of line.explanation.usage) {
      const registers = used.get(deviceId) ?? new Map<string, { unit: string; quantity: bigint }>()
      const before = registers.get(register)?.quantity ?? 0n
      used.set(deviceId, registers.set(register, { unit, quantity: before + BigInt(quantity) }))
    }
  }
  const machines = [...amounts].map(([deviceId, amountMinor]) => ({
    deviceId,
    amountMinor,
    used: [...(used.get(deviceId) ?? [])].map(([register, { unit, quantity }]) => ({
      register,
      unit,
      quantity: quantity.toString(),
    })),
  }))
  return { machines: machines.sort(byCost), others, isShared }
}

/** Each machine's part of the line; undefined when it is none's. */
function sharesOf(line: Line): Map<string, bigint> | undefined {
  const { member, allocation } = line.explanation
  const amount = BigInt(line.amountMinor)
  if (member.kind === 'device') return new Map([[member.id, amount]])
  if (allocation.length > 0) {
    return new Map(allocation.map(({ deviceId, amountMinor }) => [deviceId, BigInt(amountMinor)]))
  }
  const weights = weightsOf(line)
  return weights === undefined ? undefined : shareOut(amount, weights)
}

/** What each machine used of the line's register; undefined when the line cannot be shared out by it. */
function weightsOf({ explanation: { usage } }: Line): Map<string, bigint> | undefined {
  const weights = new Map<string, bigint>()
  for (const { deviceId, quantity } of usage) {
    weights.set(deviceId, (weights.get(deviceId) ?? 0n) + BigInt(quantity))
  }
  const isOneRegister = new Set(usage.map(({ register }) => register)).size === 1
  const canDivide = [...weights.values()].every((weight) => weight >= 0n) && sumOf(weights) > 0n
  return isOneRegister && (canDivide || weights.size === 1) ? weights : undefined
}

function shareOut(amount: bigint, weights: ReadonlyMap<string, bigint>): Map<string, bigint> {
  const [only] = weights.keys()
  if (weights.size === 1 && only !== undefined) return new Map([[only, amount]])
  const total = sumOf(weights)
  const sign = amount < 0n ? -1n : 1n
  const parts = [...weights].map(([id, weight]) => ({
    id,
    whole: (amount * sign * weight) / total,
    remainder: (amount * sign * weight) % total,
  }))
  let left = amount * sign - parts.reduce((sum, { whole }) => sum + whole, 0n)
  const byRemainder = [...parts].sort(
    (one, other) => compare(other.remainder, one.remainder) || (one.id < other.id ? -1 : 1),
  )
  const shares = new Map<string, bigint>()
  for (const { id, whole } of byRemainder) {
    shares.set(id, (whole + (left > 0n ? 1n : 0n)) * sign)
    left -= 1n
  }
  return shares
}

function sumOf(weights: ReadonlyMap<string, bigint>): bigint {
  return [...weights.values()].reduce((sum, weight) => sum + weight, 0n)
}

function byCost(one: MachineCost, other: MachineCost): number {
  return compare(other.amountMinor, one.amountMinor) || (one.deviceId < other.deviceId ? -1 : 1)
}

function compare(one: bigint, other: bigint): number {
  if (one === other) return 0
  return one < other ? -1 : 1
}
