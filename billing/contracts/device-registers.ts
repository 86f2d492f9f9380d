import type { DeviceId, ManufacturerId } from '../../core/index.ts'
import type { BillingContext } from '../billing-context.ts'
import { billingErrors } from '../errors.ts'

/** The names of the registers that each device's model has. @throws AppError `device_not_found` */
export async function registersOfDevices(
  metering: Pick<BillingContext['metering'], 'findModelsOf'>,
  manufacturerId: ManufacturerId,
  deviceIds: readonly DeviceId[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const models = await metering.findModelsOf(manufacturerId, deviceIds)
  const missing = deviceIds.find((deviceId) => !models.has(deviceId))
  if (missing !== undefined) {
    throw billingErrors.device_not_found(`Register the device first; "${missing}" is not one of yours.`)
  }
  return new Map(
    [...models].map(([deviceId, { registers }]) => [deviceId, registers.map(({ name }) => name)]),
  )
}
