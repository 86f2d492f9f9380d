/**
 * The only reader of tariff documents: untrusted JSON in, a `TariffDocument` or a list of mistakes out.
 *
 * A price is a decimal string, because a JSON number has already been a binary float by the time it is read. Items do
 * not overlap: each has its own id, and a register has one price. Currency has no default (I8); rounding has (half to
 * even), and the result spells it out, so that equal tariffs have equal hashes.
 */
import {
  AppError,
  getCurrency,
  isRegisterName,
  Rational,
  type CurrencyCode,
  type RoundingMode,
} from '../../core/index.ts'
import { ratingErrors } from './errors.ts'
import { JsonCheck } from './json-check.ts'
import type { TariffDocument, TariffItem } from './rating-types.ts'

const MAX_ITEMS = 100
const itemIdPattern = /^[a-z0-9][a-z0-9_-]{0,63}$/

/** @throws AppError `tariff_invalid` with one issue per mistake */
export function parseTariffDocument(json: unknown): TariffDocument {
  const check = new JsonCheck()
  const document = readTariffDocument(check, json ?? null, '')
  refuseIssues(check)
  return document
}

/** Reads a document inside a larger one; mistakes go to `check`. */
export function readTariffDocument(check: JsonCheck, json: unknown, pointer: string): TariffDocument {
  const members = check.object(json, pointer, ['currency', 'items'], ['rounding'])
  const document = {
    currency: readCurrency(check, members['currency'], `${pointer}/currency`),
    rounding: readRounding(check, members['rounding'], `${pointer}/rounding`),
    items: check.list(members['items'], `${pointer}/items`, (item, at) => readItem(check, item, at)),
  }
  const count = document.items.length
  if (Array.isArray(members['items']) && (count === 0 || count > MAX_ITEMS)) {
    check.refuse(`${pointer}/items`, `Write 1 to ${MAX_ITEMS} items.`)
  }
  refuseOverlaps(check, document.items, `${pointer}/items`)
  return document
}

/** @throws AppError `tariff_invalid` when there are issues */
export function refuseIssues(check: JsonCheck): void {
  const summary = check.summary()
  if (summary === undefined) return
  throw ratingErrors.tariff_invalid(`Correct the tariff document. ${summary}`, { issues: check.issues })
}

function readCurrency(check: JsonCheck, json: unknown, pointer: string): CurrencyCode {
  if (json === undefined) return '' as CurrencyCode
  try {
    return getCurrency(json).code
  } catch (error) {
    check.refuse(pointer, sentenceOf(error))
    return '' as CurrencyCode
  }
}

function readRounding(check: JsonCheck, json: unknown, pointer: string): RoundingMode {
  return check.oneOf(json, pointer, ['half_even', 'half_up', 'up', 'down'])
}

function readItem(check: JsonCheck, json: unknown, pointer: string): TariffItem {
  const isPerUnit = typeof json === 'object' && json !== null && 'type' in json && json.type === 'per_unit'
  const own = isPerUnit ? ['register', 'per', 'unit'] : []
  const members = check.object(json, pointer, ['type', 'id', 'description', 'price', ...own])
  check.oneOf(members['type'], `${pointer}/type`, ['flat', 'per_unit'])
  const shared = {
    id: readItemId(check, members['id'], `${pointer}/id`),
    description: check.text(members['description'], `${pointer}/description`),
    price: readPrice(check, members['price'], `${pointer}/price`),
  }
  if (!isPerUnit) return { type: 'flat', ...shared }
  return {
    type: 'per_unit',
    ...shared,
    register: readRegister(check, members['register'], `${pointer}/register`),
    per: check.count(members['per'], `${pointer}/per`, 1),
    unit: check.text(members['unit'], `${pointer}/unit`),
  }
}

function readItemId(check: JsonCheck, json: unknown, pointer: string): string {
  if (typeof json === 'string' && itemIdPattern.test(json)) return json
  if (json !== undefined) check.refuse(pointer, 'Write an id of lower-case letters, digits, "_" and "-".')
  return ''
}

function readRegister(check: JsonCheck, json: unknown, pointer: string): string {
  if (typeof json === 'string' && isRegisterName(json)) return json
  if (json !== undefined) check.refuse(pointer, 'Write the name of a register such as "run_s".')
  return ''
}

function readPrice(check: JsonCheck, json: unknown, pointer: string): string {
  if (json === undefined) return ''
  try {
    if (Rational.parseDecimal(json).compare(Rational.zero) < 0) {
      check.refuse(pointer, 'Write a price that is not negative.')
    }
  } catch (error) {
    check.refuse(pointer, sentenceOf(error))
  }
  return typeof json === 'string' ? json : ''
}

function refuseOverlaps(check: JsonCheck, items: readonly TariffItem[], pointer: string): void {
  const ids = new Set<string>()
  const registers = new Set<string>()
  for (const [index, item] of items.entries()) {
    if (item.id !== '' && ids.has(item.id)) {
      check.refuse(`${pointer}/${index}/id`, `Give each item its own id; "${item.id}" is used twice.`)
    }
    ids.add(item.id)
    if (item.type !== 'per_unit') continue
    if (item.register !== '' && registers.has(item.register)) {
      check.refuse(
        `${pointer}/${index}/register`,
        `Remove the overlapping items: "${item.register}" has two prices.`,
      )
    }
    registers.add(item.register)
  }
}

function sentenceOf(error: unknown): string {
  if (error instanceof AppError) return error.message
  throw error
}
