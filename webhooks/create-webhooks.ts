/** Builds webhooks on an open ledger with its schema in place. `close` breaks off what is being sent; nothing else needs closing. */
import type { Kysely } from 'kysely'
import type { Actor, Clock, ManufacturerId, RandomBytes } from '../core/index.ts'
import type { LedgerTables } from '../db/index.ts'
import { endpointChanges, type EndpointChanges } from './change-endpoints.ts'
import { cleanUp } from './clean-up.ts'
import { createSender, type Sender } from './create-sender.ts'
import { getEndpoint, listEndpoints, type EndpointQuery } from './endpoint-rows.ts'
import { followMetering, type MeteringNews } from './follow-metering.ts'
import { invoiceEvents, type InvoiceEvents } from './note-invoices.ts'
import { createPostWebhook, type PostOptions, type PostWebhook } from './post-webhook.ts'
import {
  getWebhookEvent,
  listDeliveries,
  listWebhookEvents,
  type DeliveryQuery,
  type WebhookEventQuery,
} from './read-deliveries.ts'
import { replays, type Replays } from './replay.ts'
import type { WebhooksContext } from './webhooks-context.ts'

export type WebhooksOptions = PostOptions & {
  readonly ledger: Kysely<LedgerTables>
  readonly clock: Clock
  readonly randomBytes: RandomBytes
  /** Where people reach this server, without a slash at the end. */
  readonly publicUrl: string
  readonly secretKey: Uint8Array | undefined
  /** For tests. */
  readonly post?: PostWebhook
}

export type WebhookChanges = EndpointChanges & Replays

/** The face of webhooks. Nothing is changed but through `by(actor)`; events are noted in the transaction of what they tell. */
export type Webhooks = InvoiceEvents &
  Sender & {
    by(actor: Actor): WebhookChanges
    listEndpoints(manufacturerId: ManufacturerId, query: EndpointQuery): ReturnType<typeof listEndpoints>
    /** @throws AppError `webhook_endpoint_not_found` */
    getEndpoint(manufacturerId: ManufacturerId, id: string): ReturnType<typeof getEndpoint>
    listEvents(manufacturerId: ManufacturerId, query: WebhookEventQuery): ReturnType<typeof listWebhookEvents>
    /** @throws AppError `webhook_event_not_found` */
    getEvent(manufacturerId: ManufacturerId, id: string): ReturnType<typeof getWebhookEvent>
    /** @throws AppError `webhook_endpoint_not_found` */
    listDeliveries(
      manufacturerId: ManufacturerId,
      endpointId: string,
      query: DeliveryQuery,
    ): ReturnType<typeof listDeliveries>
    /** Brings news of metering here as events; returns how many. */
    followMetering(news: MeteringNews): Promise<number>
    /** Returns how many events it forgot. */
    cleanUp(): Promise<number>
  }

export function createWebhooks(options: WebhooksOptions): Webhooks {
  const { ledger, clock } = options
  const context: WebhooksContext = { ...createPostWebhook(options), ...options }
  return {
    ...invoiceEvents(context),
    ...createSender(context),
    by(actor) {
      const changing = { ...context, actor }
      return { ...endpointChanges(changing), ...replays(changing) }
    },
    listEndpoints: (manufacturerId, query) => listEndpoints(ledger, manufacturerId, query),
    getEndpoint: (manufacturerId, id) => getEndpoint(ledger, manufacturerId, id),
    listEvents: (manufacturerId, query) => listWebhookEvents(ledger, manufacturerId, query),
    getEvent: (manufacturerId, id) => getWebhookEvent(ledger, manufacturerId, id),
    listDeliveries: (manufacturerId, endpointId, query) =>
      listDeliveries(ledger, manufacturerId, endpointId, query),
    followMetering: (news) => followMetering(context, news),
    cleanUp: () => cleanUp(ledger, clock.now()),
  }
}
