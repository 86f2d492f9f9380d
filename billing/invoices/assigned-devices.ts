/** The devices of a contract as rating wants them: when it has each, and what pools each belongs to. */
import type { DeviceId, ManufacturerId } from '../../core/index.ts'
import type { DeviceStatus } from '../../metering/index.ts'
import type { BillingContext } from '../billing-context.ts'
import type { Contract } from '../billing-types.ts'
import type { AssignedDevice, VersionInForce } from '../rating/rating-types.ts'
import type { RatingBasis } from './rating-basis.ts'

const DEVICES_AT_ONCE = 1_000

type AskedMetering = Pick<BillingContext['metering'], 'findDevices'>

/** Sites and tags are those of now; metering is asked for them only where a price is by pool. */
export async function assignedDevices(
  metering: AskedMetering,
  { manufacturerId }: Contract,
  { versions, upcoming, assignments }: RatingBasis,
): Promise<readonly AssignedDevice[]> {
  const deviceIds = [...new Set(assignments.map(({ deviceId }) => deviceId))]
  const devices = [...versions, ...upcoming].some(hasPools)
    ? await readDevices(metering, manufacturerId, deviceIds)
    : new Map<DeviceId, DeviceStatus>()
  return assignments.map(({ deviceId, from, to }) => {
    const { site, tags = [] } = devices.get(deviceId) ?? {}
    return { deviceId, from, to, site, tags }
  })
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
