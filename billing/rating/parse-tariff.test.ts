import { describe, expect, it } from 'vitest'
import { AppError } from '../../core/index.ts'
import { parseTariffDocument } from './parse-tariff.ts'

const flat = { type: 'flat', id: 'base', description: 'Base fee', price: '4.90' }
const perUnit = {
  type: 'per_unit',
  id: 'run',
  description: 'Run time',
  register: 'run_s',
  price: '0.12',
  per: 60,
  unit: 'min',
}
const unpriced = { type: 'flat', id: 'base', description: 'Base fee' }
const document = { currency: 'EUR', items: [flat, perUnit] }

function pointersOf(json: unknown): string[] {
  try {
    parseTariffDocument(json)
  } catch (error) {
    if (error instanceof AppError && error.code === 'tariff_invalid') {
      return error.issues.map((issue) => issue.pointer)
    }
    throw error
  }
  return []
}

describe('parseTariffDocument', () => {
  it('takes a flat and a per-unit item and spells out the rounding', () => {
    expect(parseTariffDocument(document)).toEqual({
      currency: 'EUR',
      rounding: 'half_even',
      items: [flat, perUnit],
    })
  })

  it.each([
    ['without currency', { items: [flat] }, ['/currency']],
    ['with a currency that is not supported', { ...document, currency: 'XXX' }, ['/currency']],
    ['with a currency in small letters', { ...document, currency: 'eur' }, ['/currency']],
    ['with a float price', { ...document, items: [{ ...flat, price: 4.9 }] }, ['/items/0/price']],
    ['with a whole number as price', { ...document, items: [{ ...flat, price: 5 }] }, ['/items/0/price']],
    [
      'with a price in exponent form',
      { ...document, items: [{ ...flat, price: '1e2' }] },
      ['/items/0/price'],
    ],
    ['with a negative price', { ...document, items: [{ ...flat, price: '-1' }] }, ['/items/0/price']],
    ['with 13 decimals', { ...document, items: [{ ...flat, price: '0.0000000000001' }] }, ['/items/0/price']],
    ['without price', { ...document, items: [unpriced] }, ['/items/0/price']],
    [
      'with overlapping items',
      { ...document, items: [perUnit, { ...perUnit, id: 'again' }] },
      ['/items/1/register'],
    ],
    ['with an item id twice', { ...document, items: [flat, { ...perUnit, id: 'base' }] }, ['/items/1/id']],
    ['with an unknown member', { ...document, curency: 'EUR' }, ['/curency']],
    ['with an unknown member of an item', { ...document, items: [{ ...flat, per: 1 }] }, ['/items/0/per']],
    ['with an odd member name', { ...document, 'a/b~c': 1 }, ['/a~1b~0c']],
    ['with an unknown type', { ...document, items: [{ ...flat, type: 'tiered' }] }, ['/items/0/type']],
    ['with an unknown rounding', { ...document, rounding: 'nearest' }, ['/rounding']],
    ['with per zero', { ...document, items: [{ ...perUnit, per: 0 }] }, ['/items/0/per']],
    ['with a fraction as per', { ...document, items: [{ ...perUnit, per: 0.5 }] }, ['/items/0/per']],
    [
      'with no register name',
      { ...document, items: [{ ...perUnit, register: 'Run time' }] },
      ['/items/0/register'],
    ],
    ['without items', { currency: 'EUR' }, ['/items']],
    ['with an empty list of items', { currency: 'EUR', items: [] }, ['/items']],
    ['that is a list', [], ['']],
    ['that is null', null, ['']],
    ['that is missing', undefined, ['']],
    ['with a null item', { currency: 'EUR', items: [null] }, ['/items/0']],
  ])('refuses a tariff %s', (_name, json, pointers) => {
    expect(pointersOf(json)).toEqual(pointers)
  })

  it('reports every mistake at once', () => {
    const items = [
      { ...flat, price: 4.9, colour: 'red' },
      { ...perUnit, unit: '' },
    ]
    expect(pointersOf({ items, extra: true })).toEqual([
      '/currency',
      '/extra',
      '/items/0/colour',
      '/items/0/price',
      '/items/1/unit',
    ])
  })

  it('says in the detail what to do first', () => {
    expect(() => parseTariffDocument({ ...document, items: [{ ...flat, price: 4.9 }] })).toThrow(
      'Correct the tariff document. At /items/0/price: Write the amount in major units as a decimal string such as "19.50".',
    )
  })
})
