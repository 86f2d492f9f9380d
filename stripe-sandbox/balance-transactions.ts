/** The endpoints of a customer's balance: adjustments by hand, and everything that has changed it. */
import type { Stripe } from 'stripe'
import { changeBalance } from './customer-balance.ts'
import { getCustomer, getLivingCustomer } from './customer-store.ts'
import { fits, listOperation } from './list-operation.ts'
import type { Operation } from './operation.ts'
import {
  currency,
  idText,
  integer,
  metadata,
  patchMetadata,
  readParameters,
  text,
  type ReadersOf,
} from './parameters.ts'
import { resourceMissing } from './stripe-failure.ts'

export const balanceTransactionOperations: readonly Operation[] = [
  {
    name: 'create_balance_transaction',
    method: 'POST',
    path: '/v1/customers/{id}/balance_transactions',
    prepare(context, form, id) {
      const given = readParameters(
        form,
        {
          amount: integer,
          currency,
          description: text(350),
          metadata,
        } satisfies ReadersOf<Stripe.CustomerCreateBalanceTransactionParams>,
        ['amount', 'currency'],
      )
      return (): Stripe.CustomerBalanceTransaction =>
        changeBalance(context, getLivingCustomer(context.state, id, 'customer', 404), {
          currency: given.currency,
          amount: given.amount,
          type: 'adjustment',
          metadata: patchMetadata(null, given.metadata),
          ...(given.description === undefined ? {} : { description: given.description }),
        })
    },
  },
  listOperation({
    name: 'list_balance_transactions',
    path: '/v1/customers/{id}/balance_transactions',
    readers: { invoice: idText } satisfies ReadersOf<Stripe.CustomerListBalanceTransactionsParams>,
    collection: (state) => state.balanceTransactions,
    check: (_given, { state }, id) => void getCustomer(state, id, 'customer', 404),
    scope: (_given, id) => ({ index: 'customer', indexValue: id }),
    isWanted: (transaction, { invoice }) => fits<unknown>(invoice, transaction.invoice),
    show: (transaction): Stripe.CustomerBalanceTransaction => transaction,
  }),
  {
    name: 'retrieve_balance_transaction',
    method: 'GET',
    path: '/v1/customers/{id}/balance_transactions/{id}',
    prepare({ state }, form, id, transactionId) {
      readParameters(form, {})
      return (): Stripe.CustomerBalanceTransaction => {
        const found = state.balanceTransactions.get(transactionId)
        if (found?.customer !== id) {
          throw resourceMissing('customer_balance_transaction', transactionId, 'id')
        }
        return found
      }
    },
  },
]
