/**
 * The usage of a contract's devices, cut into steps: only within the contract's own assignments (I12), so that nobody sees
 * what a device did for another customer. A step that an assignment begins or ends in is cut there.
 */
import type { Static } from 'typebox'

import type { Assignment, Contract } from '../../billing/index.ts'
import { formatInstant, type Period } from '../../core/index.ts'
import type { Model, RegisterUsage, UsageQuery } from '../../metering/index.ts'
import type { ApiMetering } from '../api-options.ts'
import { apiErrors } from '../errors.ts'
import { presentInstant } from '../schema-parts.ts'
import { cutIntoSteps, type UsageStep } from '../usage/cut-into-steps.ts'
import type { ContractUsageComponent } from './contract-schemas.ts'

const MAX_PIECES = 20_000

type Asked = { readonly span: Period; readonly step: UsageStep; readonly timeZone: string }

/** @throws AppError `usage_query_invalid`, `usage_steps_too_many`, `time_zone_unknown`, `usage_not_settled` */
export async function readContractUsage(
  metering: ApiMetering,
  contract: Contract,
  assignments: readonly Assignment[],
  { span, step, timeZone }: Asked,
): Promise<Static<typeof ContractUsageComponent.schema>> {
  const tiles = cutIntoSteps(span, step, timeZone)
  const { manufacturerId } = contract
  const deviceIds = [...new Set(assignments.map(({ deviceId }) => deviceId))].sort()
  const devices = await metering.findDevices(manufacturerId, deviceIds)
  const modelIds = [...new Set(devices.map(({ modelId }) => modelId))]
  const models = await Promise.all(modelIds.map((modelId) => metering.findModel(manufacturerId, modelId)))
  const modelOf = new Map(models.flatMap((model) => (model === undefined ? [] : [[model.id, model]])))

  const queries = devices.flatMap((device): UsageQuery[] => {
    const own = assignments.filter(({ deviceId }) => deviceId === device.id)
    const parts = own.flatMap(({ from, to = Infinity }) => within(tiles, { from, to }))
    const registers = modelOf.get(device.modelId)?.registers ?? []
    return registers.flatMap(({ name }) =>
      parts.map((part) => ({ deviceId: device.id, register: name, ...part })),
    )
  })
  if (queries.length > MAX_PIECES) {
    throw apiErrors.usage_steps_too_many(
      'Ask for a shorter span or longer steps: the contract has many devices.',
    )
  }
  const usages = queries.length === 0 ? [] : await metering.readUsage(queries)
  return {
    timeZone,
    registers: presentRegisters([...modelOf.values()]),
    devices: presentDevices(usages),
    knownUntil: presentInstant(leastKnown(usages)),
  }
}

function within(tiles: readonly Period[], { from, to }: Period): readonly Period[] {
  return tiles
    .map((tile) => ({ from: Math.max(tile.from, from), to: Math.min(tile.to, to) }))
    .filter((part) => part.from < part.to)
}

function presentRegisters(models: readonly Model[]) {
  const registers = new Map(
    models.flatMap((model) => model.registers).map((register) => [register.name, register]),
  )
  return [...registers.values()].map(({ name, unit, display }) => ({
    register: name,
    unit,
    display: display === undefined ? null : { unit: display.unit, factor: display.factor.toString() },
  }))
}

function presentDevices(usages: readonly RegisterUsage[]) {
  return [...Map.groupBy(usages, ({ deviceId }) => deviceId)].map(([deviceId, ofDevice]) => ({
    deviceId,
    series: [...Map.groupBy(ofDevice, ({ register }) => register)].map(([register, steps]) => ({
      register,
      steps: steps.map(({ from, to, quantity, start, end }) => ({
        from: formatInstant(from),
        to: formatInstant(to),
        quantity: quantity.toString(),
        isEstimated: start.isEstimated || end.isEstimated,
      })),
    })),
  }))
}

function leastKnown(usages: readonly RegisterUsage[]): number | undefined {
  if (usages.length === 0) return undefined
  const known = usages.map(({ knownUntil = -Infinity }) => knownUntil)
  const least = known.reduce((left, right) => Math.min(left, right))
  return least === -Infinity ? undefined : least
}
