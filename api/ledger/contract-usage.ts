/**
 * The usage of a contract's devices, cut into steps: only within the contract's own assignments (I12), so that nobody sees
 * what a device did for another customer. A step that an assignment begins or ends in is cut there.
 */
import type { Static } from 'typebox'

import type { Assignment, Contract } from '../../billing/index.ts'
import { formatInstant, type Period } from '../../core/index.ts'
import type { Model, UsageSteps } from '../../metering/index.ts'
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
  const deviceIds = [...new Set(assignments.map(({ deviceId }) => deviceId))].sort()
  const models = await metering.findModelsOf(contract.manufacturerId, deviceIds)

  const pieces = deviceIds.flatMap((deviceId) => {
    const parts = assignments
      .filter((assignment) => assignment.deviceId === deviceId)
      .map(({ from, to = Infinity }) => within(tiles, { from, to }))
      .filter((part) => part.length > 0)
    const registers = models.get(deviceId)?.registers ?? []
    return registers.flatMap(({ name: register }) => parts.map((steps) => ({ deviceId, register, steps })))
  })
  if (pieces.reduce((count, { steps }) => count + steps.length, 0) > MAX_PIECES) {
    throw apiErrors.usage_steps_too_many(
      'Ask for a shorter span or longer steps: the contract has many devices.',
    )
  }
  const queries = pieces.map(({ deviceId, register, steps }) => ({
    deviceId,
    register,
    borders: [...steps.map(({ from }) => from), ...steps.slice(-1).map(({ to }) => to)],
  }))
  const usages = queries.length === 0 ? [] : await metering.readSteps(queries)
  const instants = new InstantTexts()
  const parts = usages.map((usage, index) => ({
    ...usage,
    steps: presentSteps(pieces[index]?.steps ?? [], usage, instants),
  }))
  return {
    timeZone,
    registers: presentRegisters(new Set(models.values())),
    devices: presentDevices(parts),
    knownUntil: presentInstant(leastKnown(usages)),
  }
}

/** The steps, cut where the assignment begins or ends: each begins where the one before ended. */
function within(tiles: readonly Period[], { from, to }: Period): readonly Period[] {
  return tiles
    .map((tile) => ({ from: Math.max(tile.from, from), to: Math.min(tile.to, to) }))
    .filter((part) => part.from < part.to)
}

function presentRegisters(models: ReadonlySet<Model>) {
  const registers = new Map(
    [...models].flatMap((model) => model.registers).map((register) => [register.name, register]),
  )
  return [...registers.values()].map(({ name, unit, display }) => ({
    register: name,
    unit,
    display: display === undefined ? null : { unit: display.unit, factor: display.factor.toString() },
  }))
}

/** Every device of the contract has the same borders, so each is written out once. */
class InstantTexts {
  readonly #texts = new Map<number, string>()

  of(at: number): string {
    const text = this.#texts.get(at) ?? formatInstant(at)
    this.#texts.set(at, text)
    return text
  }
}

function presentSteps(steps: readonly Period[], { values, isEstimated }: UsageSteps, instants: InstantTexts) {
  return steps.map(({ from, to }, index) => ({
    from: instants.of(from),
    to: instants.of(to),
    quantity: ((values[index + 1] ?? 0n) - (values[index] ?? 0n)).toString(),
    isEstimated: isEstimated[index] === 1 || isEstimated[index + 1] === 1,
  }))
}

function presentDevices(
  parts: readonly (UsageSteps & { readonly steps: ReturnType<typeof presentSteps> })[],
) {
  return [...Map.groupBy(parts, ({ deviceId }) => deviceId)].map(([deviceId, ofDevice]) => ({
    deviceId,
    series: [...Map.groupBy(ofDevice, ({ register }) => register)].map(([register, ofRegister]) => ({
      register,
      steps: ofRegister.flatMap(({ steps }) => steps),
    })),
  }))
}

function leastKnown(usages: readonly UsageSteps[]): number | undefined {
  if (usages.length === 0) return undefined
  const known = usages.map(({ knownUntil = -Infinity }) => knownUntil)
  const least = known.reduce((left, right) => Math.min(left, right))
  return least === -Infinity ? undefined : least
}
