/** All endpoints, and which of them a request is for. */
import { accountOperations } from './accounts.ts'
import { balanceTransactionOperations } from './balance-transactions.ts'
import { checkoutSessionOperations } from './checkout-sessions.ts'
import { creditNoteOperations } from './credit-notes.ts'
import { customerOperations } from './customers.ts'
import { disputeOperations } from './disputes.ts'
import { eventOperations } from './events.ts'
import { invoiceActions } from './invoice-actions.ts'
import { invoiceOperations } from './invoices.ts'
import { meterEventOperations } from './meter-events.ts'
import { meterOperations } from './meters.ts'
import type { Operation } from './operation.ts'
import { paymentMethodOperations } from './payment-methods.ts'
import { paymentRecordOperations } from './payment-records.ts'
import { paymentOperations } from './payments.ts'
import { portalSessionOperations } from './portal-sessions.ts'
import { productOperations } from './products.ts'
import { refundOperations } from './refunds.ts'
import { searchOperations } from './search.ts'
import { setupIntentOperations } from './setup-intents.ts'
import { StripeFailure } from './stripe-failure.ts'
import { taxIdOperations } from './tax-ids.ts'
import { taxRateOperations } from './tax-rates.ts'
import { webhookEndpointOperations } from './webhook-endpoints.ts'

const operations: readonly Operation[] = [
  ...accountOperations,
  ...customerOperations,
  ...taxIdOperations,
  ...taxRateOperations,
  ...productOperations,
  ...balanceTransactionOperations,
  ...invoiceOperations,
  ...invoiceActions,
  ...creditNoteOperations,
  ...paymentMethodOperations,
  ...paymentOperations,
  ...paymentRecordOperations,
  ...refundOperations,
  ...disputeOperations,
  ...setupIntentOperations,
  ...checkoutSessionOperations,
  ...portalSessionOperations,
  ...meterOperations,
  ...meterEventOperations,
  ...searchOperations,
  ...webhookEndpointOperations,
  ...eventOperations,
]

type Route = { readonly operation: Operation; readonly wanted: readonly string[]; readonly idCount: number }

/** By method and number of segments; paths with fewer `{id}` come first, so that `/invoices/search` is no id. */
const routes = new Map<string, Route[]>()
for (const operation of operations) {
  const wanted = operation.path.split('/')
  const kind = `${operation.method} ${wanted.length}`
  const route = { operation, wanted, idCount: wanted.filter((part) => part === '{id}').length }
  routes.set(
    kind,
    [...(routes.get(kind) ?? []), route].sort((left, right) => left.idCount - right.idCount),
  )
}

type FoundOperation = { readonly operation: Operation; readonly id: string; readonly subId: string }

export function findOperation(method: string, path: string): FoundOperation | undefined {
  const parts = path.split('/')
  for (const { operation, wanted } of routes.get(`${method} ${parts.length}`) ?? []) {
    if (!wanted.every((part, at) => part === '{id}' || part === parts[at])) continue
    const ids = parts.filter((_part, at) => wanted[at] === '{id}')
    return { operation, id: ids[0] ?? '', subId: ids[1] ?? '' }
  }
}

/** @throws StripeFailure 404 */
export function getOperation(method: string, path: string): FoundOperation {
  const found = findOperation(method, path)
  if (found !== undefined) return found
  throw new StripeFailure(404, {
    type: 'invalid_request_error',
    message: `Unrecognized request URL (${method}: ${path}). This stand-in knows only a part of Stripe's API.`,
  })
}
