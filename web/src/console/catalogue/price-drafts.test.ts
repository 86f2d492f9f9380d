import { describe, expect, it } from 'vitest'

import type { TariffItem } from '../../api/tariffs.ts'
import { draftOf, itemsOf } from './price-drafts.ts'

const items: readonly TariffItem[] = [
  { type: 'flat', id: 'base', description: 'Base fee', price: '4.90' },
  {
    type: 'per_unit',
    id: 'run',
    description: 'Run time',
    price: '0.125',
    register: 'run_s',
    per: 60,
    unit: 'min',
  },
]
const draft = { id: undefined, key: 9, type: 'flat', price: '1', register: '', per: '1', unit: '' } as const

describe('itemsOf', () => {
  it('gives back what was published, ids and decimals included', () => {
    expect(itemsOf(items.map(draftOf))).toEqual(items)
  })

  it.each([
    ['Base fee', 'base-fee'],
    ['  Energie für Prüfstand Ä ', 'energie-fur-prufstand-a'],
    ['Base', 'base-2'],
    ['電力', 'price'],
    ['', 'price'],
  ])('names a new price "%s" %s, which no other has', (description, id) => {
    const drafts = [...items.map(draftOf), { ...draft, description }]
    expect(itemsOf(drafts).map((item) => item.id)).toEqual(['base', 'run', id])
  })

  it('keeps two new prices of one description apart', () => {
    const drafts = [
      { ...draft, description: 'Fee' },
      { ...draft, description: 'Fee' },
    ]
    expect(itemsOf(drafts).map(({ id }) => id)).toEqual(['fee', 'fee-2'])
  })
})
