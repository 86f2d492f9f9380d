/**
 * A published document as prices, as far as this page knows all that is in it. A kind of price that came later, or any member it
 * does not know, makes it undefined: then the page shows the document as it is, since a half of a tariff would mislead.
 */
import type { TariffDocument, TariffItem } from '../../api/tariffs.ts'

const roundings = ['half_even', 'half_up', 'up', 'down'] as const
const flatMembers = ['type', 'id', 'description', 'price']
const perUnitMembers = [...flatMembers, 'register', 'per', 'unit']

export function readTariffDocument(document: unknown): TariffDocument | undefined {
  if (!isObject(document) || !hasOnly(document, ['currency', 'rounding', 'items'])) return undefined
  const { currency, items } = document
  const rounding = roundings.find((known) => known === (document['rounding'] ?? 'half_even'))
  if (typeof currency !== 'string' || rounding === undefined || !Array.isArray(items)) return undefined
  const read = items.map(readItem)
  if (read.some((item) => item === undefined)) return undefined
  return { currency, rounding, items: read.filter((item) => item !== undefined) }
}

function readItem(item: unknown): TariffItem | undefined {
  if (!isObject(item)) return undefined
  const { type, id, description, price, register, per, unit } = item
  if (typeof id !== 'string' || typeof description !== 'string' || typeof price !== 'string') return undefined
  if (type === 'flat') return hasOnly(item, flatMembers) ? { type, id, description, price } : undefined
  if (type !== 'per_unit' || !hasOnly(item, perUnitMembers)) return undefined
  if (typeof register !== 'string' || typeof per !== 'number' || typeof unit !== 'string') return undefined
  return { type, id, description, price, register, per, unit }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function hasOnly(value: Readonly<Record<string, unknown>>, members: readonly string[]): boolean {
  return Object.keys(value).every((name) => members.includes(name))
}
