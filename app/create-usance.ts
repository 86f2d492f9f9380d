/**
 * The composition root: builds the parts from the configuration, connects them, and shuts them down in reverse.
 *
 * Broker and metering meet only here. Closing first stops HTTP and the broker, which commits and acknowledges what it
 * holds; then due work, and last the stores. Nothing acknowledged depends on what comes after.
 */
import type { AddressInfo } from 'node:net'
import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import {
  createApi,
  createIdempotencyKeys,
  createOffice,
  defaultApiLimits,
  type ApiLimits,
  type CommittedMessage,
  type IdempotencyKeys,
  type Readiness,
} from '../api/index.ts'
import { copyChanges as copyChangesToTrail } from '../audit/index.ts'
import {
  createBilling,
  followInvoice,
  readMinimumCharge,
  stripeErrors,
  type Billing,
  type StripeConnection,
} from '../billing/index.ts'
import {
  brokerErrors,
  createBroker,
  type Broker,
  type BrokerAlarm,
  type BrokerLimits,
} from '../broker/index.ts'
import { HOUR_MS, type Clock, type DeviceId, type RandomBytes } from '../core/index.ts'
import { assertSchemaCurrent, openSqlite, openSqliteThread, type LedgerTables } from '../db/index.ts'
import { createMailer } from '../mail/index.ts'
import {
  createInfluxForwarder,
  createMetering,
  type InfluxForwarder,
  type Metering,
} from '../metering/index.ts'
import { createPeople, type People } from '../people/index.ts'
import { createSchedule, type JobState, type Schedule } from '../schedule/index.ts'
import type { Webhooks } from '../webhooks/index.ts'
import { pagesFolder } from '../web/index.ts'
import { brokerListen } from './broker-listen.ts'
import { errorCatalogues } from './error-catalogues.ts'
import type { Config } from './config.ts'
import { databaseFile } from './databases.ts'
import { mailDigests } from './digest/mail-digests.ts'
import { billPath, createInvoiceMail, remarkOnAddresses } from './invoice-mail.ts'
import { mailReminders } from './reminders/mail-reminders.ts'
import { createPeopleMail } from './people-mail.ts'
import { createJobs } from './jobs.ts'
import { toApiStripe } from './to-api-stripe.ts'
import { mailWay } from './mail-way.ts'
import { createServerStripe } from './stripe-parts.ts'
import { createServerWebhooks, meteringNews } from './webhook-parts.ts'
import { createIngestMeter } from './ingest-meter.ts'
import { createMetricsRegistry } from './metrics.ts'

export type UsanceOptions = {
  readonly config: Config
  readonly clock: Clock
  readonly randomBytes: RandomBytes
  readonly log: Logger
  /** Limits other than the delivered ones; for benches. */
  readonly limits?: { readonly broker?: Partial<BrokerLimits>; readonly api?: Partial<ApiLimits> }
}

/** What works without a network port: for commands that run once. */
export type UsanceCore = {
  readonly ledger: Kysely<LedgerTables>
  readonly metering: Metering
  readonly billing: Billing
  readonly people: People
  readonly webhooks: Webhooks
  /** Absent without `secretKey`: then nothing goes to Stripe and issued invoices wait in the outbox. */
  readonly stripe: StripeConnection | undefined
  /** Brings what metering noted into the audit trail; returns how many changes. */
  readonly copyChanges: () => Promise<number>
  readonly idempotencyKeys: IdempotencyKeys
  readonly readiness: () => Readiness
  close(): Promise<void>
}

export type Usance = UsanceCore & {
  readonly addresses: { readonly mqttUrl: string; readonly httpUrl: string }
  readonly forwarder: InfluxForwarder | undefined
  /** Bills what has ended and pushes what was issued, now instead of at the next turn. */
  pokeBilling(): void
}

type CoreLinks = {
  /** When this process began to take readings; bills wait for silent devices from then on. */
  readonly reachableSince?: number
  /** Ends the connection of a device whose access was revoked. Without it there are no connections to end. */
  readonly onRevoked?: (deviceId: DeviceId) => void
  /** After each change of a device or a model that somebody made. */
  readonly onChanged?: () => void
  /** When a mail waits that somebody expects at once; its transaction may not have ended. */
  readonly onMail?: () => void
}

/** @throws AppError `schema_behind`, `schema_unknown`, `database_not_writable` */
export function createUsanceCore(
  { config, clock, randomBytes, log }: UsanceOptions,
  { reachableSince, onRevoked, onChanged, onMail }: CoreLinks = {},
): UsanceCore {
  let hasLedgerFailed = false
  const ledger = openLedger(config, (error) => {
    hasLedgerFailed = true
    log.fatal({ err: error }, 'the ledger thread ended; restart the program')
  })
  const metering = createMetering({
    file: databaseFile(config.data, 'metering'),
    clock,
    randomBytes,
    log,
    ...(onRevoked === undefined ? {} : { onRevoked }),
    ...(onChanged === undefined ? {} : { onChanged }),
  })
  const publicUrl = publicUrlOf(config)
  const webhooks = createServerWebhooks(config, ledger, { clock, randomBytes, log, publicUrl })
  const billing = createBilling({
    ledger,
    metering,
    clock,
    randomBytes,
    log,
    graceMs: config.billingGraceHours * HOUR_MS,
    ...(reachableSince === undefined ? {} : { reachableSince }),
    async onIssued(transaction, invoiceId) {
      await followInvoice(transaction, { invoiceId, now: clock.now(), isNew: true })
      await webhooks.noteInvoiceIssued(transaction, invoiceId)
      return await remarkOnAddresses(transaction, invoiceId)
    },
    onRendered: createInvoiceMail(clock, log, () => onMail?.()),
    billUrlOf: (invoiceId) => new URL(billPath(invoiceId), publicUrl).href,
    ...(config.secretKey !== undefined && {
      minimumChargeOf: (manufacturerId, currency) => readMinimumCharge(ledger, manufacturerId, currency),
    }),
    onInvoiceChanged: (transaction, invoiceId) => followInvoice(transaction, { invoiceId, now: clock.now() }),
    onPaid: (transaction, invoiceId) => webhooks.noteInvoicePaid(transaction, invoiceId),
  })
  const stripe = createServerStripe(
    config,
    { ledger, clock, randomBytes, log },
    { billing, webhooks, publicUrl },
  )
  const people = createPeople({
    ledger,
    clock,
    randomBytes,
    log,
    publicUrl,
    secretKey: config.secretKey === undefined ? undefined : Buffer.from(config.secretKey, 'base64'),
    sendMail: createPeopleMail(clock, publicUrl, () => onMail?.()),
    storeStripePair:
      stripe &&
      ((manufacturerId, pair, options) =>
        stripe.accountDesk.connectAccount(manufacturerId, pair, {
          allowLiveKey: config.allowLiveStripeKey,
          ...options,
        })),
  })
  return {
    ledger,
    metering,
    billing,
    people,
    webhooks,
    copyChanges: () => copyChangesToTrail(ledger, (after, limit) => metering.feed.readChanges(after, limit)),
    idempotencyKeys: createIdempotencyKeys(ledger, clock),
    stripe,
    readiness: () => ({
      isReady: metering.isReady() && !hasLedgerFailed,
      checks: {
        metering: metering.isReady() ? 'ok' : 'the store refuses writes',
        ledger: hasLedgerFailed ? 'its thread ended; restart the program' : 'ok',
      },
    }),
    async close() {
      await people.close()
      await metering.close()
      await ledger.destroy()
    },
  }
}

/** Starts everything. @throws AppError also `port_in_use` */
export async function createUsance(options: UsanceOptions): Promise<Usance> {
  const { config, clock, randomBytes, log } = options
  const publicUrl = publicUrlOf(config)
  let broker: Broker | undefined
  let schedule: Schedule | undefined
  const core = createUsanceCore(options, {
    reachableSince: clock.now(),
    onRevoked: (deviceId) => broker?.disconnect(deviceId),
    onChanged: () => schedule?.poke('audit_copy'),
    onMail: () => schedule?.poke('mail_send'),
  })
  const { ledger, metering, billing, people, stripe, webhooks, copyChanges } = core
  const closing: (() => Promise<unknown>)[] = [() => core.close()]
  const close = async () => {
    for (const step of closing.splice(0).reverse()) await step()
  }
  try {
    const forwarder = createForwarder(config, metering, log)
    if (forwarder !== undefined) closing.push(() => forwarder.close())

    const mailer = createMailer({ ledger, clock, randomBytes, log, publicUrl, ...mailWay(config) })
    const poke = (name: string) => schedule?.poke(name)
    const digestParts = {
      ledger,
      metering,
      clock,
      listFailedJobs: async () => failedJobs(await schedule?.list()),
    }
    const jobs = createJobs({
      billing,
      stripe,
      copyChanges,
      webhooks,
      meteringNews: meteringNews(metering, clock.now()),
      mailer,
      mailDigests: () => mailDigests(digestParts),
      mailReminders: () => mailReminders({ ledger, clock }),
      poke,
      log,
    })
    const startedSchedule = createSchedule({ ledger, clock, randomBytes, log, jobs })
    schedule = startedSchedule
    closing.push(() => startedSchedule.close())
    closing.push(async () => webhooks.close())
    startedSchedule.start()
    poke('audit_copy')

    const ingestMeter = createIngestMeter(metering.ingest, clock)
    const committed: ((messages: readonly CommittedMessage[]) => void)[] = []
    const noteCommitted = (messages: readonly CommittedMessage[]) => {
      for (const listener of committed) listener(messages)
    }
    const listening: (() => Promise<unknown>)[] = []
    closing.push(() => Promise.all(listening.map((stop) => stop())))
    broker = await createBroker({
      listen: brokerListen(config),
      limits: options.limits?.broker ?? {},
      authenticate: metering.authenticateDevice,
      async handOver(batch) {
        const outcome = await ingestMeter.handOver(batch)
        noteCommitted(batch)
        return outcome
      },
      onPresence({ deviceId, ...presence }) {
        metering.notePresence(deviceId, presence)
        noteCommitted([{ deviceId }])
        log.debug({ deviceId, ...presence }, 'presence')
      },
      onFirmware: (deviceId, firmware) => metering.noteFirmware(deviceId, firmware),
      onAlarm: (alarm) => recordAlarm(metering, alarm, log),
      clock,
      log,
    })
    const startedBroker = broker
    listening.push(() => startedBroker.close())

    const api = await createApi({
      metering,
      idempotencyKeys: core.idempotencyKeys,
      onCommitted: (listener) => committed.push(listener),
      billing,
      people,
      office: createOffice({ ledger, copyChanges, schedule: startedSchedule, mailer, clock, publicUrl }),
      webhooks: {
        async receiveStripe(manufacturerId, rawBody, signature) {
          if (stripe === undefined) throw stripeErrors.stripe_not_configured('Set USANCE_SECRET_KEY first.')
          await stripe.inbox.handleStripeWebhook({ manufacturerId, rawBody, signature })
          poke('stripe_events')
        },
      },
      ownWebhooks: { ...webhooks, deliverSoon: () => poke('webhook_deliver') },
      stripe: stripe && toApiStripe(stripe, config, poke),
      readiness: core.readiness,
      registry: createMetricsRegistry({
        metering,
        broker: startedBroker,
        ingestMeter,
        forwarder,
        data: config.data,
        clock,
      }),
      errorCatalogues,
      clock,
      randomBytes,
      log,
      publicUrl,
      mqttPort: startedBroker.addresses.mqtt.port,
      limits: { ...defaultApiLimits, ...options.limits?.api },
      pagesFolder,
    })
    listening.push(() => api.close())
    await api.listen({ host: config.httpHost, port: config.httpPort }).catch((error: unknown) => {
      throw isPortTaken(error)
        ? brokerErrors.port_in_use(
            `Port ${config.httpPort} is taken; stop the other program or choose another with --http-port.`,
            { cause: error },
          )
        : error
    })
    const httpPort = (api.server.address() as AddressInfo).port
    return {
      ...core,
      forwarder,
      addresses: {
        mqttUrl: `mqtt://localhost:${startedBroker.addresses.mqtt.port}`,
        httpUrl: `http://localhost:${httpPort}`,
      },
      pokeBilling() {
        poke('billing_run')
      },
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

function failedJobs(jobs: readonly JobState[] = []): readonly string[] {
  return jobs.filter(({ lastOutcome }) => lastOutcome === 'failed').map(({ name }) => name)
}

function publicUrlOf({ publicUrl, httpPort }: Config): string {
  return publicUrl ?? `http://localhost:${httpPort}`
}

function recordAlarm(metering: Metering, { kind, deviceId, addresses, at }: BrokerAlarm, log: Logger): void {
  const detail = `Signed in from ${addresses.join(' and ')} within a minute; give the device a new secret and revoke this one.`
  metering.recordAlarm({ deviceId, code: kind, detail, at }).catch((error: unknown) => {
    log.error({ err: error, deviceId, code: kind }, 'an alarm could not be stored')
  })
}

function openLedger(config: Config, onFailure: (error: Error) => void): Kysely<LedgerTables> {
  const file = databaseFile(config.data, 'ledger')
  const database = openSqlite(file)
  try {
    assertSchemaCurrent(database, 'ledger')
  } finally {
    database.close()
  }
  return openSqliteThread<LedgerTables>(file, {}, onFailure)
}

function createForwarder(config: Config, metering: Metering, log: Logger): InfluxForwarder | undefined {
  if (config.influx === undefined) return undefined
  return createInfluxForwarder({
    feed: metering.feed,
    target: {
      url: config.influx,
      database: config.influxDatabase,
      ...(config.influxUsername === undefined ? {} : { username: config.influxUsername }),
      ...(config.influxPassword === undefined ? {} : { password: config.influxPassword }),
    },
    log,
  })
}

function isPortTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
}
