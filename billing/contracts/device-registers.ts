import type { DeviceId, ManufacturerId } from '../../core/index.ts'
import type { BillingContext } from '../billing-context.ts'
import { billingErrors } from '../errors.ts'

/** The names of the registers that the device's model has. @throws AppError `device_not_found` */
export async function registersOfDevice(
  metering: Pick<BillingContext['metering'], 'findDevice' | 'findModel'>,
  manufacturerId: ManufacturerId,
  deviceId: DeviceId,
): Promise<readonly string[]> {
  const device = await metering.findDevice(manufacturerId, deviceId)
  const model = device && (await metering.findModel(manufacturerId, device.modelId))
  if (model === undefined) {
    throw billingErrors.device_not_found(`Register the device first; "${deviceId}" is not one of yours.`)
  }
  return model.registers.map((register) => register.name)
}
