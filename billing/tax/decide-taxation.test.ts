import { describe, expect, it } from 'vitest'
import { decideTaxation } from './decide-taxation.ts'
import { someFacts } from './tax-rows.ts'
import type { TaxFacts } from './tax-types.ts'

describe('decideTaxation', () => {
  it.each<[string, Partial<TaxFacts>, string, string]>([
    ['a customer in the country of the seller', {}, 'DE', 'rates'],
    ['a business in the country of the seller', { taxId: 'DE811128135' }, 'DE', 'rates'],
    ['a part of the seller’s country', { sellerPlace: 'US', customerPlace: 'US-CA' }, 'US-CA', 'rates'],
    ['a customer without an address', { customerPlace: undefined, taxId: 'ATU12345678' }, 'DE', 'rates'],
    ['a consumer in another country', { customerPlace: 'AT' }, 'DE', 'rates'],
    [
      'a business in another country of the EU',
      { customerPlace: 'AT', taxId: 'ATU12345678' },
      'AT',
      'reverse_charge',
    ],
    [
      'a VAT number as people write it',
      { customerPlace: 'AT', taxId: 'at u123 456.78' },
      'AT',
      'reverse_charge',
    ],
    ['a Greek VAT number', { customerPlace: 'GR', taxId: 'EL094014201' }, 'GR', 'reverse_charge'],
    [
      'a VAT number of a third country of the EU',
      { customerPlace: 'AT', taxId: 'FR40303265045' },
      'AT',
      'reverse_charge',
    ],
    ['a business outside the EU', { customerPlace: 'CH', taxId: 'CHE-116.281.710 MWST' }, 'CH', 'rates'],
    [
      'a seller outside the EU',
      { sellerPlace: 'CH', customerPlace: 'AT', taxId: 'ATU12345678' },
      'AT',
      'rates',
    ],
    [
      'a decision that the ordinary rates apply',
      { customerPlace: 'AT', taxId: 'ATU12345678', treatment: { status: 'standard' } },
      'AT',
      'rates',
    ],
    [
      'a decision for reverse charge within the country',
      { taxId: 'DE811128135', treatment: { status: 'reverse_charge' } },
      'DE',
      'reverse_charge',
    ],
    ['a decision for an exemption', { treatment: { status: 'exempt', reason: 'NATO' } }, 'DE', 'exempt'],
  ])('takes %s', (_what, over, place, kind) => {
    const taxation = decideTaxation(someFacts(over))
    expect([taxation.place, taxation.treatment.kind]).toEqual([place, kind])
  })

  it('keeps the reason of an exemption', () => {
    const facts = someFacts({ treatment: { status: 'exempt', reason: 'NATO' } })
    expect(decideTaxation(facts).treatment).toEqual({ kind: 'exempt', reason: 'NATO' })
  })

  it.each<[string, Partial<TaxFacts>, string]>([
    ['without a seller', { sellerPlace: undefined }, 'tax_place_missing'],
    ['by a tax id that is no VAT number', { customerPlace: 'AT', taxId: '12 345' }, 'tax_treatment_unclear'],
    [
      'by a VAT number of the seller’s country',
      { customerPlace: 'AT', taxId: 'DE811128135' },
      'tax_treatment_unclear',
    ],
    [
      'by a VAT number of outside the EU',
      { customerPlace: 'AT', taxId: 'CHE116281710' },
      'tax_treatment_unclear',
    ],
    [
      'to a customer who is to owe the tax without an id',
      { treatment: { status: 'reverse_charge' } },
      'tax_treatment_unclear',
    ],
  ])('decides nothing %s', (_what, over, code) => {
    expect(() => decideTaxation(someFacts(over))).toThrow(expect.objectContaining({ code }))
  })
})
