/**
 * `usance demo`: connected drills become paid invoices, with nothing installed but this package.
 *
 * The devices are simulated, everything else is the real program: MQTT over TCP, the stores, rating, the outbox, the
 * official Stripe SDK. Stripe itself is the local stand-in unless STRIPE_SECRET_KEY names a real account. Running it again on the
 * same folder continues where it stopped.
 */
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Invoice } from '../../billing/index.ts'
import {
  periodAtIndex,
  periodIndexAt,
  secureRandomBytes,
  systemActor,
  systemClock,
  type BillingCalendar,
  type Period,
} from '../../core/index.ts'
import { createFleet, profiles, type Fleet } from '../../devices-sim/index.ts'
import { createInfluxClient, findInfluxd, startLocalInfluxd } from '../../metering/index.ts'
import { startStripeSandbox, type StripeSandbox } from '../../stripe-sandbox/index.ts'
import { interrupted, type CommandContext } from '../command-context.ts'
import { parseCommandArguments } from '../command-line.ts'
import type { Config } from '../config.ts'
import { createUsance, createUsanceCore, type Usance } from '../create-usance.ts'
import { migrateDatabases } from '../databases.ts'
import { createLogger } from '../logger.ts'
import {
  readDemoState,
  writeDemoAccess,
  writeDemoState,
  type DemoCustomer,
  type DemoState,
} from './demo-state.ts'
import { addsUp, collectProof, formatInvoice, formatProof, type ProofRow } from './invoice-table.ts'
import { buildDemoPages } from './build-demo-pages.ts'
import { createProgressBar } from './progress-bar.ts'
import { setUpDemo } from './set-up-demo.ts'
import { makeSignInLinks, type DemoLink } from './sign-in-links.ts'

/** For what never comes: a busy machine is waited for. */
const PAID_TIMEOUT_MS = 120_000
const FLEET_STOP_MS = 2_000
const INFLUX_TIMEOUT_MS = 120_000
const SANDBOX_KEY = 'sk_test_usance_sandbox'

export async function runDemo(context: CommandContext): Promise<number> {
  const environment = { USANCE_LOG_LEVEL: 'warn', ...context.environment }
  const { config: given, own } = parseCommandArguments(
    context.argv,
    { once: { type: 'boolean' } },
    environment,
  )
  const log = createLogger(given.logLevel, context.stderr.isTTY)
  const closing: (() => Promise<unknown>)[] = []
  try {
    const isAddingUp = await showDemo(given, context, log, closing)
    if (own.once !== true) {
      context.stdout.write('\nThe drills stay live. Press Ctrl-C to stop.\n')
      await interrupted(context.signal)
      context.stdout.write('\nStopping: what the drills sent is committed and acknowledged first.\n')
    }
    return isAddingUp ? 0 : 1
  } finally {
    for (const step of closing.reverse()) await step()
  }
}

/** Runs the story from the empty folder to paid invoices; false when anything does not add up. */
async function showDemo(
  given: Config,
  { stdout, signal, environment }: CommandContext,
  log: Logger,
  closing: (() => Promise<unknown>)[],
): Promise<boolean> {
  const say = (text = '') => stdout.write(`${text}\n`)
  await buildDemoPages(say)
  const known = readDemoState(given.data)
  migrateDatabases(given.data)
  const state = known ?? (await createState(given, log))

  const sandbox = environment['STRIPE_SECRET_KEY'] === undefined ? await openSandbox(given, log) : undefined
  if (sandbox !== undefined) closing.push(() => sandbox.close())
  const influx = await openInflux(given, environment, closing)
  const config: Config = {
    ...given,
    secretKey: given.secretKey ?? state.secretKey,
    // Whoever tries it out has his receiver on the same machine.
    ...(sandbox === undefined ? {} : { stripeUrl: sandbox.url, allowPrivateWebhooks: true }),
    ...(influx === undefined ? {} : { influx }),
  }
  const usance = await createUsance({ config, clock: systemClock, randomBytes: secureRandomBytes, log })
  closing.push(() => usance.close())
  await connectStripe(usance, state, sandbox, config, environment)
  const { httpUrl, mqttUrl } = usance.addresses
  writeDemoAccess(config.data, { apiUrl: httpUrl, apiKey: state.apiKey, mqttUrl })

  say(`Usance is up: MQTT on ${mqttUrl}, HTTP on ${httpUrl}.`)
  say(
    sandbox === undefined
      ? 'Invoices go to the Stripe account of STRIPE_SECRET_KEY.'
      : `Invoices go to the local Stripe sandbox, a stand-in: no money moves. ${sandbox.url}`,
  )
  say(
    `${state.devices.length} drills of ${state.customers.length} customers connect and catch up on last month.`,
  )
  const fleet = await catchUp(state, usance, config, { stdout, signal }, closing)
  fleet.goLive()

  const periods = state.customers.map((customer) => ({ customer, period: lastMonth(customer) }))
  const { waiting } = await usance.billing
    .by(systemActor('demo'))
    .runBilling({ manufacturerId: state.manufacturerId })
  for (const { detail } of waiting) say(`Not billed yet: ${detail}`)
  const invoices = await waitUntilPaid(usance, state, periods)

  const proof: ProofRow[] = []
  for (const { customer, period } of periods) {
    const invoice = invoices.get(customer.contractId)
    say()
    say(invoice === undefined ? `${customer.name}: no invoice` : formatInvoice(invoice, customer))
    const rows = await usance.billing.reconcile(state.manufacturerId, period)
    proof.push(...collectProof(customer, rows, fleet.groundTruth(period.from, period.to)))
  }
  say()
  say('Billed usage = register advance, device by device, and as the machines themselves remember it:')
  say(formatProof(proof))

  const isPaid = periods.every(({ customer }) => invoices.get(customer.contractId)?.status === 'paid')
  const hasEveryDevice = proof.length === state.devices.length
  const isInInflux = await reportInflux(usance, influx, config, proof, periods, say)
  const isAddingUp = isPaid && hasEveryDevice && addsUp(proof) && isInInflux
  say()
  say(
    isAddingUp ? 'Every invoice is paid and every second adds up.' : 'SOMETHING DOES NOT ADD UP: see above.',
  )
  sayWhereToGo(say, state, httpUrl, sandbox, await makeSignInLinks(usance, state))
  return isAddingUp
}

async function createState(config: Config, log: Logger): Promise<DemoState> {
  const core = createUsanceCore({ config, clock: systemClock, randomBytes: secureRandomBytes, log })
  try {
    const state = await setUpDemo(core, systemClock.now(), secureRandomBytes)
    writeDemoState(config.data, state)
    return state
  } finally {
    await core.close()
  }
}

function openSandbox(config: Config, log: Logger): Promise<StripeSandbox> {
  return startStripeSandbox({
    host: '127.0.0.1',
    port: 0,
    clock: systemClock,
    randomBytes: secureRandomBytes,
    log,
    apiKey: SANDBOX_KEY,
    stateFile: path.join(config.data, 'stripe-sandbox.json'),
  })
}

async function openInflux(
  config: Config,
  environment: CommandContext['environment'],
  closing: (() => Promise<unknown>)[],
): Promise<string | undefined> {
  if (config.influx !== undefined) return config.influx
  const program = findInfluxd(environment['PATH'] ?? '')
  if (program === undefined) return undefined
  const local = await startLocalInfluxd(program, path.join(config.data, 'influxdb'))
  closing.push(() => local.stop())
  return local.url
}

async function connectStripe(
  usance: Usance,
  state: DemoState,
  sandbox: StripeSandbox | undefined,
  config: Config,
  environment: CommandContext['environment'],
): Promise<void> {
  const webhookSecret = environment['STRIPE_WEBHOOK_SECRET'] ?? state.webhookSecret
  const apiKey = environment['STRIPE_SECRET_KEY'] ?? SANDBOX_KEY
  await usance.stripe?.accountDesk.connectAccount(
    state.manufacturerId,
    { apiKey, webhookSecret },
    { allowLiveKey: config.allowLiveStripeKey, isConfirmed: true },
  )
  const url = `${usance.addresses.httpUrl}/webhooks/stripe/${state.manufacturerId}`
  sandbox?.setWebhook({ url, secret: webhookSecret })
}

async function catchUp(
  state: DemoState,
  usance: Usance,
  config: Config,
  { stdout, signal }: Pick<CommandContext, 'stdout' | 'signal'>,
  closing: (() => Promise<unknown>)[],
): Promise<Fleet> {
  const bar = createProgressBar(stdout, 'readings acknowledged:')
  let isCatchingUp = true
  const fleet = createFleet({
    devices: state.devices.map((device) => ({ ...device, profile: profiles[device.profileName] })),
    profile: profiles.drill,
    seed: state.seed,
    startAt: state.startAt,
    url: usance.addresses.mqttUrl,
    now: systemClock,
    speed: 1,
    stateFile: path.join(config.data, 'demo-drills.json'),
    onProgress({ acknowledged, total }) {
      if (isCatchingUp && total !== undefined) bar.update(acknowledged, total, 'readings')
    },
  })
  const stop = () => fleet.stop({ signal: AbortSignal.timeout(FLEET_STOP_MS) })
  closing.push(stop)
  signal.addEventListener('abort', () => void stop())
  await fleet.catchUp(systemClock.now())
  isCatchingUp = false
  bar.finish()
  return fleet
}

function lastMonth(customer: DemoCustomer): Period {
  const calendar: BillingCalendar = { ...customer, cadence: { unit: 'month', count: 1 } }
  return periodAtIndex(calendar, periodIndexAt(calendar, systemClock.now()) - 1)
}

/** The invoices of the periods by contract, once all are paid or the time is up. */
async function waitUntilPaid(
  usance: Usance,
  state: DemoState,
  periods: readonly { readonly customer: DemoCustomer; readonly period: Period }[],
): Promise<ReadonlyMap<string, Invoice>> {
  usance.pokeBilling()
  for (const deadline = Date.now() + PAID_TIMEOUT_MS; ; await sleep(100)) {
    const { items } = await usance.billing.listInvoices(state.manufacturerId, { limit: 100 })
    const invoices = new Map(
      periods.flatMap(({ customer, period }) =>
        items
          .filter(
            ({ contractId, period: { from } }) => contractId === customer.contractId && from === period.from,
          )
          .map((invoice) => [customer.contractId as string, invoice] as const),
      ),
    )
    const isPaid =
      invoices.size === periods.length && [...invoices.values()].every(({ status }) => status === 'paid')
    if (isPaid || Date.now() > deadline) return invoices
    await usance.stripe?.pusher.pushWaiting()
  }
}

/** Says what is in InfluxDB and compares it with what was billed; true without InfluxDB. */
async function reportInflux(
  usance: Usance,
  url: string | undefined,
  config: Config,
  proof: readonly ProofRow[],
  periods: readonly { readonly customer: DemoCustomer; readonly period: Period }[],
  say: (text?: string) => void,
): Promise<boolean> {
  say()
  if (url === undefined || usance.forwarder === undefined) {
    say(
      'No InfluxDB: for history there, install Debian\'s "influxdb" and run the demo again, or name one with --influx http://localhost:8086.',
    )
    return true
  }
  const isCaughtUp = await Promise.race([
    usance.forwarder.catchUp().then(() => true),
    sleep(INFLUX_TIMEOUT_MS, false, { ref: false }),
  ])
  if (!isCaughtUp) {
    say(`InfluxDB at ${url} does not take the points; nothing is lost, they are written when it answers.`)
    return false
  }
  const client = createInfluxClient({ url, database: config.influxDatabase })
  let seconds = 0n
  for (const { customer, period } of periods) {
    // Hours are UTC; a zone like Kathmandu's begins its month inside one, which then belongs to two months.
    if (period.from % 3_600_000 !== 0) continue
    const devices = customer.deviceIds.map((id) => `device = '${id}'`).join(' OR ')
    const [series] = await client.query(
      `SELECT sum(q) FROM usage WHERE register = 'run_s' AND (${devices}) AND time >= ${period.from}ms AND time < ${period.to}ms`,
    )
    const sum = series?.values[0]?.[1]
    const inInflux = typeof sum === 'number' ? BigInt(sum) : 0n
    const billed = proof.filter((row) => row.customer === customer).reduce((sum, row) => sum + row.billed, 0n)
    if (inInflux !== billed) {
      say(`InfluxDB has ${inInflux} s for ${customer.name}, billed are ${billed} s.`)
      return false
    }
    seconds += inInflux
  }
  const { linesWritten } = usance.forwarder.stats()
  say(
    `Usage is also in InfluxDB at ${url}, database "${config.influxDatabase}": ${linesWritten} points written, ${seconds} billed seconds found again.`,
  )
  return true
}

function sayWhereToGo(
  say: (text?: string) => void,
  { apiKey, customers }: DemoState,
  httpUrl: string,
  sandbox: StripeSandbox | undefined,
  links: readonly DemoLink[],
): void {
  const [customer] = customers
  say()
  say('Sign in as (each link works once; run the demo again for new ones):')
  for (const { what, url } of links) say(`  ${what.padEnd(45)}  ${url}`)
  say()
  say('Where to go:')
  if (sandbox !== undefined)
    say(`  what the Stripe sandbox holds                              ${sandbox.url}/`)
  say(`  the API                                                    ${httpUrl}/openapi.json`)
  say(`  what an operator sees                                      ${httpUrl}/metrics`)
  say('  one live bill on the command line:')
  say(`  curl -H 'Authorization: Bearer ${apiKey}' ${httpUrl}/v1/contracts/${customer?.contractId}/bill`)
}
