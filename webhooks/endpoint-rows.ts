/** Rows of endpoints as endpoints, and reading them: a manufacturer's own, never one that was removed. */
import type { Kysely, Selectable } from 'kysely'
import {
  readSortedPage,
  tenantLedger,
  versionOf,
  type LedgerTables,
  type ListSorts,
  type PageRequest,
} from '../db/index.ts'
import type { ManufacturerId, WebhookEndpointId } from '../core/index.ts'
import { webhookErrors } from './errors.ts'
import { isEventType, type EventType } from './event-types.ts'

export type WebhookEndpoint = {
  readonly id: WebhookEndpointId
  readonly url: string
  readonly description: string
  /** Undefined for every type, also those that come later. */
  readonly eventTypes: readonly EventType[] | undefined
  readonly state: 'on' | 'off'
  /** `gone`: it answered 410. `failing`: no attempt succeeded for days. */
  readonly offReason: 'by_hand' | 'gone' | 'failing' | undefined
  readonly offAt: number | undefined
  /** Of the first attempt that failed since one succeeded. */
  readonly failingSince: number | undefined
  /** Until when the secret before signs too; it is forgotten within an hour after that. */
  readonly previousSecretUntil: number | undefined
  readonly createdAt: number
}

export const endpointSorts = {
  id: 'webhook_endpoints.id',
  by: {
    id: 'webhook_endpoints.id',
    url: 'lower(webhook_endpoints.url)',
    createdAt: 'webhook_endpoints.created_at',
  },
  usual: 'createdAt',
} as const satisfies ListSorts

export type EndpointQuery = PageRequest<typeof endpointSorts> & { readonly state?: 'on' | 'off' }

type EndpointRow = Selectable<LedgerTables['webhook_endpoints']>

export async function listEndpoints(
  ledger: Kysely<LedgerTables>,
  manufacturerId: ManufacturerId,
  { state, ...page }: EndpointQuery,
) {
  const { items, nextAfter } = await readSortedPage(
    ownEndpoints(ledger, manufacturerId).$if(state !== undefined, (query) =>
      query.where('state', '=', state ?? 'on'),
    ),
    endpointSorts,
    page,
  )
  return { items: items.map(toEndpoint), nextAfter }
}

/** @throws AppError `webhook_endpoint_not_found` */
export async function getEndpoint(
  ledger: Kysely<LedgerTables>,
  manufacturerId: ManufacturerId,
  id: string,
): Promise<WebhookEndpoint> {
  const row = await ownEndpoints(ledger, manufacturerId).where('id', '=', id).executeTakeFirst()
  if (row === undefined) {
    throw webhookErrors.webhook_endpoint_not_found(
      `Use the id of one of your webhook endpoints; "${id}" is not one.`,
    )
  }
  return toEndpoint(row)
}

export function ownEndpoints(ledger: Kysely<LedgerTables>, manufacturerId: ManufacturerId) {
  return tenantLedger(ledger, manufacturerId)
    .selectFrom('webhook_endpoints')
    .selectAll('webhook_endpoints')
    .where((where) => where.or([where('off_reason', 'is', null), where('off_reason', '<>', 'removed')]))
}

export function toEndpoint(row: EndpointRow): WebhookEndpoint {
  const { off_reason: offReason } = row
  return {
    id: row.id as WebhookEndpointId,
    url: row.url,
    description: row.description,
    eventTypes: row.event_types === null ? undefined : parseTypes(row.event_types),
    state: row.state,
    offReason: offReason === null || offReason === 'removed' ? undefined : offReason,
    offAt: row.off_at ?? undefined,
    failingSince: row.failing_since_at ?? undefined,
    previousSecretUntil: row.previous_secret_until_at ?? undefined,
    createdAt: row.created_at,
  }
}

function parseTypes(text: string): readonly EventType[] {
  return (JSON.parse(text) as readonly string[]).filter(isEventType)
}

/** Of what can be changed of it. */
export function versionOfEndpoint({ url, description, eventTypes, state }: WebhookEndpoint): string {
  return versionOf({ url, description, eventTypes: eventTypes === undefined ? null : [...eventTypes], state })
}

/** As the audit trail has it: never a secret. */
export function describeEndpoint({ url, description, eventTypes, state, offReason }: WebhookEndpoint) {
  return {
    url,
    description,
    eventTypes: eventTypes === undefined ? null : [...eventTypes],
    isOn: state === 'on',
    offReason: offReason ?? null,
  }
}
