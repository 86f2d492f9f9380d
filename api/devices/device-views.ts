/**
 * Devices as whoever asks may see them: a manufacturer's with who has each now, a customer's only those that are or were
 * assigned to its contracts and of those only what concerns it (I12). Where a device stands now is shown to the customer
 * who has it now; holds, tags and the reason of a revocation are the manufacturer's matter.
 */
import type { Billing } from '../../billing/index.ts'
import {
  customerOfTenant,
  manufacturerOfTenant,
  type Clock,
  type CustomerTenant,
  type Tenant,
} from '../../core/index.ts'
import {
  holdsText,
  meteringErrors,
  type DeviceFilter,
  type DeviceOrder,
  type DeviceStatus,
} from '../../metering/index.ts'
import type { ApiBilling, ApiMetering } from '../api-options.ts'
import { apiErrors } from '../errors.ts'
import { presentDeviceStatus } from './device-schemas.ts'

type DevicePageQuery = {
  readonly after?: string
  readonly limit: number
  readonly filter: DeviceFilter
  readonly order: DeviceOrder
}
type Holder = Awaited<ReturnType<Billing['listHolders']>>[number]

export type DeviceViews = ReturnType<typeof createDeviceViews>

export function createDeviceViews(metering: ApiMetering, billing: ApiBilling, clock: Clock) {
  async function present(tenant: Tenant, devices: readonly DeviceStatus[]) {
    const deviceIds = devices.map(({ id }) => id)
    const holders = await billing.listHolders(tenant, deviceIds, clock.now())
    const holderOf = new Map(holders.map((holder) => [holder.deviceId, holder]))
    const isCustomer = customerOfTenant(tenant) !== undefined
    return devices.map((device) => {
      const holder = holderOf.get(device.id)
      return presentDeviceStatus(isCustomer ? forCustomer(device, holder) : device, holder)
    })
  }

  async function listOfCustomer(tenant: CustomerTenant, { filter, order, ...page }: DevicePageQuery) {
    const { text, state, modelId, ...others } = filter
    if (Object.keys(others).length > 0 || order !== 'id' || state === 'silent') {
      throw apiErrors.request_invalid('Filter your devices by text, state or modelId, in order of id.')
    }
    const { items: deviceIds, nextAfter } = await billing.listAssignedDevices(tenant, page)
    const devices = await metering.findDevices(tenant.manufacturerId, deviceIds)
    const shown = await present(tenant, devices)
    const items = shown.filter(
      (device) =>
        (text === undefined || holdsText(device, text)) &&
        (modelId === undefined || device.modelId === modelId) &&
        (state === undefined || stateOf(device) === state),
    )
    return { items, nextAfter: nextAfter ?? null }
  }

  return {
    /** @throws AppError `device_unknown`, also for what is not the tenant's */
    async show(tenant: Tenant, deviceId: string) {
      const device = await metering.findDevice(manufacturerOfTenant(tenant), deviceId)
      const isOwn =
        customerOfTenant(tenant) === undefined ||
        (await billing.listAssignments(tenant, { deviceId })).length > 0
      if (device === undefined || !isOwn) {
        throw meteringErrors.device_unknown(`Use the id of one of your devices; "${deviceId}" is not one.`)
      }
      const [shown] = await present(tenant, [device])
      if (shown === undefined) throw new Error('One device is presented as one.')
      return shown
    },

    async list(tenant: Tenant, query: DevicePageQuery) {
      if (typeof tenant !== 'string') return listOfCustomer(tenant, query)
      const { items, nextAfter } = await metering.listDevices(tenant, query)
      return { items: await present(tenant, items), nextAfter: nextAfter ?? null }
    },

    present,
  }
}

function forCustomer(device: DeviceStatus, holder: Holder | undefined): DeviceStatus {
  const isHeldNow = holder !== undefined
  return {
    ...device,
    ...(!isHeldNow && { presence: undefined, lastSeenAt: undefined, lastReading: undefined, registers: {} }),
    openHolds: 0,
    firmware: undefined,
    site: undefined,
    tags: [],
    revoked:
      isHeldNow && device.revoked !== undefined
        ? { at: device.revoked.at, reason: 'Ask the manufacturer.' }
        : undefined,
  }
}

function stateOf({ presence, revoked, lastSeenAt }: ReturnType<typeof presentDeviceStatus>): string {
  if (revoked !== null) return 'revoked'
  return lastSeenAt === null ? 'never_seen' : (presence?.state ?? 'offline')
}
