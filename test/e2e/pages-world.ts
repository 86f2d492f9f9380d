/**
 * The real server with a world made over its API: a manufacturer with drills that published over MQTT for two months and still do,
 * a held reading, a machine that fell silent, one that was revoked, issued invoices that Stripe's sandbox could not collect, a push that it
 * refused, one bill that waits, and people of every role.
 * Whoever tests signs somebody in and gets the cookies of his session.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import http from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { findFreePort } from '../../metering/index.ts'
import mqtt from 'mqtt'
import { vi } from 'vitest'
import { createUsanceClient, type UsanceClient } from '@usance/client'
import { pino } from 'pino'
import { createUsance, loadConfig, migrateDatabases, type Usance } from '../../app/index.ts'
import {
  secureRandomBytes,
  systemClock,
  type CustomerId,
  type DeviceId,
  type ManufacturerId,
} from '../../core/index.ts'
import { pushProblems } from '../../billing/index.ts'
import type { Role } from '../../people/index.ts'
import { startStripeSandbox, type StripeSandbox } from '../../stripe-sandbox/index.ts'

const ZONE = 'Europe/Vienna'
const HOUR_MS = 3_600_000
const SANDBOX_KEY = 'sk_test_sandbox'
const WEBHOOK_SECRET = 'whsec_sandbox'
const SECRET_KEY = Buffer.alloc(32, 7).toString('base64')

export type Cookies = readonly { readonly name: string; readonly value: string; readonly url: string }[]
type SessionOf = { readonly cookies: Cookies; readonly client: UsanceClient }
export type PagesWorld = Awaited<ReturnType<typeof openPagesWorld>>

export async function openPagesWorld() {
  const data = mkdtempSync(path.join(tmpdir(), 'usance-pages-'))
  migrateDatabases(data)
  const port = await findFreePort()
  const sandbox = await startStripeSandbox({
    host: '127.0.0.1',
    port: 0,
    clock: systemClock,
    randomBytes: secureRandomBytes,
    log: pino({ level: 'silent' }),
    apiKey: SANDBOX_KEY,
    newCustomersPay: false,
  })
  const flags = {
    data,
    'mqtt-port': '0',
    'http-port': String(port),
    'billing-grace-hours': '72',
    'allow-private-webhooks': true,
    'stripe-url': sandbox.url,
    'allow-live-stripe-key': true,
  }
  const usance = await createUsance({
    config: loadConfig(flags, { USANCE_SECRET_KEY: SECRET_KEY }),
    clock: systemClock,
    randomBytes: secureRandomBytes,
    log: pino({ level: 'silent' }),
    // More people sign in from this address within a minute than a guesser may.
    limits: { api: { signInsPerMinutePerAddress: 1_000, requestsPerMinutePerAddress: 10_000 } },
  })
  const url = `http://localhost:${port}`
  const receiver = http.createServer((_request, response) =>
    response.writeHead(500).end('no such table: invoices'),
  )
  const receiverPort = await findFreePort()
  await new Promise<void>((resolve) => receiver.listen(receiverPort, '127.0.0.1', resolve))
  const places = await fill(usance, url, sandbox, `http://127.0.0.1:${receiverPort}/usance`)
  return {
    url,
    usance,
    sandbox,
    ...places,
    /** The code of the newest mail that has one, from the page that a developer reads mails on. */
    async newestCode(): Promise<string> {
      // It is mailed after the answer, so that the answer takes as long for an address that nobody has.
      for (;;) {
        const mail = await usance.ledger
          .selectFrom('mails')
          .select('id')
          .where('template', '=', 'sign_in_code')
          .orderBy('id', 'desc')
          .executeTakeFirst()
        const text = mail === undefined ? '' : await (await fetch(`${url}/dev/mails/${mail.id}`)).text()
        const code = /\b\d{6}\b/.exec(text)?.[0]
        if (code !== undefined) return code
        await setTimeout(50)
      }
    },
    /** Presence is counted from what is written every half minute; for pictures, not for tests. */
    async areMachinesCounted(): Promise<void> {
      const { client } = await places.signIn('operator', 'Ole Vik')
      while ((await made(client.GET('/v1/fleet'))).online < places.connected.length) await setTimeout(500)
    },
    async close() {
      for (const client of places.connected) await client.endAsync()
      await usance.close()
      receiver.close()
      await sandbox.close()
      rmSync(data, { recursive: true })
    },
  }
}

const seller = {
  legalName: 'Bohrwerk GmbH',
  taxId: 'ATU12345675',
  addressLines: ['Hafenstraße 12'],
  postalCode: '4020',
  city: 'Linz',
  country: 'AT',
  email: 'rechnungen@bohrwerk.example',
  phone: '+43 732 123456',
}

const siteAddress = { lines: ['Am Schacht 1'], postalCode: '4020', city: 'Linz', country: 'AT' }

/** The values that the addresses of pages need, by the names that they have there. */
export type Params = Readonly<Record<string, string>>

/** @param receiverUrl where webhooks go; it refuses them all */
async function fill(usance: Usance, url: string, sandbox: StripeSandbox, receiverUrl: string) {
  const host = await signIn(usance, url, { role: 'installation_admin', name: 'Ina Host' })
  const manufacturer = await made(
    host.client.POST('/v1/manufacturers', {
      body: {
        name: 'Bohrwerk',
        invoicePrefix: 'BW',
        currency: 'EUR',
        timeZone: ZONE,
        languages: ['en', 'de'],
        admin: { email: 'jo@bohrwerk.example', name: 'Jo Berg' },
      },
    }),
  )
  const manufacturerId = manufacturer.id as ManufacturerId
  const admin = await signIn(usance, url, { role: 'manufacturer_admin', name: 'Jo Berg', manufacturerId })
  const { client } = admin
  const startsAt = monthStart(2)
  const pair = { secretKey: SANDBOX_KEY, webhookSecret: WEBHOOK_SECRET }
  await made(client.PUT('/v1/manufacturer/stripe', { body: pair }))
  sandbox.setWebhook({ url: `${url}/webhooks/stripe/${manufacturerId}`, secret: WEBHOOK_SECRET })
  await made(
    client.POST('/v1/tax-rates', {
      body: { place: 'AT', category: 'standard', percent: '20', kind: 'standard', from: '1995-01-01' },
    }),
  )
  const catalogue = await makeCatalogue(client, startsAt)
  const tunnels = await makeCustomer(client, 'Tunnelbau Linz', 'mara@tunnelbau.example', catalogue, startsAt)
  const quarry = await makeCustomer(client, 'Steinbruch Nord', 'kai@steinbruch.example', catalogue, startsAt)
  const connected: mqtt.MqttClient[] = []
  const machine = async (id: string, contractId: string, readings: readonly Reading[]) => {
    const secret = await registerMachine(client, id, startsAt)
    await made(
      client.POST('/v1/contracts/{id}/assignments', {
        params: { path: { id: contractId } },
        body: { deviceId: id, from: new Date(startsAt).toISOString() },
      }),
    )
    connected.push(await publish(usance.addresses.mqttUrl, id, secret, readings))
  }
  const now = Date.now()
  await machine('drill-north', tunnels.contractId, shifts(startsAt, now, 10))
  await machine('drill-east', tunnels.contractId, shifts(startsAt, now, 7))
  // Two hours of work in a few minutes are set aside for a person.
  const south = shifts(startsAt, now - 2 * HOUR_MS, 5)
  const last = south.at(-1) ?? { at: startsAt, runS: 0 }
  await machine('drill-south', tunnels.contractId, [
    ...south,
    { at: now - HOUR_MS, runS: last.runS + 400 * 3_600 },
  ])
  // Silent since the first month: the second cannot be billed yet.
  await machine('crusher-1', quarry.contractId, shifts(startsAt, startsAt + 40 * 24 * HOUR_MS, 6))
  await registerMachine(client, 'drill-spare', startsAt)
  await registerMachine(client, 'drill-lost', startsAt)
  await made(
    client.POST('/v1/devices/{id}/revoke', {
      params: { path: { id: 'drill-lost' } },
      body: { reason: 'stolen from the yard' },
    }),
  )
  const endpoint = await made(
    client.POST('/v1/webhook-endpoints', { body: { url: receiverUrl, description: 'Books' } }),
  )
  await made(client.POST('/v1/webhook-endpoints/{id}/test', { params: { path: { id: endpoint.id } } }))
  // Last of what a bill needs: the job runs every minute, and would bill contracts whose machines are still to come.
  const { response } = await client.GET('/v1/manufacturer')
  const headers = { 'if-match': response.headers.get('etag') ?? '' }
  await made(client.PATCH('/v1/manufacturer', { body: { seller }, headers }))
  await made(client.POST('/v1/billing-run'))
  await made(client.POST('/v1/api-keys', { body: { label: 'ERP export', scopes: ['bills:read'] } }))
  await made(
    client.POST('/v1/claims', {
      body: {
        modelId: 'bw-700',
        expiresAt: new Date(now + 30 * 24 * HOUR_MS).toISOString(),
        claims: [{ serial: 'SN-1' }, { serial: 'SN-2' }],
      },
    }),
  )
  await usance.metering.recordAlarm({
    deviceId: 'drill-south' as DeviceId,
    code: 'sequence_reset',
    detail: 'Look whether the board was exchanged.',
    at: now,
  })
  // A mail follows the document that it brings.
  const mail = await vi.waitFor(async () => {
    const mails = await made(
      client.GET('/v1/mails', { params: { query: { template: 'invoice_issued', limit: 1 } } }),
    )
    const [newest] = mails.items
    if (newest === undefined) throw new Error('no invoice was mailed')
    return newest
  }, 60_000)
  const query = { contractId: tunnels.contractId, limit: 1 }
  const [invoice] = (await made(client.GET('/v1/invoices', { params: { query } }))).items
  await isDeclined(client, invoice?.id ?? '')
  await parkStep(usance, manufacturerId, quarry.customerId)
  const params: Params = {
    ...tunnels,
    ...catalogue,
    invoiceId: invoice?.id ?? '',
    invoiceNumber: invoice?.number ?? '',
    mailId: String(mail.id),
    deviceId: 'drill-south',
    endpointId: endpoint.id,
    manufacturerId,
  }
  return {
    params,
    connected,
    /** Its only bill could not be collected either. */
    quarryId: quarry.customerId,
    /** Signs in somebody who has the role, of a customer that of the tunnels; a second time it is the same person with another session. */
    signIn: (role: Role, name: string, customerId: string = tunnels.customerId) => {
      if (role === 'installation_admin') return signIn(usance, url, { role, name })
      const ofCustomer = { manufacturerId, customerId: customerId as CustomerId }
      return signIn(usance, url, {
        role,
        name,
        ...(role.startsWith('customer_') ? ofCustomer : { manufacturerId }),
      })
    },
  }
}

async function signIn(
  { people }: Usance,
  url: string,
  somebody: { role: Role; name: string; manufacturerId?: ManufacturerId; customerId?: CustomerId },
): Promise<SessionOf> {
  const email = `${somebody.name.toLowerCase().replaceAll(' ', '.')}@bohrwerk.example`
  const link = await people.createSignInLink({ email, ...somebody })
  const answer = await fetch(`${url}/auth/welcome`, {
    method: 'POST',
    headers: { origin: url, 'content-type': 'application/json' },
    body: JSON.stringify({ token: new URL(link).searchParams.get('token') }),
  })
  if (!answer.ok) throw new Error(`${somebody.name} is not signed in: ${await answer.text()}`)
  const cookies = answer.headers.getSetCookie().map((line) => {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
    return { name, value, url }
  })
  const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
  const client = createUsanceClient({
    baseUrl: url,
    fetch: (request) => {
      request.headers.set('cookie', cookie)
      request.headers.set('origin', url)
      return fetch(request)
    },
  })
  return { cookies, client }
}

/** The customer has saved nothing, so Stripe collects in vain, and its webhook says so. */
async function isDeclined(client: UsanceClient, id: string): Promise<void> {
  await vi.waitFor(async () => {
    const told = await made(client.GET('/v1/invoices/{id}/collection', { params: { path: { id } } }))
    if (told.problem === null) throw new Error(`Stripe says ${told.status} of the invoice, and no problem`)
  }, 60_000)
}

const refused = pushProblems.say('refused_with_code', {
  stripeCode: 'email_invalid',
  stripeMessage: 'Invalid email address: jo@',
})

/** As the pusher leaves a step that Stripe refused. */
async function parkStep(
  { ledger }: Usance,
  manufacturerId: ManufacturerId,
  customerId: string,
): Promise<void> {
  await ledger
    .insertInto('outbox_steps')
    .values({
      manufacturer_id: manufacturerId,
      customer_id: customerId,
      invoice_id: null,
      credit_note_id: null,
      step: 'update_customer',
      generation: 1n,
      idempotency_key: `usance:${manufacturerId}:${customerId}:update_customer:1`,
      api_version: 'of the world',
      parameters: null,
      state: 'parked',
      first_attempt_at: null,
      next_attempt_at: 0,
      problem: refused.sentence,
      problem_reason: JSON.stringify(refused.reason),
      created_at: systemClock.now(),
      done_at: null,
    })
    .execute()
}

async function makeCatalogue(client: UsanceClient, startsAt: number) {
  const modelId = 'bw-700'
  const register = { maxPerHour: '3600', maxGapMs: HOUR_MS, gapRule: 'spread' as const }
  await made(
    client.PUT('/v1/models/{id}', {
      params: { path: { id: modelId } },
      body: {
        name: 'BW 700',
        registers: [
          { ...register, name: 'run_s', unit: 's', display: { unit: 'h', factor: '3600' } },
          {
            ...register,
            name: 'energy_wh',
            unit: 'Wh',
            maxPerHour: '9000',
            display: { unit: 'kWh', factor: '1000' },
          },
        ],
      },
    }),
  )
  const runTime = { type: 'per_unit', id: 'run-time', description: 'Drilling time', register: 'run_s' }
  const document = {
    currency: 'EUR',
    rounding: 'half_even',
    items: [
      { type: 'flat', id: 'base-fee', description: 'Base fee per month', price: '4.90' },
      { ...runTime, price: '0.12', per: 60, unit: 'min' },
    ],
  }
  const tariff = await made(
    client.POST('/v1/tariffs', {
      body: { name: 'Pay per minute', effectiveAt: new Date(startsAt).toISOString(), document },
    }),
  )
  return { modelId, tariffId: tariff.id }
}

async function makeCustomer(
  client: UsanceClient,
  name: string,
  email: string,
  { tariffId }: { readonly tariffId: string },
  startsAt: number,
) {
  const customer = await made(
    client.POST('/v1/customers', { body: { name, email, taxId: 'ATU12345678', address: siteAddress } }),
  )
  const contract = await made(
    client.POST('/v1/contracts', {
      body: {
        customerId: customer.id,
        tariffId,
        timeZone: ZONE,
        anchorOn: dayOf(startsAt),
        cadence: { unit: 'month', count: 1 },
        startsAt: new Date(startsAt).toISOString(),
      },
    }),
  )
  return { customerId: customer.id, contractId: contract.id }
}

async function registerMachine(client: UsanceClient, id: string, commissionedAt: number): Promise<string> {
  const body = { id, modelId: 'bw-700', commissionedAt: new Date(commissionedAt).toISOString(), site: 'Linz' }
  return (await made(client.POST('/v1/devices', { body }))).secret
}

type Reading = { readonly at: number; readonly runS: number }

/**
 * The shifts of a drill, Monday to Saturday from six in the morning: three readings a day, and one each quarter of an hour in the
 * last nine days. It runs two thirds of each hour.
 */
function shifts(from: number, to: number, hours: number): Reading[] {
  const readings: Reading[] = []
  let runS = 36_000
  for (let begin = from + 6 * HOUR_MS; begin < to; begin += 24 * HOUR_MS) {
    const step = to - begin < 9 * 24 * HOUR_MS ? HOUR_MS / 4 : (hours * HOUR_MS) / 2
    const isSunday = new Date(begin).getUTCDay() === 0
    for (let at = begin; at <= Math.min(begin + hours * HOUR_MS, to); at += step) {
      readings.push({ at, runS })
      if (!isSunday && at < begin + hours * HOUR_MS) runS += (step / 1_000 / 3) * 2
    }
  }
  return readings
}

/** Publishes with a connection that stays open, and resolves when the last reading is acknowledged. */
async function publish(
  url: string,
  deviceId: string,
  secret: string,
  readings: readonly Reading[],
): Promise<mqtt.MqttClient> {
  const client = await mqtt.connectAsync(url, {
    clientId: deviceId,
    username: deviceId,
    password: secret,
    protocolVersion: 4,
  })
  await Promise.all(
    readings.map(({ at, runS }, place) => {
      const registers = { run_s: runS, energy_wh: Math.round(runS * 1.7) }
      const reading = {
        v: 1,
        epoch: 1,
        seq: place + 1,
        at: new Date(at).toISOString(),
        clock: 'synced',
        registers,
      }
      return client.publishAsync(`devices/${deviceId}/readings`, JSON.stringify(reading), { qos: 1 })
    }),
  )
  return client
}

/** The first instant, in the zone of the world, of the month that lies so many months back. */
function monthStart(monthsBack: number): number {
  const first = Temporal.Now.plainDateISO(ZONE).with({ day: 1 }).subtract({ months: monthsBack })
  return first.toZonedDateTime(ZONE).epochMilliseconds
}

function dayOf(instant: number): string {
  return Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(ZONE).toPlainDate().toString()
}

async function made<Body>(
  call: Promise<{ readonly data?: Body; readonly error?: unknown; readonly response: Response }>,
): Promise<Body> {
  const { data, error, response } = await call
  if (!response.ok) throw new Error(`${response.url}: ${JSON.stringify(error)}`)
  return data as Body
}
