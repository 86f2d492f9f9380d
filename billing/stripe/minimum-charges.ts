/**
 * What Stripe cannot charge: an amount below a minimum that depends on the currency. An invoice below it becomes paid there without money, so
 * billing carries such a bill instead. The amounts are to be those of https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts
 * (docs/stripe-assumptions.md says what was compared); a currency that is not here has no minimum that is known. Stripe compares in the currency that it pays
 * out in, which only it knows: after an exchange a minimum may still be missed, and shows as a failed push.
 */
import type { Kysely } from 'kysely'
import { getCurrency, type CurrencyCode, type ManufacturerId } from '../../core/index.ts'
import { gatherCalls, type LedgerTables } from '../../db/index.ts'

/** In minor units. */
const minimumCharges: ReadonlyMap<CurrencyCode, bigint> = new Map(
  Object.entries({
    AED: 200n,
    AUD: 50n,
    BRL: 50n,
    CAD: 50n,
    CHF: 50n,
    CZK: 1_500n,
    DKK: 250n,
    EUR: 50n,
    GBP: 30n,
    HKD: 400n,
    HUF: 17_500n,
    INR: 50n,
    JPY: 50n,
    MXN: 1_000n,
    MYR: 200n,
    NOK: 300n,
    NZD: 50n,
    PLN: 200n,
    RON: 200n,
    SEK: 300n,
    SGD: 50n,
    THB: 1_000n,
    USD: 50n,
  }).map(([code, minor]) => [getCurrency(code).code, minor]),
)

/** In minor units; zero where no minimum is known. */
export function minimumChargeOf(currency: CurrencyCode): bigint {
  return minimumCharges.get(currency) ?? 0n
}

/** Zero for a manufacturer that has no account at Stripe here. */
export async function readMinimumCharge(
  ledger: Kysely<LedgerTables>,
  manufacturerId: ManufacturerId,
  currency: CurrencyCode,
): Promise<bigint> {
  const minimum = minimumChargeOf(currency)
  return minimum > 0n && (await hasAccount(ledger, manufacturerId)) ? minimum : 0n
}

const hasAccount = gatherCalls(
  async (ledger: Kysely<LedgerTables>, manufacturerIds: readonly ManufacturerId[]) => {
    const rows = await ledger
      .selectFrom('manufacturers')
      .select('id')
      .where('id', 'in', [...new Set(manufacturerIds)])
      .where('stripe_key_encrypted', 'is not', null)
      .execute()
    const having = new Set(rows.map(({ id }) => id))
    return manufacturerIds.map((id) => having.has(id))
  },
)
