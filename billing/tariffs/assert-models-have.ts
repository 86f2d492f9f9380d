/** A price for what no model of the manufacturer meters is a mistake that shows when the tariff is published. */
import type { ManufacturerId } from '../../core/index.ts'
import type { Model } from '../../metering/index.ts'
import type { BillingContext } from '../billing-context.ts'
import { billingErrors } from '../errors.ts'
import type { TariffDocument } from '../rating/tariff-schema.ts'
import { pricedSources } from './priced-sources.ts'

const MODELS_PER_PAGE = 1_000

/**
 * Nothing is known before the first model is registered.
 * @throws AppError `tariff_register_unknown`, `tariff_event_unknown`, `tariff_event_not_billable`
 */
export async function assertModelsHave(
  metering: Pick<BillingContext['metering'], 'listModels'>,
  manufacturerId: ManufacturerId,
  document: TariffDocument,
): Promise<void> {
  const { registers, peaks, events } = pricedSources(document)
  if (registers.length + peaks.length + events.length === 0) return
  const models = await readModels(metering, manufacturerId)
  if (models.length === 0) return
  const names = new Set(models.flatMap((model) => model.registers.map(({ name }) => name)))
  const register = [...registers, ...peaks].find((name) => !names.has(name))
  if (register !== undefined) {
    throw billingErrors.tariff_register_unknown(
      `Correct "${register}" or register the model that has it first: none of your models has such a register.`,
    )
  }
  const declared = models.flatMap(({ eventTypes = [] }) => eventTypes)
  const types = new Set(declared.filter(({ isBillable = true }) => isBillable).map(({ type }) => type))
  const notBillable = declared.find(({ type }) => events.includes(type) && !types.has(type))
  if (notBillable !== undefined) {
    throw billingErrors.tariff_event_not_billable(
      `Take "${notBillable.type}" out of the tariff, or declare it billable in the model: it is an event of service or tests.`,
    )
  }
  const type = events.find((name) => !types.has(name))
  if (type !== undefined) {
    throw billingErrors.tariff_event_unknown(
      `Correct "${type}" or declare it in a model first: none of your models has such an event type.`,
    )
  }
}

async function readModels(
  metering: Pick<BillingContext['metering'], 'listModels'>,
  manufacturerId: ManufacturerId,
): Promise<readonly Model[]> {
  const models: Model[] = []
  let after: string | undefined
  do {
    const page = await metering.listModels(manufacturerId, {
      limit: MODELS_PER_PAGE,
      ...(after === undefined ? {} : { after }),
    })
    models.push(...page.items)
    after = page.nextAfter
  } while (after !== undefined)
  return models
}
