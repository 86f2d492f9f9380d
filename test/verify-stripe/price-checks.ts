/** Lines with a price, which nothing here sends: amounts are sent because of what these rows leave open. */
import { Stripe } from 'stripe'
import {
  aDraft,
  customerOf,
  hold,
  holdEqual,
  holdRefused,
  type Line,
  type StripeCheck,
} from './check-world.ts'

const product = { name: 'Check' }
const priced = (unitAmount: string, quantity: string, currency = 'eur'): Line => ({
  price_data: { currency, product_data: product, unit_amount_decimal: Stripe.Decimal.from(unitAmount) },
  quantity_decimal: Stripe.Decimal.from(quantity),
})

export const priceChecks: readonly StripeCheck[] = [
  {
    numbers: [116],
    name: 'a price times a quantity is rounded once, a half away from zero',
    async run(world) {
      const draft = await aDraft(world, [
        priced('0.05', '30'),
        priced('0.5', '1'),
        priced('0.499999999999', '1'),
        priced('1.005', '100'),
      ])
      holdEqual(
        draft.lines.data
          .map(({ amount, description }) => `${description} ${amount}`)
          .toSorted((one, other) => one.localeCompare(other)),
        ['Check 0', 'Check 1', 'Check 101', 'Check 2'],
        'The amounts',
      )
      hold(draft.total === 104, `The total is ${draft.total}.`)
    },
  },
  {
    numbers: [117],
    name: 'prices and quantities have twelve decimals',
    async run(world) {
      await aDraft(world, [priced('0.123456789012', '0.000000000001')])
      await holdRefused('Thirteen of the price', aDraft(world, [priced('0.1234567890123', '1')]))
      await holdRefused('Thirteen of the quantity', aDraft(world, [priced('1', '0.0000000000001')]))
    },
  },
  {
    numbers: [118],
    name: 'a price in another currency than its invoice is refused, and one beside an amount',
    async run(world) {
      await holdRefused('Dollars in euros', aDraft(world, [priced('5', '1', 'usd')]))
      await holdRefused('Price and amount', aDraft(world, [{ ...priced('5', '1'), amount: 5 }]))
      await holdRefused('An amount and a quantity', aDraft(world, [{ amount: 5, quantity: 2 }]))
      const both = { ...priced('5', '1'), quantity: 1 }
      await holdRefused('Two quantities', aDraft(world, [both]))
    },
  },
  {
    numbers: [120],
    name: 'an invoice without a currency is in its customer’s, the one that came first',
    async run(world) {
      const first = await aDraft(world, [{ amount: 1_000 }], { currency: 'usd' })
      const customer = customerOf(first)
      await aDraft(world, [{ amount: 1_000 }], { customer, currency: 'eur' })
      const { currency } = await world.stripe.invoices.create({ customer, auto_advance: false })
      hold(currency === 'usd', `It is in ${currency}.`)
    },
  },
]
