/** The tax of a bill as the API shows it: one group for each rate, with the sentences that explain it in each language. */
import { Type, type Static } from 'typebox'

import type { Invoice, LiveBill, TaxGroup } from '../../billing/index.ts'
import { moneyOf, moneyToDecimal, type CurrencyCode } from '../../core/index.ts'
import { closedObject, component, nullable } from '../schema-parts.ts'
import { AmountMajor, AmountMinor } from './line-schemas.ts'

const InEachLanguage = closedObject({ en: Type.String(), de: Type.String() })

export const TaxGroupComponent = component('TaxGroup', {
  code: Type.Enum(['S', 'Z', 'E', 'AE', 'O', 'G'], { description: 'The category code of EN 16931' }),
  percent: Type.String({ description: 'An exact decimal: "19", "8.1"' }),
  net: AmountMajor,
  netMinor: AmountMinor,
  tax: AmountMajor,
  taxMinor: AmountMinor,
  notes: Type.Array(InEachLanguage, { description: 'What the law wants an invoice to say about it' }),
  sentence: { ...InEachLanguage, description: 'How the tax was computed' },
})

const Prices = Type.Enum(['net', 'gross'], {
  description: 'Whether the amounts of the lines are before tax (net) or hold it (gross)',
})
const TotalWithTax = { description: 'With tax: what is to be paid' }
const Taxes = Type.Array(TaxGroupComponent.ref, { description: 'One for each rate' })

export const taxedMembers = {
  prices: Prices,
  taxes: Taxes,
  net: AmountMajor,
  netMinor: AmountMinor,
  tax: AmountMajor,
  taxMinor: AmountMinor,
  total: { ...AmountMajor, ...TotalWithTax },
  totalMinor: { ...AmountMinor, ...TotalWithTax },
}

export const liveTaxMembers = {
  linesTotal: { ...AmountMajor, description: 'The sum of the lines: not yet what is to be paid' },
  linesTotalMinor: AmountMinor,
  prices: nullable(Prices),
  taxes: Taxes,
  net: nullable(AmountMajor),
  netMinor: nullable(AmountMinor),
  tax: nullable(AmountMajor),
  taxMinor: nullable(AmountMinor),
  total: nullable({ ...AmountMajor, description: 'With tax; null while the tax is not known' }),
  totalMinor: nullable(AmountMinor),
  taxProblem: nullable(
    closedObject(
      {
        code: Type.String({ description: 'Has a page under /problems' }),
        detail: Type.String({ description: 'What to do' }),
      },
      { description: 'Why the tax is not known: it would hold the invoice' },
    ),
  ),
}

type Taxed = Pick<Invoice, 'prices' | 'taxes' | 'netMinor' | 'taxMinor' | 'totalMinor'>

export function presentTaxed(
  { prices, taxes, netMinor, taxMinor, totalMinor }: Taxed,
  currency: CurrencyCode,
) {
  const major = (minor: bigint) => moneyToDecimal(moneyOf(minor, currency))
  return {
    prices,
    taxes: taxes.map(presentTaxGroup),
    net: major(netMinor),
    netMinor: netMinor.toString(),
    tax: major(taxMinor),
    taxMinor: taxMinor.toString(),
    total: major(totalMinor),
    totalMinor: totalMinor.toString(),
  }
}

export function presentLiveTax({ tax, linesMinor, currency }: LiveBill) {
  const sum = {
    linesTotal: moneyToDecimal(moneyOf(linesMinor, currency)),
    linesTotalMinor: linesMinor.toString(),
  }
  return 'problem' in tax
    ? { ...sum, ...withoutTax, taxProblem: tax.problem }
    : { ...sum, ...presentTaxed(tax, currency), taxProblem: null }
}

const withoutTax = {
  prices: null,
  taxes: [],
  net: null,
  netMinor: null,
  tax: null,
  taxMinor: null,
  total: null,
  totalMinor: null,
}

function presentTaxGroup(group: TaxGroup): Static<typeof TaxGroupComponent.schema> {
  const { code, percent, netMinor, taxMinor, currency, notes, sentences } = group
  return {
    code,
    percent,
    net: moneyToDecimal(moneyOf(netMinor, currency)),
    netMinor: netMinor.toString(),
    tax: moneyToDecimal(moneyOf(taxMinor, currency)),
    taxMinor: taxMinor.toString(),
    notes: notes.map(({ en, de }) => ({ en, de })),
    sentence: { ...sentences },
  }
}
