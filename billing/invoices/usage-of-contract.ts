/**
 * Joins usage with who had the device when: for each assignment's part of the span and each tariff version in force, how
 * far every priced register advanced.
 *
 * All is asked from metering in one call; only when a step turns out to be unclear (`unclear-steps.ts`) the rest around
 * it is asked again. What is held is in no record; what nobody was assigned to is not asked for here at all
 * (`reconcile` names it unassigned). Cuts are exact: a record ends where the next begins.
 */
import type { Period } from '../../core/index.ts'
import type { RegisterAt, RegisterPoint, RegisterUsage, UsageQuery } from '../../metering/index.ts'
import type { BillingContext } from '../billing-context.ts'
import type { Contract, HeldUsage } from '../billing-types.ts'
import { registersOfDevices } from '../contracts/device-registers.ts'
import { billingErrors } from '../errors.ts'
import type { EvidenceBorder, EvidencePoint, UsageRecord, VersionInForce } from '../rating/rating-types.ts'
import { intersect, subtract } from '../spans.ts'
import type { RatingBasis } from './rating-basis.ts'
import { findUnclearSteps, type UnclearStep } from './unclear-steps.ts'

export type ContractUsage = {
  readonly records: readonly UsageRecord[]
  readonly held: readonly HeldUsage[]
  /** Devices with a priced register that is not yet known up to the end of what was asked for. */
  readonly unreportedDevices: readonly string[]
}

/** @throws AppError `device_not_found`, `tariff_register_unknown`, and what metering throws */
export async function usageOfContract(
  { ledger, metering }: Pick<BillingContext, 'ledger' | 'metering'>,
  contract: Contract,
  { versions, assignments }: RatingBasis,
  span: Period,
): Promise<ContractUsage> {
  const deviceIds = [...new Set(assignments.map((assignment) => assignment.deviceId))]
  const registers = await registersOfDevices(metering, contract.manufacturerId, deviceIds)
  assertRegistersKnown(versions, registers)
  const queries = assignments.flatMap(({ deviceId, from, to }) => {
    const assigned = intersect({ from, to: to ?? Infinity }, span)
    if (assigned === undefined) return []
    const own = registers.get(deviceId) ?? []
    return versions.flatMap((version) => queriesOfVersion(version, assigned, deviceId, own))
  })
  if (queries.length === 0) return { records: [], held: [], unreportedDevices: [] }
  const usages = await metering.readUsage(queries)
  const unreported = usages.filter((usage) => (usage.knownUntil ?? -Infinity) < usage.to)
  const steps = await findUnclearSteps(ledger, usages)
  const settled = steps.length === 0 ? usages : await readAround(metering, usages, steps)
  return {
    records: settled.map(toRecord),
    held: usages.flatMap((usage) => heldParts(usage, steps)),
    unreportedDevices: [...new Set(unreported.map((usage) => usage.deviceId))].sort(),
  }
}

/** The registers that the version has a price for. */
export function pricedRegisters({ document }: VersionInForce): readonly string[] {
  return document.items.flatMap((item) => (item.type === 'per_unit' ? [item.register] : []))
}

/** A contract may cover different models, but a priced register that none of its devices has is a mistake (I8). */
function assertRegistersKnown(
  versions: readonly VersionInForce[],
  registers: ReadonlyMap<string, readonly string[]>,
): void {
  const known = new Set([...registers.values()].flat())
  const unknown = versions.flatMap(pricedRegisters).find((register) => !known.has(register))
  if (registers.size === 0 || unknown === undefined) return
  throw billingErrors.tariff_register_unknown(
    `Publish a tariff without "${unknown}" or assign a device that has it: no device of the contract does.`,
  )
}

function queriesOfVersion(
  version: VersionInForce,
  assigned: Period,
  deviceId: UsageQuery['deviceId'],
  registers: readonly string[],
): readonly UsageQuery[] {
  const part = intersect(version, assigned)
  if (part === undefined) return []
  return pricedRegisters(version)
    .filter((register) => registers.includes(register))
    .map((register) => ({ deviceId, register, ...part }))
}

async function readAround(
  metering: BillingContext['metering'],
  usages: readonly RegisterUsage[],
  steps: readonly UnclearStep[],
): Promise<readonly RegisterUsage[]> {
  const rest = usages.flatMap(({ deviceId, register, from, to }) =>
    subtract({ from, to }, stepsOf({ deviceId, register }, steps)).map((part) => ({
      deviceId,
      register,
      ...part,
    })),
  )
  return rest.length === 0 ? [] : await metering.readUsage(rest)
}

function heldParts(usage: RegisterUsage, steps: readonly UnclearStep[]): readonly HeldUsage[] {
  const { deviceId, register } = usage
  return stepsOf(usage, steps).flatMap((step) => {
    const part = intersect(usage, step)
    return part === undefined ? [] : [{ deviceId, register, ...part, code: 'hand_over_unclear' as const }]
  })
}

function stepsOf(
  { deviceId, register }: Pick<UsageQuery, 'deviceId' | 'register'>,
  steps: readonly UnclearStep[],
): readonly UnclearStep[] {
  return steps.filter((step) => step.deviceId === deviceId && step.register === register)
}

function toRecord({ deviceId, register, unit, from, to, quantity, start, end }: RegisterUsage): UsageRecord {
  return { deviceId, register, unit, from, to, quantity, start: toBorder(start), end: toBorder(end) }
}

function toBorder({ at, value, before, after, isEstimated }: RegisterAt): EvidenceBorder {
  return {
    at,
    value,
    before: before === undefined ? undefined : toPoint(before),
    after: after === undefined ? undefined : toPoint(after),
    isEstimated,
  }
}

function toPoint({ at, value, reading }: RegisterPoint): EvidencePoint {
  return { at, value, epoch: reading?.epoch, seq: reading?.seq }
}
