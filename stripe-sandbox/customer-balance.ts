/**
 * The balance of a customer, kept for each currency: below zero is what the customer is owed, above zero what is added to the next invoice.
 * Every change is a transaction that names its reason. `customer.balance` shows the currency that the customer had first; by currency Stripe turns
 * the sign: `invoice_credit_balance` is above zero for what the customer is owed.
 */
import type { SandboxContext } from './operation.ts'
import type { StoredBalanceTransaction, StoredCustomer } from './sandbox-state.ts'

export type BalanceChange = {
  readonly currency: string
  readonly amount: number
  readonly type: StoredBalanceTransaction['type']
  readonly description?: string
  readonly invoice?: string
  readonly creditNote?: string
  readonly metadata?: Record<string, string>
}

export function balanceOf({ balances }: StoredCustomer, currency: string): number {
  return balances[currency] ?? 0
}

export function creditBalanceOf({ balances }: StoredCustomer): Record<string, number> {
  return Object.fromEntries(Object.entries(balances).map(([currency, balance]) => [currency, 0 - balance]))
}

export function changeBalance(
  { state, newId, nowSecond }: SandboxContext,
  stored: StoredCustomer,
  change: BalanceChange,
): StoredBalanceTransaction {
  const ending = balanceOf(stored, change.currency) + change.amount
  const balances = { ...stored.balances, [change.currency]: ending }
  const currency = stored.customer.currency ?? change.currency
  state.customers.put({
    ...stored,
    balances,
    customer: {
      ...stored.customer,
      currency,
      balance: balances[currency] ?? 0,
    },
  })
  const transaction: StoredBalanceTransaction = {
    id: newId('cbtxn'),
    object: 'customer_balance_transaction',
    amount: change.amount,
    checkout_session: null,
    created: nowSecond(),
    credit_note: change.creditNote ?? null,
    currency: change.currency,
    customer: stored.customer.id,
    customer_account: null,
    description: change.description ?? null,
    ending_balance: ending,
    invoice: change.invoice ?? null,
    livemode: false,
    metadata: change.metadata ?? {},
    type: change.type,
  }
  state.balanceTransactions.put(transaction)
  return transaction
}
