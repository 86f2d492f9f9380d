/** What the model of a device meters, as metering knows it. */
import type { DeviceId, ManufacturerId } from '../../core/index.ts'
import type { BillingContext } from '../billing-context.ts'
import { billingErrors } from '../errors.ts'

type AskedMetering = Pick<BillingContext['metering'], 'findModelsOf'>

/** The names of the registers that each device's model has. @throws AppError `device_not_found` */
export async function registersOfDevices(
  metering: AskedMetering,
  manufacturerId: ManufacturerId,
  deviceIds: readonly DeviceId[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const registersOf = await registersWhereKnown(metering, manufacturerId, deviceIds)
  return new Map(deviceIds.map((deviceId) => [deviceId, registersOf(deviceId)]))
}

/** The returned function throws `device_not_found` for a device that is not registered, and answers for the others. */
export async function registersWhereKnown(
  metering: AskedMetering,
  manufacturerId: ManufacturerId,
  deviceIds: readonly DeviceId[],
): Promise<(deviceId: DeviceId) => readonly string[]> {
  const models = await metering.findModelsOf(manufacturerId, deviceIds)
  return (deviceId) => {
    const model = models.get(deviceId)
    if (model !== undefined) return model.registers.map(({ name }) => name)
    throw billingErrors.device_not_found(`Register the device first; "${deviceId}" is not one of yours.`)
  }
}
