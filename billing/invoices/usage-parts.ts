/**
 * The parts that usage is asked for in: each assignment's part of the span under each tariff version in force, with what its
 * device can be billed for there.
 */
import type { DeviceId, Period } from '../../core/index.ts'
import type { BillingContext } from '../billing-context.ts'
import type { Contract } from '../billing-types.ts'
import { sourcesOfDevices, type DeviceSources } from '../contracts/device-sources.ts'
import { billingErrors } from '../errors.ts'
import { cutsOfItem } from '../rating/item-cuts.ts'
import type { RatingFacts, VersionInForce } from '../rating/rating-types.ts'
import type { TariffItem } from '../rating/tariff-schema.ts'
import { intersect } from '../spans.ts'
import { pricedSources, type PricedSources } from '../tariffs/priced-sources.ts'
import type { RatingBasis } from './rating-basis.ts'

export type UsagePart = Period &
  PricedSources & {
    readonly deviceId: DeviceId
    readonly version: VersionInForce
    /** Types of events while which usage is not billable. */
    readonly notBillable: readonly string[]
  }

/** @throws AppError `device_not_found`, `tariff_register_unknown`, `tariff_event_unknown` */
export async function usageParts(
  metering: BillingContext['metering'],
  contract: Contract,
  { versions, assignments }: RatingBasis,
  span: Period,
): Promise<readonly UsagePart[]> {
  const deviceIds = [...new Set(assignments.map(({ deviceId }) => deviceId))]
  const devices = await sourcesOfDevices(metering, contract.manufacturerId, deviceIds)
  assertSourcesKnown(versions, [...devices.values()])
  return assignments.flatMap(({ deviceId, from, to }) => {
    const assigned = intersect({ from, to: to ?? Infinity }, span)
    if (assigned === undefined) return []
    const { registers = [], eventTypes = [], notBillable = [] } = devices.get(deviceId) ?? {}
    return versions.flatMap((version) => {
      const part = intersect(version, assigned)
      if (part === undefined) return []
      const priced = pricedSources(version.document)
      return {
        deviceId,
        version,
        ...part,
        notBillable,
        registers: priced.registers.filter((register) => registers.includes(register)),
        peaks: priced.peaks.filter((register) => registers.includes(register)),
        events: priced.events.filter((type) => eventTypes.includes(type)),
      }
    })
  })
}

/** The part cut where one of the items that price the register, or only those that price its peak, has another price. */
export function cutForRegister(
  { version, from, to }: UsagePart,
  register: string,
  facts: Pick<RatingFacts, 'offsets'>,
  isCutting: (item: TariffItem) => boolean = () => true,
): readonly Period[] {
  const { document } = version
  const cuts = document.items.flatMap((item) =>
    'register' in item && item.register === register && isCutting(item)
      ? cutsOfItem(item, document, { from, to }, facts)
      : [],
  )
  const borders = [...new Set([from, ...cuts, to])].sort((left, right) => left - right)
  return borders.slice(1).map((end, index) => ({ from: borders[index] ?? from, to: end }))
}

/** A contract may cover different models, but a price for what none of its devices has is a mistake (I8). */
function assertSourcesKnown(versions: readonly VersionInForce[], devices: readonly DeviceSources[]): void {
  if (devices.length === 0) return
  const priced = versions.map(({ document }) => pricedSources(document))
  const registers = new Set(devices.flatMap((device) => device.registers))
  const register = priced
    .flatMap((sources) => [...sources.registers, ...sources.peaks])
    .find((name) => !registers.has(name))
  if (register !== undefined) {
    throw billingErrors.tariff_register_unknown(
      `Publish a tariff without "${register}" or assign a device that has it: no device of the contract does.`,
    )
  }
  const types = new Set(devices.flatMap((device) => device.eventTypes))
  const type = priced.flatMap(({ events }) => events).find((name) => !types.has(name))
  if (type !== undefined) {
    throw billingErrors.tariff_event_unknown(
      `Declare the event type "${type}" in the model of the devices that send it, or publish a tariff without it: no device of the contract has it.`,
    )
  }
}
