/**
 * Implicit tax rates: a line that states its tax with `tax_rate_data` gets a tax rate object, the same one for the same data, whose id is in
 * `taxes[].tax_rate_details`. Also sums the taxes of lines: exclusive ones are added to a total, inclusive ones are part of it already.
 */
import type { Stripe } from 'stripe'
import type { Operation, SandboxContext } from './operation.ts'
import { readParameters } from './parameters.ts'
import { taxRateKey } from './sandbox-state.ts'
import { resourceMissing } from './stripe-failure.ts'

export type TaxRateContent = {
  readonly display_name: string
  readonly percentage: number
  readonly inclusive: boolean
  readonly country?: string
  readonly tax_type?: string
  readonly description?: string
  readonly jurisdiction?: string
  readonly state?: string
}

export const taxRateOperations: readonly Operation[] = [
  {
    name: 'retrieve_tax_rate',
    method: 'GET',
    path: '/v1/tax_rates/{id}',
    prepare({ state }, form, id) {
      readParameters(form, {})
      return (): Stripe.TaxRate => {
        const rate = state.taxRates.get(id)
        if (rate === undefined) throw resourceMissing('tax rate', id, 'tax_rate')
        return rate
      }
    },
  },
]

export function implicitTaxRate(
  { state, newId, nowSecond }: SandboxContext,
  content: TaxRateContent,
): Stripe.TaxRate {
  const rate: Stripe.TaxRate = {
    id: newId('txr'),
    object: 'tax_rate',
    active: false,
    country: content.country ?? null,
    created: nowSecond(),
    description: content.description ?? null,
    display_name: content.display_name,
    effective_percentage: null,
    flat_amount: null,
    inclusive: content.inclusive,
    jurisdiction: content.jurisdiction ?? null,
    jurisdiction_level: null,
    livemode: false,
    metadata: {},
    percentage: content.percentage,
    rate_type: 'percentage',
    state: content.state ?? null,
    tax_type: content.tax_type ?? null,
  }
  const known = state.taxRates.get(state.taxRates.idsWhere('content', taxRateKey(rate))[0] ?? '')
  if (known !== undefined) return known
  state.taxRates.put(rate)
  return rate
}

type Taxed = { readonly amount: number; readonly taxes: readonly Stripe.InvoiceLineItem.Tax[] | null }

export type Totals = {
  readonly subtotal: number
  readonly subtotal_excluding_tax: number
  readonly total: number
  readonly total_excluding_tax: number
  readonly total_taxes: Stripe.Invoice.TotalTax[]
}

/** Taxes of one rate, behaviour and reason are added up over the lines. */
export function totalsOf(lines: readonly Taxed[]): Totals {
  const byRate = new Map<string, Stripe.Invoice.TotalTax>()
  let subtotal = 0
  let exclusive = 0
  let inclusive = 0
  for (const { amount, taxes } of lines) {
    subtotal += amount
    for (const tax of taxes ?? []) {
      if (tax.tax_behavior === 'inclusive') inclusive += tax.amount
      else exclusive += tax.amount
      const key = JSON.stringify([tax.tax_rate_details?.tax_rate, tax.tax_behavior, tax.taxability_reason])
      const before = byRate.get(key)
      byRate.set(key, {
        ...tax,
        amount: tax.amount + (before?.amount ?? 0),
        taxable_amount: (tax.taxable_amount ?? 0) + (before?.taxable_amount ?? 0),
      })
    }
  }
  return {
    subtotal,
    subtotal_excluding_tax: subtotal - inclusive,
    total: subtotal + exclusive,
    total_excluding_tax: subtotal - inclusive,
    total_taxes: [...byRate.values()],
  }
}
