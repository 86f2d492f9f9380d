/** Webhooks as the server runs them: built from the configuration, and told what lies in metering's database. */
import type { Kysely } from 'kysely'
import { SILENT_AFTER_MS } from '../api/index.ts'
import type { LedgerTables } from '../db/index.ts'
import type { Metering } from '../metering/index.ts'
import { createWebhooks, type MeteringNews, type Webhooks, type WebhooksOptions } from '../webhooks/index.ts'
import type { Config } from './config.ts'

export function createServerWebhooks(
  { secretKey, allowPrivateWebhooks }: Config,
  ledger: Kysely<LedgerTables>,
  parts: Pick<WebhooksOptions, 'clock' | 'randomBytes' | 'log' | 'publicUrl'>,
): Webhooks {
  return createWebhooks({
    ...parts,
    ledger,
    secretKey: secretKey === undefined ? undefined : Buffer.from(secretKey, 'base64'),
    allowsPrivate: allowPrivateWebhooks,
  })
}

export function meteringNews(
  metering: Pick<Metering, 'feed' | 'listDevices'>,
  reachableSince: number,
): MeteringNews {
  return {
    readOpenedHolds: (afterId, limit) => metering.feed.readOpenedHolds(afterId, limit),
    async listSilentDevices(manufacturerId, { silentSince, after, limit }) {
      const filter = { state: 'silent', silentSince } as const
      const page = { filter, order: '-lastSeenAt' as const, limit, ...(after !== undefined && { after }) }
      return await metering.listDevices(manufacturerId, page)
    },
    silentAfterMs: SILENT_AFTER_MS,
    reachableSince,
  }
}
