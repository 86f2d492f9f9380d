/**
 * Lines that have a price instead of an amount. What such a line costs is its quantity times the unit amount, exact, and rounded once to whole
 * minor units, a half away from zero. Nobody sees a price but on its line: prices have no endpoint here.
 */
import { Stripe } from 'stripe'
import { Rational } from '../core/index.ts'
import type { SandboxContext } from './operation.ts'
import {
  currency,
  decimal,
  idText,
  integer,
  metadata,
  object,
  text,
  type MetadataPatch,
} from './parameters.ts'
import { getProduct, newProduct } from './products.ts'
import { invalidRequest } from './stripe-failure.ts'

export const priceReaders = {
  price_data: object(
    {
      currency,
      product: idText,
      product_data: object({ name: text(250), description: text(500), metadata, unit_label: text(12) }, [
        'name',
      ]),
      unit_amount: integer,
      unit_amount_decimal: decimal,
    },
    ['currency'],
  ),
  quantity: integer,
  quantity_decimal: decimal,
}

type GivenLine = {
  readonly amount?: number
  readonly price_data?: {
    readonly currency: string
    readonly product?: string
    readonly product_data?: {
      readonly name: string
      readonly description?: string
      readonly metadata?: MetadataPatch
      readonly unit_label?: string
    }
    readonly unit_amount?: number
    readonly unit_amount_decimal?: Rational
  }
  readonly quantity?: number
  readonly quantity_decimal?: Rational
}

export type LinePrice = {
  readonly currency: string
  readonly product: string | NonNullable<NonNullable<GivenLine['price_data']>['product_data']>
  readonly unitAmount: Rational
  readonly quantity: Rational
}

/** @throws StripeFailure 400 unless there is an amount, or a whole price. */
export function readLinePrice(line: GivenLine, param: string): { amount: number; price?: LinePrice } {
  const { amount, price_data: given, quantity, quantity_decimal } = line
  const dataParam = `${param}[price_data]`
  assertOne({ amount, price_data: given }, param)
  if (given === undefined) {
    if (quantity !== undefined || quantity_decimal !== undefined) {
      throw invalidRequest(
        'A line with an amount has no quantity.',
        'parameters_exclusive',
        `${param}[quantity]`,
      )
    }
    return { amount: amount ?? 0 }
  }
  const { product, product_data, unit_amount, unit_amount_decimal } = given
  assertOne({ product, product_data }, dataParam)
  const price = {
    currency: given.currency,
    product: product ?? product_data ?? '',
    unitAmount: unitAmountOf({ unit_amount, unit_amount_decimal }, dataParam),
    quantity: quantityOf(line, param),
  }
  for (const [name, factor] of [
    [`${dataParam}[unit_amount]`, price.unitAmount],
    [`${param}[quantity]`, price.quantity],
  ] as const) {
    if (factor.compare(Rational.zero) < 0) {
      throw invalidRequest(`Invalid non-negative number: ${name}`, 'parameter_invalid', name)
    }
  }
  return { amount: amountOf(price.unitAmount, price.quantity, param), price }
}

/** Exactly one of the two, in minor units. */
export function unitAmountOf(
  given: { readonly unit_amount: number | undefined; readonly unit_amount_decimal: Rational | undefined },
  param: string,
): Rational {
  assertOne(given, param)
  return given.unit_amount_decimal ?? wholeNumber(given.unit_amount ?? 0)
}

/** @throws StripeFailure 400 when the amount is larger than a JSON number carries exactly. */
export function amountOf(unitAmount: Rational, quantity: Rational, param: string): number {
  const amount = Number(unitAmount.times(quantity).round('half_up'))
  if (!Number.isSafeInteger(amount)) {
    throw invalidRequest('The amount of the line is too large.', 'amount_too_large', param)
  }
  return amount
}

export function wholeNumber(number: number): Rational {
  return Rational.of(BigInt(number))
}

/** @throws StripeFailure 400 when the price is in another currency than the invoice, or of a product that does not exist. */
export function assertPrice(
  context: SandboxContext,
  price: LinePrice,
  currency: string,
  param: string,
): void {
  if (price.currency !== currency) {
    throw invalidRequest(
      `The price is in ${price.currency}, but the invoice is in ${currency}.`,
      'parameter_invalid',
      `${param}[currency]`,
    )
  }
  if (typeof price.product === 'string') getProduct(context, price.product, 400)
}

/** What a line shows of its price; its product comes into being if it was described. */
export function showPrice(
  context: SandboxContext,
  { product: given, unitAmount, quantity }: LinePrice,
): Pick<Stripe.InvoiceLineItem, 'description' | 'pricing' | 'quantity' | 'quantity_decimal'> {
  const product = typeof given === 'string' ? getProduct(context, given, 400) : newProduct(context, given)
  return {
    description: product.name,
    pricing: {
      type: 'price_details',
      price_details: { price: context.newId('price'), product: product.id },
      unit_amount_decimal: toDecimal(unitAmount),
    },
    quantity: Number(quantity.round('down')),
    quantity_decimal: toDecimal(quantity),
  }
}

export function toDecimal(number: Rational): Stripe.Decimal {
  return Stripe.Decimal.from(number.toString())
}

function quantityOf({ quantity, quantity_decimal }: GivenLine, param: string): Rational {
  if (quantity === undefined && quantity_decimal === undefined) return wholeNumber(1)
  assertOne({ quantity, quantity_decimal }, param)
  return quantity_decimal ?? wholeNumber(quantity ?? 0)
}

function assertOne(given: Readonly<Record<string, unknown>>, param: string): void {
  const names = Object.keys(given)
  const count = names.filter((name) => given[name] !== undefined).length
  if (count === 1) return
  throw invalidRequest(
    `Give either ${names.join(' or ')} of ${param}.`,
    count === 0 ? 'parameter_missing' : 'parameters_exclusive',
    `${param}[${names[0]}]`,
  )
}
