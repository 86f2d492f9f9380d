/** The devices of a contract as rating wants them: when it has each, and what pools each belongs to. */
import type { DeviceId, ManufacturerId } from '../../core/index.ts'
import type { DeviceStatus } from '../../metering/index.ts'
import type { BillingContext } from '../billing-context.ts'
import type { Contract } from '../billing-types.ts'
import type { AssignedDevice, RatingInput, VersionInForce } from '../rating/rating-types.ts'
import type { RatingBasis } from './rating-basis.ts'

const DEVICES_AT_ONCE = 1_000

type AskedMetering = Pick<BillingContext['metering'], 'findDevices'>

/** What decides about the pools that a device is in. */
export type DeviceHome = Pick<AssignedDevice, 'site' | 'tags'>

/**
 * Sites and tags are those of now, but for devices that were billed with others for the period; they are asked for only where a price is
 * by pool.
 */
export async function assignedDevices(
  metering: AskedMetering,
  { manufacturerId }: Contract,
  { versions, upcoming, assignments }: RatingBasis,
  readBilledHomes?: () => Promise<ReadonlyMap<DeviceId, DeviceHome>>,
): Promise<readonly AssignedDevice[]> {
  if (![...versions, ...upcoming].some(hasPools)) {
    return assignments.map(({ deviceId, from, to }) => ({ deviceId, from, to, site: undefined, tags: [] }))
  }
  const deviceIds = [...new Set(assignments.map(({ deviceId }) => deviceId))]
  const devices = await readDevices(metering, manufacturerId, deviceIds)
  const billed = await readBilledHomes?.()
  return assignments.map(({ deviceId, from, to }) => {
    const { site, tags = [] }: Partial<DeviceHome> = billed?.get(deviceId) ?? devices.get(deviceId) ?? {}
    return { deviceId, from, to, site, tags }
  })
}

/** Of the devices of an invoice, where it has prices by pool. */
export function homesOf(ratings: readonly RatingInput[]): ReadonlyMap<DeviceId, DeviceHome> {
  const pooled = ratings.filter(({ versions }) => versions.some(hasPools))
  return new Map(
    pooled.flatMap(({ facts }) =>
      facts.devices.map(({ deviceId, site, tags }) => [deviceId, { site, tags }]),
    ),
  )
}

export async function readDevices(
  metering: AskedMetering,
  manufacturerId: ManufacturerId,
  deviceIds: readonly DeviceId[],
): Promise<ReadonlyMap<DeviceId, DeviceStatus>> {
  const devices = new Map<DeviceId, DeviceStatus>()
  for (let start = 0; start < deviceIds.length; start += DEVICES_AT_ONCE) {
    const page = deviceIds.slice(start, start + DEVICES_AT_ONCE)
    for (const device of await metering.findDevices(manufacturerId, page)) devices.set(device.id, device)
  }
  return devices
}

function hasPools({ document }: VersionInForce): boolean {
  return document.items.some(({ scope }) => scope === 'site' || typeof scope === 'object')
}
