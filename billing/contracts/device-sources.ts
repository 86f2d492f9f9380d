/** What the model of a device meters, as metering knows it. */
import type { DeviceId, ManufacturerId } from '../../core/index.ts'
import type { BillingContext } from '../billing-context.ts'
import { billingErrors } from '../errors.ts'

type AskedMetering = Pick<BillingContext['metering'], 'findModelsOf'>

export type DeviceSources = {
  readonly registers: readonly string[]
  /** Those that may have a price. */
  readonly eventTypes: readonly string[]
  /** Event types of service and tests: usage meanwhile is not billable. */
  readonly notBillable: readonly string[]
}

/** What each device's model has. @throws AppError `device_not_found` */
export async function sourcesOfDevices(
  metering: AskedMetering,
  manufacturerId: ManufacturerId,
  deviceIds: readonly DeviceId[],
): Promise<ReadonlyMap<DeviceId, DeviceSources>> {
  const sourcesOf = await sourcesWhereKnown(metering, manufacturerId, deviceIds)
  return new Map(deviceIds.map((deviceId) => [deviceId, sourcesOf(deviceId)]))
}

/** The returned function throws `device_not_found` for a device that is not registered, and answers for the others. */
export async function sourcesWhereKnown(
  metering: AskedMetering,
  manufacturerId: ManufacturerId,
  deviceIds: readonly DeviceId[],
): Promise<(deviceId: DeviceId) => DeviceSources> {
  const models = await metering.findModelsOf(manufacturerId, deviceIds)
  return (deviceId) => {
    const model = models.get(deviceId)
    if (model === undefined) {
      throw billingErrors.device_not_found(`Register the device first; "${deviceId}" is not one of yours.`)
    }
    const { registers, eventTypes = [] } = model
    const typesOf = (isBillable: boolean) =>
      eventTypes.flatMap((each) => ((each.isBillable ?? true) === isBillable ? [each.type] : []))
    return {
      registers: registers.map(({ name }) => name),
      eventTypes: typesOf(true),
      notBillable: typesOf(false),
    }
  }
}
