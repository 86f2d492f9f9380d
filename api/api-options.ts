/**
 * What the HTTP application needs from the rest: the parts of other faces that routes call, and its own limits.
 * `app/` passes the real ones; a test may pass anything that has these members.
 */
import type { FastifyBaseLogger } from 'fastify'
import type { Registry } from 'prom-client'

import type { EntryPage, EntryQuery } from '../audit/index.ts'
import type { AccountDesk, Billing, PaymentDesk, PushDesk } from '../billing/index.ts'
import type { Clock, ErrorDeclaration, ManufacturerId, RandomBytes } from '../core/index.ts'
import type { Mail, MailBody, MailPage, MailQuery, PrintedMail } from '../mail/index.ts'
import type { IdempotencyKeys } from './idempotency/idempotency-keys.ts'
import type { DeviceAdministration, Metering } from '../metering/index.ts'
import type { Access, People } from '../people/index.ts'
import type { JobState } from '../schedule/index.ts'
import type { Webhooks } from '../webhooks/index.ts'

export type ApiMetering = Pick<
  Metering,
  | Exclude<
      keyof DeviceAdministration,
      'authenticateDevice' | 'notePresence' | 'noteFirmware' | 'recordAlarm'
    >
  | 'readUsage'
  | 'readSteps'
  | 'readSessions'
  | 'listReadings'
  | 'readMetrics'
  | 'listQuarantine'
  | 'findHolds'
  | 'by'
  | 'listDecisions'
>

export type ApiBilling = Pick<
  Billing,
  | 'by'
  | 'findCustomer'
  | 'listCustomers'
  | 'countCustomers'
  | 'listTariffs'
  | 'findTariff'
  | 'listTariffVersions'
  | 'listTaxRates'
  | 'findTaxRate'
  | 'findContract'
  | 'listContracts'
  | 'listAssignments'
  | 'findAssignments'
  | 'listAssignedDevices'
  | 'listHolders'
  | 'liveBill'
  | 'draftBill'
  | 'previewBill'
  | 'forecastBilling'
  | 'listInvoices'
  | 'findInvoice'
  | 'readDocument'
  | 'listPayments'
  | 'listReminders'
  | 'listCreditNotes'
  | 'findCreditNote'
  | 'listManualLines'
  | 'findManualLine'
>

export type ApiPeople = Omit<People, 'initialise' | 'createSignInLink' | 'close'>
/** Without a manufacturer it is about the installation. */
type Whose = ManufacturerId | undefined
type Asking = Pick<Access, 'actor' | 'manufacturerId'>

/** Audit trail, jobs and mails. */
export type ApiOffice = {
  searchEntries(whose: Whose, query: EntryQuery): Promise<EntryPage>
  listJobs(): Promise<readonly JobState[]>
  /** Begins a run. @throws AppError `job_unknown`, `job_running` */
  runJob(who: Asking, name: string): Promise<void>
  listMails(whose: Whose, query: MailQuery): Promise<MailPage>
  /** @throws AppError `mail_not_found` */
  getMail(whose: Whose, id: number): Promise<Mail & { readonly body: MailBody | undefined }>
  /** @throws AppError `mail_not_found`, `mail_not_repeatable` */
  repeatMail(who: Asking, id: number): Promise<Mail>
  /** Undefined where mails are sent: then there is no page for them. */
  listPrintedMails(): readonly PrintedMail[] | undefined
}

/** What we send to a manufacturer's servers. */
export type ApiWebhooks = Pick<
  Webhooks,
  'by' | 'listEndpoints' | 'getEndpoint' | 'listEvents' | 'getEvent' | 'listDeliveries'
> & {
  /** Somebody waits for what was just begun. */
  deliverSoon(): void
}

export type ApiStripe = {
  readonly pushDesk: PushDesk
  readonly paymentDesk: PaymentDesk
  readonly accountDesk: Pick<AccountDesk, 'listLeft'>
  /** Where Stripe's own people pages begin, without a slash at the end; undefined where Stripe is a sandbox. */
  readonly dashboard: string | undefined
}

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
  /** How often a stream of events is shown to be alive, and its caller looked up again. */
  readonly eventHeartbeatMs: number
  /** For each of the addresses under `/auth`. */
  readonly signInsPerMinutePerAddress: number
}

export const defaultApiLimits: ApiLimits = {
  bodyBytes: 1_048_576,
  requestTimeoutMs: 30_000,
  answerTimeoutMs: 30_000,
  requestsPerMinutePerManufacturer: 6_000,
  requestsPerMinutePerAddress: 120,
  webhooksPerMinutePerAddress: 6_000,
  eventHeartbeatMs: 15_000,
  signInsPerMinutePerAddress: 20,
}

/** Of a batch that was committed. */
export type CommittedMessage = { readonly deviceId: string }

export type ApiOptions = {
  readonly metering: ApiMetering
  readonly billing: ApiBilling
  readonly people: ApiPeople
  readonly office: ApiOffice
  /** Takes a listener that is told of devices whose readings or presence were just committed. */
  readonly onCommitted?: (listener: (messages: readonly CommittedMessage[]) => void) => void
  readonly idempotencyKeys: IdempotencyKeys
  readonly webhooks: StripeWebhooks
  readonly ownWebhooks: ApiWebhooks
  /** Undefined on an installation where nothing goes to Stripe. */
  readonly stripe: ApiStripe | undefined
  readonly readiness: () => Readiness
  readonly registry: Registry
  /** The declarations of every folder, so that each code's page resolves: `[billingErrors.declarations, …]`. */
  readonly errorCatalogues: readonly Readonly<Record<string, ErrorDeclaration>>[]
  readonly clock: Clock
  readonly randomBytes: RandomBytes
  readonly log: FastifyBaseLogger
  /** Where people reach this server, without a slash at the end: "https://usance.example". */
  readonly publicUrl: string
  /** The port of the broker for MQTT over TCP. */
  readonly mqttPort: number
  readonly limits: ApiLimits
  /** Fail where an answer differs from its schema; for tests. */
  readonly isCheckingAnswers?: boolean
  /** The folder of the built pages, an absolute path; it may be filled later. No page is served if left out. */
  readonly pagesFolder?: string
}
