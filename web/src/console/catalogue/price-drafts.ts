/** The prices of a version while they are being written: texts, as they stand in the fields. */
import type { TariffItem } from '../../api/tariffs.ts'

export type PriceDraft = {
  /** The item's own id where it was published before: then the line of a bill keeps its name. */
  readonly id: string | undefined
  readonly key: number
  readonly type: 'flat' | 'per_unit'
  readonly description: string
  readonly price: string
  readonly register: string
  readonly per: string
  readonly unit: string
}

export function draftOf(item: TariffItem, key: number): PriceDraft {
  const { id, type, description, price } = item
  const use =
    item.type === 'flat'
      ? { register: '', per: '1', unit: '' }
      : { register: item.register, per: String(item.per), unit: item.unit }
  return { id, key, type, description, price, ...use }
}

/** Ids of new prices are made of their descriptions, each once. */
export function itemsOf(drafts: readonly PriceDraft[]): TariffItem[] {
  const taken = new Set(drafts.flatMap(({ id }) => (id === undefined ? [] : [id])))
  return drafts.map(({ id: given, type, description, price, register, per, unit }) => {
    const id = given ?? freeId(description, taken)
    taken.add(id)
    const shared = { id, description: description.trim(), price: price.trim() }
    if (type === 'flat') return { type, ...shared }
    return { type, ...shared, register, per: Number(per), unit: unit.trim() }
  })
}

const LONGEST_STEM = 56

function freeId(description: string, taken: ReadonlySet<string>): string {
  const plain = description
    .normalize('NFKD')
    .replaceAll(/\p{Mark}+/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, ' ')
  const stem = plain.trim().slice(0, LONGEST_STEM).trim().replaceAll(' ', '-') || 'price'
  let id = stem
  for (let number = 2; taken.has(id); number += 1) id = `${stem}-${number}`
  return id
}
