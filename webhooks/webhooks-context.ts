/** What every part of webhooks is given. */
import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import type { Actor, Clock, RandomBytes } from '../core/index.ts'
import type { LedgerTables } from '../db/index.ts'
import type { CheckTarget, PostWebhook } from './post-webhook.ts'

export type WebhooksContext = {
  readonly ledger: Kysely<LedgerTables>
  readonly clock: Clock
  readonly randomBytes: RandomBytes
  readonly log: Pick<Logger, 'warn'>
  /** Where people reach this server, without a slash at the end. */
  readonly publicUrl: string
  /** Signing secrets are kept under it; without it there are no endpoints. */
  readonly secretKey: Uint8Array | undefined
  readonly checkTarget: CheckTarget
  readonly post: PostWebhook
}

/** In whose name a change stands in the audit trail. */
export type ChangingContext = WebhooksContext & { readonly actor: Actor }
