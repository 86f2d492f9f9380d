/**
 * What the HTTP application needs from the rest: the parts of other faces that routes call, and its own limits.
 * `app/` passes the real ones; a test may pass anything that has these members.
 */
import type { FastifyBaseLogger } from 'fastify'
import type { Registry } from 'prom-client'

import type { Billing } from '../billing/index.ts'
import type { Clock, ErrorDeclaration, ManufacturerId, RandomBytes } from '../core/index.ts'
import type { IdempotencyKeys } from './idempotency/idempotency-keys.ts'
import type { Access } from '../people/index.ts'
import type { DeviceAdministration, Metering } from '../metering/index.ts'

export type ApiMetering = Pick<
  Metering,
  | Exclude<
      keyof DeviceAdministration,
      'authenticateDevice' | 'notePresence' | 'noteFirmware' | 'recordAlarm'
    >
  | 'readUsage'
  | 'readSessions'
  | 'listReadings'
  | 'readMetrics'
  | 'listQuarantine'
  | 'findHolds'
  | 'decide'
  | 'listDecisions'
  | 'setModelVersion'
>

export type ApiBilling = Pick<
  Billing,
  | 'by'
  | 'authenticateApiKey'
  | 'findCustomer'
  | 'listCustomers'
  | 'countCustomers'
  | 'listTariffs'
  | 'findTariff'
  | 'listTariffVersions'
  | 'findContract'
  | 'listContracts'
  | 'listAssignments'
  | 'listAssignedDevices'
  | 'listHolders'
  | 'liveBill'
  | 'draftBill'
  | 'forecastBilling'
  | 'listInvoices'
  | 'findInvoice'
>

/** Who a key speaks for. Undefined for an unknown or revoked key. */
export type ApiPeople = { authenticateApiKey(key: string): Promise<Access | undefined> }

export type StripeWebhooks = {
  /** Takes a webhook exactly as it came; rejects with an `AppError` when the signature is not one of Stripe's. */
  receiveStripe(manufacturerId: ManufacturerId, rawBody: Buffer, signature: string): Promise<void>
}

export type Readiness = {
  readonly isReady: boolean
  /** One sentence or word per part: `{ metering: 'ok', ledger: 'disk full' }`. Public, so no secrets. */
  readonly checks: Readonly<Record<string, string>>
}

/** A file of a page and the path it is served at. */
export type PageFile = { readonly path: string; readonly contentType: string; readonly file: URL }

export type ApiLimits = {
  readonly bodyBytes: number
  /** How long a request may take to arrive, in milliseconds. */
  readonly requestTimeoutMs: number
  /** How long an answer may take, in milliseconds. */
  readonly answerTimeoutMs: number
  readonly requestsPerMinutePerManufacturer: number
  /** For requests without a valid API key, and for the public pages. */
  readonly requestsPerMinutePerAddress: number
  readonly webhooksPerMinutePerAddress: number
}

export const defaultApiLimits: ApiLimits = {
  bodyBytes: 1_048_576,
  requestTimeoutMs: 30_000,
  answerTimeoutMs: 30_000,
  requestsPerMinutePerManufacturer: 6_000,
  requestsPerMinutePerAddress: 120,
  webhooksPerMinutePerAddress: 6_000,
}

export type ApiOptions = {
  readonly metering: ApiMetering
  readonly billing: ApiBilling
  /** Billing's keys, each a whole manufacturer's, if left out. */
  readonly people?: ApiPeople
  /** Takes a listener that is told of devices whose readings or presence were just committed. */
  readonly onCommitted?: (listener: (deviceIds: readonly string[]) => void) => void
  readonly idempotencyKeys: IdempotencyKeys
  readonly webhooks: StripeWebhooks
  readonly readiness: () => Readiness
  readonly registry: Registry
  /** The declarations of every folder, so that each code's page resolves: `[billingErrors.declarations, …]`. */
  readonly errorCatalogues: readonly Readonly<Record<string, ErrorDeclaration>>[]
  readonly clock: Clock
  readonly randomBytes: RandomBytes
  readonly log: FastifyBaseLogger
  /** Where people reach this server, without a slash at the end: "https://usance.example". */
  readonly publicUrl: string
  readonly limits: ApiLimits
  /** What browsers show; the first is where to begin. No page is served if left out. */
  readonly pages?: readonly PageFile[]
}
