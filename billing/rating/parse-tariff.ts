/**
 * The only reader of tariff documents: untrusted JSON in, a `TariffDocument` or a list of mistakes out, all of them at once.
 *
 * The form comes from `tariff-schema.ts`, what a form cannot say from `tariff-rules.ts`. Currency has no default (I8); rounding
 * has (half to even), and the result spells it out, so that equal tariffs have equal hashes.
 */
import { Type, type TSchema } from 'typebox'
import { getCurrency, type RoundingMode } from '../../core/index.ts'
import { ratingErrors } from './errors.ts'
import { JsonCheck } from './json-check.ts'
import { checkForm } from './schema-check.ts'
import { checkRules, sentenceOf } from './tariff-rules.ts'
import {
  documentMembers,
  itemSchemas,
  MAX_ITEMS,
  type ItemType,
  type TariffDocument,
} from './tariff-schema.ts'

const Around = Type.Object(
  { ...documentMembers, items: Type.Unknown() },
  { additionalProperties: false, description: 'a JSON object here' },
)
const itemTypes = Object.keys(itemSchemas) as ItemType[]

/** @throws AppError `tariff_invalid` with one issue per mistake */
export function parseTariffDocument(json: unknown): TariffDocument {
  const check = new JsonCheck()
  const document = readTariffDocument(check, json ?? null, '')
  refuseIssues(check)
  return document
}

/** Reads a document inside a larger one; mistakes go to `check`. */
export function readTariffDocument(check: JsonCheck, json: unknown, pointer: string): TariffDocument {
  const document: TariffDocument = { ...(json as TariffDocument), rounding: roundingOf(json) }
  const known = check.issues.length
  checkForm(check, Around, json, pointer)
  if (isObject(json)) {
    readCurrency(check, json['currency'], `${pointer}/currency`)
    readItems(check, json['items'], `${pointer}/items`)
  }
  if (check.issues.length === known) checkRules(check, document, pointer)
  return document
}

/** @throws AppError `tariff_invalid` when there are issues */
export function refuseIssues(check: JsonCheck): void {
  const summary = check.summary()
  if (summary === undefined) return
  throw ratingErrors.tariff_invalid(`Correct the tariff document. ${summary}`, { issues: check.issues })
}

function roundingOf(json: unknown): RoundingMode {
  return isObject(json) && json['rounding'] !== undefined ? (json['rounding'] as RoundingMode) : 'half_even'
}

function readCurrency(check: JsonCheck, json: unknown, pointer: string): void {
  if (json === undefined || check.issues.some((issue) => issue.pointer === pointer)) return
  try {
    getCurrency(json)
  } catch (error) {
    check.refuse(pointer, sentenceOf(error))
  }
}

function readItems(check: JsonCheck, json: unknown, pointer: string): void {
  const items = check.list(json, pointer, (item) => item)
  if (Array.isArray(json) && (items.length === 0 || items.length > MAX_ITEMS)) {
    check.refuse(pointer, `Write 1 to ${MAX_ITEMS} items.`)
  }
  for (const [index, item] of items.entries()) readItem(check, item, `${pointer}/${index}`)
}

function readItem(check: JsonCheck, json: unknown, pointer: string): void {
  if (!isObject(json)) {
    check.refuse(pointer, 'Write a JSON object here.')
    return
  }
  const type = itemTypes.find((known) => known === json['type'])
  if (type === undefined) {
    const choices = itemTypes.map((known) => `"${known}"`).join(', ')
    check.refuse(`${pointer}/type`, `Write one of ${choices}.`)
    return
  }
  const variants: readonly TSchema[] = itemSchemas[type]
  const ofEvent = variants[1] !== undefined && Object.hasOwn(json, 'event')
  checkForm(check, variants[ofEvent ? 1 : 0] ?? Type.Never(), json, pointer)
}

function isObject(json: unknown): json is Readonly<Record<string, unknown>> {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}
