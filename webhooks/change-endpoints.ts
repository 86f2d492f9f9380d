/**
 * What people do with endpoints: add, change, switch off and on, remove, make a new secret, ask for a test. Each change is in the
 * audit trail, without secrets. An address is checked before it is stored, and again with each delivery.
 *
 * Switching off ends what waits as failed; switching on sends nothing by itself: whoever wants what was missed asks for it again.
 */
import type { Transaction } from 'kysely'
import { recordChange } from '../audit/index.ts'
import {
  assertVersion,
  formatInstant,
  generateId,
  HOUR_MS,
  type ExpectedVersions,
  type InputIssue,
  type ManufacturerId,
} from '../core/index.ts'
import { tenantLedger, type LedgerTables } from '../db/index.ts'
import { failWaiting } from './deliveries.ts'
import {
  describeEndpoint,
  getEndpoint,
  ownEndpoints,
  toEndpoint,
  versionOfEndpoint,
  type WebhookEndpoint,
} from './endpoint-rows.ts'
import { webhookErrors } from './errors.ts'
import { eventTypes as allTypes, type EventType } from './event-types.ts'
import { noteTest } from './note-events.ts'
import { getSecretKey, makeSecret } from './signing-secrets.ts'
import type { ChangingContext } from './webhooks-context.ts'

const MAX_ENDPOINTS = 20
export const MAX_DESCRIPTION = 200
export const USUAL_OVERLAP_HOURS = 24
export const MAX_OVERLAP_HOURS = 168

export type EndpointInput = {
  readonly url: string
  readonly description: string
  /** Undefined for every type. */
  readonly eventTypes: readonly EventType[] | undefined
}

/** Absent members stay as they are. */
export type EndpointPatch = {
  readonly url?: string
  readonly description?: string
  /** Null for every type. */
  readonly eventTypes?: readonly EventType[] | null
  readonly state?: 'on' | 'off'
}

/** The secret is told this once. */
export type EndpointWithSecret = { readonly endpoint: WebhookEndpoint; readonly secret: string }

export type EndpointChanges = {
  /** @throws AppError `webhooks_not_configured`, `webhook_url_refused`, `webhook_input_invalid`, `webhook_endpoints_too_many` */
  addEndpoint(manufacturerId: ManufacturerId, input: EndpointInput): Promise<EndpointWithSecret>
  /** @throws AppError `webhook_endpoint_not_found`, `webhook_url_refused`, `webhook_input_invalid`, `etag_stale` */
  changeEndpoint(
    manufacturerId: ManufacturerId,
    id: string,
    patch: EndpointPatch,
    expected: ExpectedVersions,
  ): Promise<WebhookEndpoint>
  /** @throws AppError `webhook_endpoint_not_found` */
  removeEndpoint(manufacturerId: ManufacturerId, id: string): Promise<void>
  /**
   * The secret before signs too for so many hours, 24 if left out. While one does, it is not cut short by another: only 0 hours are taken.
   * @throws AppError `webhook_endpoint_not_found`, `webhook_input_invalid`, `webhooks_not_configured`, `webhook_secret_overlaps`
   */
  replaceSecret(
    manufacturerId: ManufacturerId,
    id: string,
    overlapHours?: number,
  ): Promise<EndpointWithSecret>
  /** Returns the event's id. @throws AppError `webhook_endpoint_not_found`, `webhook_endpoint_off` */
  testEndpoint(manufacturerId: ManufacturerId, id: string): Promise<string>
}

export function endpointChanges(context: ChangingContext): EndpointChanges {
  const { ledger, clock, randomBytes, checkTarget, actor } = context

  async function record(
    transaction: Transaction<LedgerTables>,
    manufacturerId: ManufacturerId,
    id: string,
    what: string,
    documents: { readonly before?: object; readonly after?: object } = {},
  ): Promise<void> {
    const subject = { kind: 'webhook_endpoint', id }
    const change = { manufacturerId, actor, action: `webhook_endpoint.${what}`, subject }
    await recordChange(transaction, { ...change, ...documents, at: clock.now() })
  }

  return {
    async addEndpoint(manufacturerId, { url, description, eventTypes }) {
      const secretKey = getSecretKey(context.secretKey)
      refuseInput([...issuesOfDescription(description), ...issuesOfTypes(eventTypes)])
      await checkTarget(url)
      const id = generateId('webhook_endpoint', randomBytes)
      const { secret, sealed } = makeSecret(id, secretKey, randomBytes)
      return await ledger.transaction().execute(async (transaction) => {
        const existing = await ownEndpoints(transaction, manufacturerId).execute()
        if (existing.length >= MAX_ENDPOINTS) {
          throw webhookErrors.webhook_endpoints_too_many(
            `Remove an endpoint first: there are ${MAX_ENDPOINTS}, which is the most.`,
          )
        }
        const row = await tenantLedger(transaction, manufacturerId)
          .insertInto('webhook_endpoints')
          .values({
            id,
            manufacturer_id: manufacturerId,
            url,
            description,
            event_types: toText(eventTypes),
            off_reason: null,
            off_at: null,
            secret_encrypted: sealed,
            previous_secret_encrypted: null,
            previous_secret_until_at: null,
            failing_since_at: null,
            created_at: clock.now(),
          })
          .returningAll()
          .executeTakeFirstOrThrow()
        const endpoint = toEndpoint(row)
        await record(transaction, manufacturerId, id, 'created', { after: describeEndpoint(endpoint) })
        return { endpoint, secret }
      })
    },

    async changeEndpoint(manufacturerId, id, patch, expected) {
      refuseInput([
        ...issuesOfDescription(patch.description ?? ''),
        ...issuesOfTypes(patch.eventTypes ?? undefined),
      ])
      if (patch.url !== undefined) await checkTarget(patch.url)
      return await ledger.transaction().execute(async (transaction) => {
        const before = await getEndpoint(transaction, manufacturerId, id)
        assertVersion(versionOfEndpoint(before), expected)
        const now = clock.now()
        const { url = before.url, description = before.description, state = before.state } = patch
        const eventTypes =
          patch.eventTypes === undefined ? before.eventTypes : (patch.eventTypes ?? undefined)
        const after = { ...before, url, description, state, eventTypes }
        if (versionOfEndpoint(after) === versionOfEndpoint(before)) return before
        const row = await tenantLedger(transaction, manufacturerId)
          .updateTable('webhook_endpoints')
          .set({
            url,
            description,
            event_types: toText(eventTypes),
            ...(state !== before.state && stateColumns(state, now)),
            ...((state !== before.state || url !== before.url) && { failing_since_at: null }),
          })
          .where('id', '=', id)
          .returningAll()
          .executeTakeFirstOrThrow()
        if (state === 'off' && before.state === 'on') await failWaiting(transaction, id, now)
        const endpoint = toEndpoint(row)
        const documents = { before: describeEndpoint(before), after: describeEndpoint(endpoint) }
        await record(transaction, manufacturerId, id, 'changed', documents)
        return endpoint
      })
    },

    async removeEndpoint(manufacturerId, id) {
      await ledger.transaction().execute(async (transaction) => {
        const before = await getEndpoint(transaction, manufacturerId, id)
        const now = clock.now()
        await tenantLedger(transaction, manufacturerId)
          .updateTable('webhook_endpoints')
          .set({
            state: 'off',
            off_reason: 'removed',
            off_at: now,
            secret_encrypted: new Uint8Array(),
            previous_secret_encrypted: null,
            previous_secret_until_at: null,
          })
          .where('id', '=', id)
          .execute()
        await failWaiting(transaction, id, now)
        await record(transaction, manufacturerId, id, 'removed', { before: describeEndpoint(before) })
      })
    },

    async replaceSecret(manufacturerId, id, overlapHours = USUAL_OVERLAP_HOURS) {
      const secretKey = getSecretKey(context.secretKey)
      refuseInput(issuesOfOverlap(overlapHours))
      const { secret, sealed } = makeSecret(id, secretKey, randomBytes)
      return await ledger.transaction().execute(async (transaction) => {
        const before = await getEndpoint(transaction, manufacturerId, id)
        const now = clock.now()
        if (overlapHours > 0) assertNoOverlap(before, now)
        const until = now + overlapHours * HOUR_MS
        const own = tenantLedger(transaction, manufacturerId)
        const { secret_encrypted: previous } = await own
          .selectFrom('webhook_endpoints')
          .select('secret_encrypted')
          .where('id', '=', id)
          .executeTakeFirstOrThrow()
        const row = await own
          .updateTable('webhook_endpoints')
          .set({
            secret_encrypted: sealed,
            previous_secret_encrypted: overlapHours === 0 ? null : previous,
            previous_secret_until_at: overlapHours === 0 ? null : until,
          })
          .where('id', '=', id)
          .returningAll()
          .executeTakeFirstOrThrow()
        const after = { previousSecretUntil: formatInstant(until) }
        await record(transaction, manufacturerId, id, 'secret_replaced', { after })
        return { endpoint: toEndpoint(row), secret }
      })
    },

    async testEndpoint(manufacturerId, id) {
      return await ledger.transaction().execute(async (transaction) => {
        const endpoint = await getEndpoint(transaction, manufacturerId, id)
        assertOn(endpoint)
        const eventId = await noteTest(transaction, randomBytes, { id, manufacturerId }, clock.now())
        await record(transaction, manufacturerId, id, 'tested')
        return eventId
      })
    },
  }
}

/** @throws AppError `webhook_endpoint_off` */
export function assertOn({ state }: WebhookEndpoint): void {
  if (state === 'on') return
  throw webhookErrors.webhook_endpoint_off('Switch the endpoint on first: nothing is sent to it now.')
}

/** @throws AppError `webhook_secret_overlaps` */
function assertNoOverlap({ previousSecretUntil: until }: WebhookEndpoint, now: number): void {
  if (until === undefined || until <= now) return
  throw webhookErrors.webhook_secret_overlaps(
    `Wait until ${formatInstant(until)}: until then the secret before the present one signs too. If a secret has leaked, take an overlap of 0 hours: both stop at once.`,
  )
}

function stateColumns(state: 'on' | 'off', now: number) {
  return state === 'on'
    ? { state, off_reason: null, off_at: null }
    : { state, off_reason: 'by_hand' as const, off_at: now }
}

function toText(types: readonly EventType[] | undefined): string | null {
  return types === undefined ? null : JSON.stringify(types)
}

function issuesOfDescription(description: string): readonly InputIssue[] {
  const isRight = description.trim() === description && description.length <= MAX_DESCRIPTION
  const detail = `Write at most ${MAX_DESCRIPTION} characters without spaces at the ends.`
  return isRight ? [] : [{ pointer: '/description', detail }]
}

function issuesOfTypes(types: readonly EventType[] = allTypes): readonly InputIssue[] {
  const isRight =
    types.length > 0 && new Set(types).size === types.length && types.every((type) => allTypes.includes(type))
  const detail = `Choose one or more of ${allTypes.join(', ')}, each once; leave it out for all.`
  return isRight ? [] : [{ pointer: '/eventTypes', detail }]
}

function issuesOfOverlap(hours: number): readonly InputIssue[] {
  const isRight = Number.isInteger(hours) && hours >= 0 && hours <= MAX_OVERLAP_HOURS
  const detail = `Let the secret before sign for 0 to ${MAX_OVERLAP_HOURS} hours.`
  return isRight ? [] : [{ pointer: '/overlapHours', detail }]
}

/** @throws AppError `webhook_input_invalid` when there are issues */
function refuseInput(issues: readonly InputIssue[]): void {
  const [first] = issues
  if (first === undefined) return
  throw webhookErrors.webhook_input_invalid(`Correct ${first.pointer}: ${first.detail}`, { issues })
}
