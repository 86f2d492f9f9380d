/** Metering as billing asks it: what many contracts ask in one turn goes to its threads in one call. */
import { gatherCalls } from '../db/index.ts'
import type { DeviceStatus, Model, RegisterUsage, UsageQuery } from '../metering/index.ts'
import type { ManufacturerId } from '../core/index.ts'
import type { BillingOptions } from './billing-types.ts'

type Metering = BillingOptions['metering']
type OfDevices = { readonly manufacturerId: ManufacturerId; readonly deviceIds: readonly string[] }

/** Contracts whose usage is read at once: more would be a long read for metering, which gives way to others. */
const USAGES_AT_ONCE = 100
/** What metering answers for at once. */
const DEVICES_AT_ONCE = 1_000

export function gatherMetering(metering: Metering): Metering {
  return {
    ...metering,
    readUsage: (queries) => readUsages(metering, queries),
    findDevices: (manufacturerId, deviceIds) => findDevices(metering, { manufacturerId, deviceIds }),
    findModelsOf: (manufacturerId, deviceIds) => findModels(metering, { manufacturerId, deviceIds }),
  }
}

const readUsages = gatherCalls(
  async (metering: Metering, asked: readonly (readonly UsageQuery[])[]) => {
    const usages = await metering.readUsage(asked.flat())
    let end = 0
    return asked.map(({ length }): readonly RegisterUsage[] => usages.slice(end, (end += length)))
  },
  { atOnce: USAGES_AT_ONCE },
)

const findDevices = gatherCalls(async (metering: Metering, asked: readonly OfDevices[]) => {
  const found = new Map<string, DeviceStatus>()
  for (const { manufacturerId, deviceIds } of pagesOf(asked)) {
    for (const device of await metering.findDevices(manufacturerId, deviceIds)) found.set(device.id, device)
  }
  return asked.map(({ manufacturerId, deviceIds }): readonly DeviceStatus[] =>
    deviceIds.flatMap((id) => {
      const device = found.get(id)
      return device?.manufacturerId === manufacturerId ? [device] : []
    }),
  )
})

const findModels = gatherCalls(async (metering: Metering, asked: readonly OfDevices[]) => {
  const found = new Map<string, Map<string, Model>>()
  for (const { manufacturerId, deviceIds } of pagesOf(asked)) {
    const ofManufacturer = found.get(manufacturerId) ?? new Map<string, Model>()
    found.set(manufacturerId, ofManufacturer)
    for (const [id, model] of await metering.findModelsOf(manufacturerId, deviceIds)) {
      ofManufacturer.set(id, model)
    }
  }
  return asked.map(({ manufacturerId }): ReadonlyMap<string, Model> => found.get(manufacturerId) ?? new Map())
})

function pagesOf(asked: readonly OfDevices[]): readonly OfDevices[] {
  return [...Map.groupBy(asked, ({ manufacturerId }) => manufacturerId)].flatMap(
    ([manufacturerId, calls]) => {
      const ids = [...new Set(calls.flatMap(({ deviceIds }) => deviceIds))]
      const pages = Math.ceil(ids.length / DEVICES_AT_ONCE)
      return Array.from({ length: pages }, (_, page) => ({
        manufacturerId,
        deviceIds: ids.slice(page * DEVICES_AT_ONCE, (page + 1) * DEVICES_AT_ONCE),
      }))
    },
  )
}
