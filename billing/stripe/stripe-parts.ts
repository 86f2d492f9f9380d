/** What everything that speaks with Stripe is given. */
import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import type { Clock, InvoiceId, RandomBytes } from '../../core/index.ts'
import type { LedgerTables } from '../../db/index.ts'
import type { StripeOptions } from './stripe-client.ts'

export type StripeParts = {
  readonly ledger: Kysely<LedgerTables>
  readonly clock: Clock
  readonly randomBytes: RandomBytes
  readonly log: Logger
  readonly stripeOptions: StripeOptions
  /** 32 bytes that protect the stored Stripe keys. */
  readonly secretKey: Uint8Array
}

export type StripePusherParts = StripeParts & {
  /** Where the customer sees the whole bill. */
  readonly billUrlOf?: (invoiceId: InvoiceId) => string | undefined
}
