/**
 * The composition root: builds the parts from the configuration, connects them, and shuts them down in reverse.
 *
 * Broker and metering meet only here. Closing first stops HTTP and the broker, which commits and acknowledges what it
 * holds; then due work, and last the stores. Nothing acknowledged depends on what comes after.
 */
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import { apiErrors, createApi, defaultApiLimits, type Readiness } from '../api/index.ts'
import {
  billingErrors,
  createBilling,
  createSecretStore,
  createStripeInbox,
  createStripePusher,
  enqueueInvoicePush,
  ratingErrors,
  stripeErrors,
  type Billing,
  type SecretStore,
  type StripeInbox,
  type StripePusher,
} from '../billing/index.ts'
import { brokerErrors, createBroker, type Broker, type BrokerAlarm } from '../broker/index.ts'
import {
  coreErrors,
  HOUR_MS,
  MINUTE_MS,
  refusalTitles,
  SECOND_MS,
  type Clock,
  type DeviceId,
  type ErrorDeclaration,
  type RandomBytes,
} from '../core/index.ts'
import {
  assertSchemaCurrent,
  databaseErrors,
  openSqlite,
  openSqliteThread,
  type LedgerTables,
} from '../db/index.ts'
import {
  alarmTitles,
  createInfluxForwarder,
  createMetering,
  holdTitles,
  meteringErrors,
  type InfluxForwarder,
  type Metering,
} from '../metering/index.ts'
import { pagesFolder } from '../web/index.ts'
import type { Config } from './config.ts'
import { databaseFile } from './databases.ts'
import { startDueWork } from './due-work.ts'
import { appErrors } from './errors.ts'
import { createIngestMeter } from './ingest-meter.ts'
import { createMetricsRegistry } from './metrics.ts'

export type UsanceOptions = {
  readonly config: Config
  readonly clock: Clock
  readonly randomBytes: RandomBytes
  readonly log: Logger
}

/** What works without a network port: for commands that run once. */
export type UsanceCore = {
  readonly metering: Metering
  readonly billing: Billing
  /** Absent without `secretKey`: then nothing goes to Stripe and issued invoices wait in the outbox. */
  readonly stripe:
    { readonly secrets: SecretStore; readonly pusher: StripePusher; readonly inbox: StripeInbox } | undefined
  readonly readiness: () => Readiness
  close(): Promise<void>
}

export type Usance = UsanceCore & {
  readonly addresses: { readonly mqttUrl: string; readonly httpUrl: string }
  readonly forwarder: InfluxForwarder | undefined
  /** Bills what has ended and pushes what was issued, now instead of at the next turn. */
  pokeBilling(): void
}

const BILLING_PAUSE_MS = MINUTE_MS
const PUSH_PAUSE_MS = 5 * SECOND_MS
const EVENTS_PAUSE_MS = 5 * SECOND_MS
const SYNC_PAUSE_MS = 10 * MINUTE_MS

/** Every error code that can reach a person or a device, for the problem pages. */
export const errorCatalogues: readonly Readonly<Record<string, ErrorDeclaration>>[] = [
  coreErrors.declarations,
  databaseErrors.declarations,
  brokerErrors.declarations,
  meteringErrors.declarations,
  billingErrors.declarations,
  ratingErrors.declarations,
  stripeErrors.declarations,
  apiErrors.declarations,
  appErrors.declarations,
  titlesAsDeclarations(refusalTitles),
  titlesAsDeclarations(holdTitles),
  titlesAsDeclarations(alarmTitles),
]

type CoreLinks = {
  /** When this process began to take readings; bills wait for silent devices from then on. */
  readonly reachableSince?: number
  /** Ends the connection of a device whose access was revoked. Without it there are no connections to end. */
  readonly onRevoked?: (deviceId: DeviceId) => void
}

/** @throws AppError `schema_behind`, `schema_unknown`, `database_not_writable` */
export function createUsanceCore(
  { config, clock, randomBytes, log }: UsanceOptions,
  { reachableSince, onRevoked }: CoreLinks = {},
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
  })
  const billing = createBilling({
    ledger,
    metering,
    clock,
    randomBytes,
    log,
    graceMs: config.billingGraceHours * HOUR_MS,
    ...(reachableSince === undefined ? {} : { reachableSince }),
    onIssued: (transaction, invoiceId) => enqueueInvoicePush(transaction, invoiceId, clock.now()),
  })
  return {
    metering,
    billing,
    stripe: createStripe({ config, clock, randomBytes, log }, ledger, billing),
    readiness: () => ({
      isReady: metering.isReady() && !hasLedgerFailed,
      checks: {
        metering: metering.isReady() ? 'ok' : 'the store refuses writes',
        ledger: hasLedgerFailed ? 'its thread ended; restart the program' : 'ok',
      },
    }),
    async close() {
      await metering.close()
      await ledger.destroy()
    },
  }
}

/** Starts everything. @throws AppError also `port_in_use` */
export async function createUsance(options: UsanceOptions): Promise<Usance> {
  const { config, clock, randomBytes, log } = options
  let broker: Broker | undefined
  const core = createUsanceCore(options, {
    reachableSince: clock.now(),
    onRevoked: (deviceId) => broker?.disconnect(deviceId),
  })
  const { metering, billing, stripe } = core
  const closing: (() => Promise<unknown>)[] = [() => core.close()]
  const close = async () => {
    for (const step of closing.splice(0).reverse()) await step()
  }
  try {
    const forwarder = createForwarder(config, metering, log)
    if (forwarder !== undefined) closing.push(() => forwarder.close())

    const jobs = startJobs(billing, stripe, log)
    closing.push(() => Promise.all(Object.values(jobs).map(async (job) => job?.stop())))

    const ingestMeter = createIngestMeter(metering.ingest, clock)
    const listening: (() => Promise<unknown>)[] = []
    closing.push(() => Promise.all(listening.map((stop) => stop())))
    broker = await createBroker({
      listen: brokerListen(config),
      authenticate: metering.authenticateDevice,
      handOver: ingestMeter.handOver,
      onPresence({ deviceId, ...presence }) {
        metering.notePresence(deviceId, presence)
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
      billing,
      webhooks: {
        async receiveStripe(manufacturerId, rawBody, signature) {
          if (stripe === undefined) throw stripeErrors.stripe_not_configured('Set USANCE_SECRET_KEY first.')
          await stripe.inbox.handleStripeWebhook({ manufacturerId, rawBody, signature })
          jobs.events?.poke()
        },
      },
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
      publicUrl: config.publicUrl ?? `http://localhost:${config.httpPort}`,
      limits: defaultApiLimits,
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
        jobs.billingRun.poke()
      },
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
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

function createStripe(
  { config, clock, randomBytes, log }: UsanceOptions,
  ledger: Kysely<LedgerTables>,
  billing: Billing,
): UsanceCore['stripe'] {
  if (config.secretKey === undefined) return undefined
  const { protocol, hostname, port } = new URL(config.stripeUrl)
  const secretKey = Buffer.from(config.secretKey, 'base64')
  const stripeOptions = {
    host: hostname,
    protocol: protocol === 'http:' ? 'http' : 'https',
    ...(port === '' ? {} : { port: Number(port) }),
  } as const
  const parts = { ledger, clock, randomBytes, log, stripeOptions, secretKey }
  return {
    secrets: createSecretStore(parts),
    pusher: createStripePusher(parts),
    inbox: createStripeInbox({
      ...parts,
      markPaid: (invoiceId, paidAt) => billing.markPaid(invoiceId, paidAt),
    }),
  }
}

function startJobs(billing: Billing, stripe: UsanceCore['stripe'], log: Logger) {
  const push = stripe && startDueWork('stripe_push', PUSH_PAUSE_MS, log, () => stripe.pusher.pushWaiting())
  const billingRun = startDueWork('billing_run', BILLING_PAUSE_MS, log, async () => {
    const { issued, waiting } = await billing.runBilling({})
    for (const { contractId, code, detail } of waiting) log.warn({ contractId, code }, detail)
    if (issued.length > 0) push?.poke()
  })
  const events =
    stripe && startDueWork('stripe_events', EVENTS_PAUSE_MS, log, () => stripe.inbox.processStripeEvents())
  const sync =
    stripe && startDueWork('stripe_sync', SYNC_PAUSE_MS, log, () => stripe.inbox.syncOpenInvoices())
  return { billingRun, push, events, sync }
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

function brokerListen(config: Config) {
  const { mqttHost, mqttPort, mqttWebSocketPort } = config
  return {
    host: mqttHost,
    mqttPort,
    ...(mqttWebSocketPort === undefined ? {} : { webSocketPort: mqttWebSocketPort }),
    ...brokerTls(config),
  }
}

function brokerTls(config: Config) {
  const { mqttTlsPort, mqttTlsKeyFile, mqttTlsCertFile, mqttTlsClientCaFile, mqttTlsWebSocketPort } = config
  if (mqttTlsPort === undefined || mqttTlsKeyFile === undefined || mqttTlsCertFile === undefined) return {}
  return {
    tls: {
      port: mqttTlsPort,
      key: readFileSync(mqttTlsKeyFile),
      cert: readFileSync(mqttTlsCertFile),
      ...(mqttTlsClientCaFile === undefined ? {} : { clientCa: readFileSync(mqttTlsClientCaFile) }),
      ...(mqttTlsWebSocketPort === undefined ? {} : { webSocketPort: mqttTlsWebSocketPort }),
    },
  }
}

function isPortTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
}

function titlesAsDeclarations(titles: Readonly<Record<string, string>>): Record<string, ErrorDeclaration> {
  return Object.fromEntries(
    Object.entries(titles).map(([code, title]) => [code, { kind: 'validation', title }]),
  )
}
