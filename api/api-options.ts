/**
 * What the HTTP application needs from the rest: the parts of other faces that routes call, and its own limits.
 * `app/` passes the real ones; a test may pass anything that has these members.
 */
import type { FastifyBaseLogger } from 'fastify'
import type { Registry } from 'prom-client'

import type { Billing } from '../billing/index.ts'
import type { Clock, ErrorDeclaration, ManufacturerId, RandomBytes } from '../core/index.ts'
import type { DeviceAdministration, Metering } from '../metering/index.ts'

export type ApiMetering = Pick<
  Metering,
  | Exclude<
      keyof DeviceAdministration,
      'authenticateDevice' | 'notePresence' | 'noteFirmware' | 'recordAlarm'
    >
  | 'readUsage'
  | 'readMetrics'
  | 'listQuarantine'
  | 'findHolds'
  | 'decide'
  | 'listDecisions'
  | 'setModelVersion'
>

export type ApiBilling = Pick<
  Billing,
  | 'authenticateApiKey'
  | 'listCustomers'
  | 'listContracts'
  | 'listAssignments'
  | 'liveBill'
  | 'listInvoices'
  | 'findInvoice'
>

export type StripeWebhooks = {
  /** Takes a webhook exactly as it came; rejects with an `AppError` when the signature is not one of Stripe's. */
  receiveStripe(manufacturerId: ManufacturerId, rawBody: Buffer, signature: string): Promise<void>
}

export type Readiness = {
  readonly isReady: boolean
  /** One sentence or word per part: `{ metering: 'ok', ledger: 'disk full' }`. Public, so no secrets. */
  readonly checks: Readonly<Record<string, string>>
}

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
  /** The folder of the built pages, an absolute path; it may be filled later. No page is served if left out. */
  readonly pagesFolder?: string
}
