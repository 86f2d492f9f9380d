/**
 * The HTTP application over a real metering and a real ledger: two manufacturers, of the first two customers with a
 * contract each. A drill worked for the first customer in October and for the second from November on. Each key speaks
 * for somebody else; the clock stands at 22 November 2026.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { FastifyInstance } from 'fastify'
import type { LightMyRequestResponse } from 'fastify'
import { pino } from 'pino'

import { copyChanges } from '../../audit/index.ts'
import { createBilling, type Billing } from '../../billing/index.ts'
import {
  deviceTopics,
  getInstant,
  secureRandomBytes,
  systemActor,
  type DeviceId,
  type ManufacturerId,
  type ModelId,
} from '../../core/index.ts'
import { migrate, openSqlite, openSqliteThread, type LedgerTables } from '../../db/index.ts'
import { createMetering, type Metering } from '../../metering/index.ts'
import { createMailer, enqueueMail } from '../../mail/index.ts'
import { createPeople, installationAccess, rightsOfRole, type Access, type Role } from '../../people/index.ts'
import { createSchedule } from '../../schedule/index.ts'
import { createWebhooks, type Webhooks } from '../../webhooks/index.ts'
import { createIdempotencyKeys, createOffice, type ApiLimits, type ApiOptions } from '../index.ts'
import { createApiHarness, PUBLIC_URL } from './api-harness.ts'
import { seller, tariffDocument } from './world-inputs.ts'
import { createWorldStripe } from './world-stripe.ts'

export const WORLD_NOW = '2026-11-22T12:00:00.000Z'
/** October in Berlin; November begins where it ends. */
export const october = { from: '2026-09-30T22:00:00.000Z', to: '2026-10-31T23:00:00.000Z' }

export type WorldKey =
  | 'admin'
  | 'auditor'
  | 'site'
  | 'crew'
  | 'foreign'
  | 'installation'
  /** No key but the cookie of whom `signIn` let in. */
  | 'person'

export type World = {
  readonly app: FastifyInstance
  readonly billing: Billing
  readonly metering: Metering
  /** Names resolve to a public address, and whoever is sent something answers 204. */
  readonly webhooks: Webhooks
  readonly manufacturerId: ManufacturerId
  readonly ids: {
    readonly site: string
    readonly crew: string
    readonly siteContract: string
    readonly crewContract: string
    readonly siteAssignment: string
    readonly crewAssignment: string
    readonly tariff: string
    readonly invoice: string
  }
  send(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH',
    url: string,
    options?: {
      readonly payload?: object | string
      readonly key?: WorldKey
      readonly headers?: Readonly<Record<string, string>>
      /** For an answer without an end. */
      readonly payloadAsStream?: boolean
    },
  ): Promise<LightMyRequestResponse>
  /** Sends one reading of the drill. */
  report(at: string, runS: number): Promise<void>
  /** Signs in an administrator of the first manufacturer. */
  signIn(): Promise<void>
  /** A mail of the first manufacturer that the receiving side refused. */
  bounceMail(): Promise<void>
  saveCard(customerId: string): Promise<void>
  /** Its charge was declined, and a step of it is parked, which is returned. */
  failAtStripe(invoiceId: string): Promise<string>
  leaveAtStripe(invoiceId: string): Promise<void>
  /** What the audit trail says since the last time it was asked: action, and who. */
  newChanges(): Promise<string[]>
  setNow(text: string): void
  /** Leaves every call under an idempotency key as a server leaves it that dies between the change and the answer. */
  loseAnswers(): Promise<void>
  /** The key is worth nothing any more, as after its revocation. */
  endAccess(key: WorldKey): void
  close(): Promise<void>
}

function accessOf(
  role: Role,
  manufacturerId: Access['manufacturerId'],
  customerId?: Access['customerId'],
): Access {
  return {
    actor: { kind: 'api_key', id: `key_${role}`, name: role },
    manufacturerId,
    customerId,
    rights: rightsOfRole[role],
  }
}

export async function openWorld(
  overrides: Partial<Omit<ApiOptions, 'limits'>> & { readonly limits?: Partial<ApiLimits> } = {},
): Promise<World> {
  const folder = mkdtempSync(path.join(tmpdir(), 'usance-world-'))
  const files = { ledger: path.join(folder, 'ledger.sqlite'), metering: path.join(folder, 'metering.sqlite') }
  for (const kind of ['ledger', 'metering'] as const) {
    const database = openSqlite(files[kind])
    migrate(database, kind)
    database.close()
  }
  let now = getInstant(WORLD_NOW)
  const clock = { now: () => now }
  const log = pino({ level: 'silent' })
  const metering = createMetering({ file: files.metering, clock, randomBytes: secureRandomBytes, log })
  const ledger = openSqliteThread<LedgerTables>(files.ledger)
  const stripe = createWorldStripe(ledger, clock)
  const billing = createBilling({
    ledger,
    metering,
    clock,
    randomBytes: secureRandomBytes,
    log,
    onIssued: stripe.follow,
  })
  const changes = billing.by(systemActor('test'))
  const people = createPeople({
    ledger,
    clock,
    randomBytes: secureRandomBytes,
    log,
    publicUrl: PUBLIC_URL,
    secretKey: new Uint8Array(32).fill(7),
    sendMail: () => Promise.resolve(),
    storeStripePair: (_manufacturerId, _pair, { alsoInTransaction }) =>
      ledger.transaction().execute(alsoInTransaction),
  })
  const settings = { currency: 'EUR', timeZone: 'UTC', languages: ['en' as const] }
  const test = installationAccess('test')
  const own = await people.createManufacturer(test, { name: 'Nordbohr', invoicePrefix: 'NORD', ...settings })
  const other = await people.createManufacturer(test, {
    name: 'Suedbohr',
    invoicePrefix: 'SUED',
    ...settings,
  })
  await ledger
    .updateTable('manufacturers')
    .set({ seller: JSON.stringify(seller) })
    .where('id', '=', own.id)
    .execute()
  // The totals of most tests are about something else.
  await changes.addTaxRate(own.id, {
    place: 'AT',
    category: 'standard',
    percent: '0',
    kind: 'zero',
    from: '2021-01-01',
  })
  for (const manufacturerId of [own.id, other.id]) {
    await metering.by(systemActor('test')).registerModel({
      id: 'drill' as ModelId,
      manufacturerId,
      name: 'Drill',
      registers: [
        {
          name: 'run_s',
          unit: 's',
          maxPerHour: 3_600n,
          maxGapMs: 40 * 86_400_000,
          gapRule: 'end',
          display: { unit: 'h', factor: 3_600n },
        },
      ],
    })
  }
  const drill = 'drill-1' as DeviceId
  await metering.by(systemActor('test')).registerDevice({
    id: drill,
    manufacturerId: own.id,
    modelId: 'drill' as ModelId,
    serial: 'SN-1',
    commissionedAt: getInstant(october.from),
    baseValues: { run_s: 0n },
    site: 'Linz',
    tags: ['blue'],
  })
  let seq = 0
  const report: World['report'] = async (at, runS) => {
    seq += 1
    const reading = { v: 1, epoch: 1, seq, at, clock: 'synced', registers: { run_s: runS } }
    await metering.ingest([
      {
        deviceId: drill,
        topic: deviceTopics.readings(drill),
        payload: Buffer.from(JSON.stringify(reading)),
        receivedAt: getInstant(at) + 1_000,
      },
    ])
  }
  await report('2026-10-15T08:00:00.000Z', 0)
  await report('2026-10-15T09:00:00.000Z', 1_800)
  await report(october.to, 1_800)
  await report('2026-11-20T08:00:00.000Z', 1_800)
  await report('2026-11-20T09:00:00.000Z', 2_400)

  await metering.recordAlarm({
    deviceId: drill,
    code: 'credential_cloned',
    detail: 'Give the device a new secret.',
    at: now,
  })

  const { tariffId } = await changes.publishTariff(own.id, {
    name: 'Drill by the minute',
    effectiveAt: getInstant(october.from),
    document: tariffDocument,
  })
  const addContract = async (name: string, from: string, to?: string) => {
    const customer = await changes.createCustomer(own.id, {
      name,
      email: 'site@example.com',
      address: { lines: ['Am Schacht 1'], postalCode: '4020', city: 'Linz', country: 'AT' },
    })
    const contract = await changes.createContract(own.id, {
      customerId: customer.id,
      tariffId,
      timeZone: 'Europe/Berlin',
      anchorOn: '2026-10-01',
      cadence: { unit: 'month', count: 1 },
      startsAt: getInstant(from),
    })
    const assignment = await changes.assignDevice(own.id, {
      contractId: contract.id,
      deviceId: drill,
      from: getInstant(from),
      ...(to !== undefined && { to: getInstant(to) }),
    })
    return { customer, contract, assignment }
  }
  const site = await addContract('Site', october.from, october.to)
  const crew = await addContract('Crew', october.to)
  const [invoice = ''] = (await changes.runBilling({ manufacturerId: own.id })).issued

  const accesses: Readonly<Record<string, Access>> = {
    admin: accessOf('manufacturer_admin', own.id),
    auditor: accessOf('auditor', own.id),
    site: accessOf('customer_owner', own.id, site.customer.id),
    crew: accessOf('customer_member', own.id, crew.customer.id),
    foreign: accessOf('manufacturer_admin', other.id),
    installation: accessOf('installation_admin', undefined),
  }
  const ended = new Set<string>()
  const mailing = {
    ledger,
    clock,
    randomBytes: secureRandomBytes,
    log,
    publicUrl: PUBLIC_URL,
    from: { address: 'usance@example.com' },
  }
  const mailer = createMailer({ ...mailing, way: 'wait' })
  const schedule = createSchedule({
    ledger,
    clock,
    randomBytes: secureRandomBytes,
    log,
    jobs: [{ name: 'mail_send', everyMs: 60_000, run: async () => 'done' }],
  })
  const webhooks = createWebhooks({
    ledger,
    clock,
    randomBytes: secureRandomBytes,
    log,
    publicUrl: PUBLIC_URL,
    secretKey: new Uint8Array(32).fill(7),
    allowsPrivate: false,
    resolveName: async () => ['203.0.114.7'],
    post: async () => ({ status: 204, problem: undefined, answer: undefined, retryAfter: undefined }),
  })
  const { app } = await createApiHarness({
    ownWebhooks: { ...webhooks, deliverSoon: () => undefined },
    stripe: stripe.api,
    ...overrides,
    metering,
    billing,
    clock,
    idempotencyKeys: createIdempotencyKeys(ledger, clock),
    people: {
      ...people,
      authenticateApiKey: (key) => Promise.resolve(ended.has(key) ? undefined : accesses[key]),
    },
    office: createOffice({
      ledger,
      copyChanges: () => copyChanges(ledger, (after, limit) => metering.feed.readChanges(after, limit)),
      schedule,
      mailer,
      clock,
      publicUrl: PUBLIC_URL,
    }),
  })
  let seenChanges = 0
  let cookie = ''
  return {
    app,
    billing,
    metering,
    webhooks,
    manufacturerId: own.id,
    ids: {
      site: site.customer.id,
      crew: crew.customer.id,
      siteContract: site.contract.id,
      crewContract: crew.contract.id,
      siteAssignment: site.assignment.id,
      crewAssignment: crew.assignment.id,
      tariff: tariffId,
      invoice,
    },
    send: (method, url, { payload, key = 'admin', headers, payloadAsStream = false } = {}) =>
      app.inject({
        method,
        url,
        payloadAsStream,
        headers: {
          ...(key === 'person' ? { cookie, origin: PUBLIC_URL } : { authorization: `Bearer ${key}` }),
          ...headers,
        },
        ...(payload !== undefined && { payload }),
      }),
    report,
    async signIn() {
      const link = await people.createSignInLink({
        email: 'mara@nordbohr.example',
        name: 'Mara Holm',
        role: 'manufacturer_admin',
        manufacturerId: own.id,
      })
      const answer = await app.inject({
        method: 'POST',
        url: '/auth/welcome',
        headers: { origin: PUBLIC_URL },
        payload: { token: new URL(link).searchParams.get('token') },
      })
      cookie = answer.cookies.map(({ name, value }) => `${name}=${encodeURIComponent(value)}`).join('; ')
    },
    async bounceMail() {
      await ledger.transaction().execute((transaction) =>
        enqueueMail(transaction, {
          template: 'digest',
          data: { organisationName: 'Nordbohr', items: ['One device is silent.'], path: '/app/' },
          to: { address: 'office@nordbohr.example' },
          language: 'en',
          manufacturerId: own.id,
          at: now,
        }),
      )
      const problem = '550 5.1.1 Recipient address rejected: User unknown'
      const refusing = createMailer({
        ...mailing,
        way: async () => ({ kind: 'refused', problem, isReachable: true }),
      })
      await refusing.sendWaiting()
    },
    saveCard: stripe.saveCard,
    failAtStripe: stripe.fail,
    leaveAtStripe: stripe.leave,
    async newChanges() {
      const rows = await ledger
        .selectFrom('audit_entries')
        .select(['no', 'action', 'actor_name'])
        .where('no', '>', BigInt(seenChanges))
        .orderBy('no')
        .execute()
      seenChanges = Number(rows.at(-1)?.no ?? seenChanges)
      return rows.map(({ action, actor_name }) => `${action} by ${actor_name}`)
    },
    async loseAnswers() {
      const lost = { status: null, answer: null, location: null }
      await ledger.updateTable('idempotency_keys').set(lost).execute()
    },
    endAccess: (key) => ended.add(key),
    setNow(text) {
      now = getInstant(text)
    },
    async close() {
      await app.close()
      await ledger.destroy()
      await metering.close()
      rmSync(folder, { recursive: true })
    },
  }
}
