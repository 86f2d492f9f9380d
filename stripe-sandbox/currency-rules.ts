/**
 * Which amounts Stripe takes in a currency, all in minor units: the least amount that can be charged, and the currencies whose last digits must
 * be zero. Written from https://docs.stripe.com/currencies; `docs/stripe-assumptions.md` says what could not be checked.
 */
import { invalidRequest } from './stripe-failure.ts'

const minimumCharges: ReadonlyMap<string, number> = new Map(
  Object.entries({
    aed: 200,
    aud: 50,
    brl: 50,
    cad: 50,
    chf: 50,
    czk: 1_500,
    dkk: 250,
    eur: 50,
    gbp: 30,
    hkd: 400,
    huf: 17_500,
    inr: 50,
    jpy: 50,
    mxn: 1_000,
    myr: 200,
    nok: 300,
    nzd: 50,
    pln: 200,
    ron: 200,
    sek: 300,
    sgd: 50,
    thb: 1_000,
    usd: 50,
  }),
)

/** Three decimals whose last must be zero, and currencies without decimals that are written with two. */
const multiples: ReadonlyMap<string, number> = new Map([
  ...['bhd', 'jod', 'kwd', 'omr', 'tnd'].map((code): [string, number] => [code, 10]),
  ['isk', 100],
  ['ugx', 100],
])

/** 1 where no minimum is known. */
export function minimumChargeOf(currency: string): number {
  return minimumCharges.get(currency) ?? 1
}

/** @throws StripeFailure 400 `invalid_charge_amount` for an amount that cannot be paid in the currency. */
export function assertPayableAmount(amount: number, currency: string, param: string): void {
  const multiple = multiples.get(currency) ?? 1
  if (amount % multiple === 0) return
  throw invalidRequest(
    `Amounts in ${currency} must be multiples of ${multiple}: ${amount}`,
    'invalid_charge_amount',
    param,
  )
}
