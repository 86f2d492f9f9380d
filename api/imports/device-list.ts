/** A list of devices: each line is the body of `POST /v1/devices`. */
import type { ManufacturerId } from '../../core/index.ts'
import type { ChangingVerbs, RegisterDeviceInput } from '../../metering/index.ts'
import { RegisterDeviceBody } from '../devices/device-schemas.ts'
import { readRegistration } from '../devices/registration-body.ts'
import { rememberByKeys } from './earlier-lines.ts'
import type { ListColumns } from './list-columns.ts'
import { formOf, type ListKind, type TakenOutcome } from './take-list.ts'

export const deviceColumns: ListColumns = {
  cells: {
    id: 'text',
    modelId: 'text',
    serial: 'text',
    commissionedAt: 'text',
    site: 'text',
    tags: 'texts',
  },
  needed: ['id', 'modelId', 'commissionedAt'],
  registersIn: 'baseValues',
}

const readForm = formOf(RegisterDeviceBody)

export function deviceList(
  metering: Pick<ChangingVerbs, 'registerDevices'>,
  manufacturerId: ManufacturerId,
): ListKind<RegisterDeviceInput> {
  return {
    read: (document) => readRegistration(manufacturerId, readForm(document)),
    idOf: ({ id }) => id,
    async take(inputs, isDryRun) {
      const outcomes = await metering.registerDevices(inputs, { isDryRun })
      return outcomes.map((each): TakenOutcome => {
        if (each.outcome === 'created') {
          return { outcome: 'created', id: each.device.id, secret: each.secret }
        }
        return each.outcome === 'unchanged' ? { outcome: 'unchanged', id: each.device.id } : each
      })
    },
    earlier: rememberByKeys(({ id, serial }) => [
      `id ${id}`,
      ...(serial === undefined ? [] : [`serial ${serial}`]),
    ]),
  }
}
