/** The endpoints of a customer's balance: adjustments by hand, and everything that has changed it. */
import { changeBalance } from './customer-balance.ts'
import { getCustomer, getLivingCustomer } from './customer-store.ts'
import type { Operation } from './operation.ts'
import { pageOfCollection, pageReaders } from './pagination.ts'
import { currency, idText, integer, metadata, patchMetadata, readParameters, text } from './parameters.ts'
import { resourceMissing } from './stripe-failure.ts'

export const balanceTransactionOperations: readonly Operation[] = [
  {
    name: 'create_balance_transaction',
    method: 'POST',
    path: '/v1/customers/{id}/balance_transactions',
    prepare(context, form, id) {
      const given = readParameters(form, { amount: integer, currency, description: text(350), metadata }, [
        'amount',
        'currency',
      ])
      return () =>
        changeBalance(context, getLivingCustomer(context.state, id, 'customer', 404), {
          currency: given.currency,
          amount: given.amount,
          type: 'adjustment',
          metadata: patchMetadata(null, given.metadata),
          ...(given.description === undefined ? {} : { description: given.description }),
        })
    },
  },
  {
    name: 'list_balance_transactions',
    method: 'GET',
    path: '/v1/customers/{id}/balance_transactions',
    prepare({ state }, form, id) {
      const { invoice, ...page } = readParameters(form, { invoice: idText, ...pageReaders })
      return () => {
        getCustomer(state, id, 'customer', 404)
        return pageOfCollection(
          state.balanceTransactions,
          {
            scope: { index: 'customer', indexValue: id },
            filter: (transaction) => invoice === undefined || transaction.invoice === invoice,
            show: (transaction) => transaction,
          },
          page,
          `/v1/customers/${id}/balance_transactions`,
        )
      }
    },
  },
  {
    name: 'retrieve_balance_transaction',
    method: 'GET',
    path: '/v1/customers/{id}/balance_transactions/{id}',
    prepare({ state }, form, id, transactionId) {
      readParameters(form, {})
      return () => {
        const found = state.balanceTransactions.get(transactionId)
        if (found?.customer !== id) {
          throw resourceMissing('customer_balance_transaction', transactionId, 'id')
        }
        return found
      }
    },
  },
]
