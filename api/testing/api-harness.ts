/**
 * The HTTP application over small in-memory metering and billing: two manufacturers, one drill of the first. What is
 * tested with it is the mapping to HTTP and nothing behind it; `test/` runs the real parts together.
 */
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify'
import { pino } from 'pino'
import { Registry } from 'prom-client'

import {
  billingErrors,
  type Contract,
  type Customer,
  type Invoice,
  type RatedLine,
} from '../../billing/index.ts'
import {
  formatInstant,
  getCurrency,
  getInstant,
  type AssignmentId,
  type ContractId,
  type CustomerId,
  type DeviceId,
  type InvoiceId,
  type ManufacturerId,
  type ModelId,
  type TariffId,
} from '../../core/index.ts'
import {
  meteringErrors,
  type DeviceStatus,
  type DecisionRecord,
  type HoldInContext,
  type Model,
  type QuarantinedMessage,
  type RegisterAt,
  type ChangingVerbs,
} from '../../metering/index.ts'
import {
  createApi,
  defaultApiLimits,
  type ApiBilling,
  type ApiLimits,
  type ApiMetering,
  type ApiOffice,
  type ApiOptions,
  type ApiPeople,
} from '../index.ts'
import { createPeopleHarness, OTHER_KEY, OWN_KEY } from './people-harness.ts'

export { OTHER_KEY, OWN_KEY }

export const PUBLIC_URL = 'https://usance.test'
const NOW = getInstant('2026-11-22T12:00:00Z')

const own = 'man_own' as ManufacturerId
const EUR = getCurrency('EUR').code

/** More than a float holds exactly, so that a quantity that went through one shows. */
export const HUGE = 9_007_199_254_740_993n

const drill: DeviceStatus = {
  id: 'drill-1' as DeviceId,
  manufacturerId: own,
  modelId: 'drill' as ModelId,
  modelVersion: 1,
  serial: undefined,
  commissionedAt: getInstant('2026-01-01T00:00:00Z'),
  createdAt: getInstant('2026-01-02T00:00:00Z'),
  lastReading: { epoch: 1, seq: 7, receivedAt: NOW, at: undefined },
  registers: { run_s: { value: HUGE, at: NOW } },
  presence: { state: 'online', at: Date.parse('2026-11-22T07:00:00Z'), reason: 'connected' },
  openHolds: 1,
  lastSeenAt: NOW,
  firmware: '1.4.2',
  site: 'Linz',
  tags: ['blue', 'rental'],
  revoked: undefined,
  isBeingJudged: false,
}

const model: Model = {
  id: 'drill' as ModelId,
  version: 1,
  manufacturerId: own,
  name: 'Drill',
  registers: [
    { name: 'run_s', unit: 's', maxPerHour: 3_600n, maxGapMs: 900_000, gapRule: 'end', modulus: HUGE },
  ],
}

const hold: HoldInContext = {
  id: 3,
  deviceId: drill.id,
  register: undefined,
  epoch: 1,
  seq: 5,
  code: 'content_conflict',
  detail: 'Compare the two readings.',
  heldAt: NOW,
  readingId: 5,
  at: NOW,
  exchange: undefined,
  values: [
    {
      register: 'run_s',
      value: HUGE,
      before: { at: NOW, value: HUGE, shown: 12n, isPlaced: true, reading: { id: 4, epoch: 1, seq: 4 } },
      after: undefined,
    },
  ],
}

const decisions: readonly DecisionRecord[] = [1, 2, 3].map((id) => ({
  id,
  deviceId: drill.id,
  decision: { kind: 'exchange', register: 'run_s', final: HUGE, start: 0n, at: NOW },
  decidedBy: 'Jo',
  reason: 'board exchanged',
  decidedAt: NOW,
}))

function assertOwnDrill(manufacturerId: ManufacturerId, deviceId: string): void {
  if (manufacturerId === own && deviceId === drill.id) return
  throw meteringErrors.device_unknown('Use the id of one of your devices.')
}

const quarantined: QuarantinedMessage = {
  id: 4,
  deviceId: drill.id,
  topic: 'devices/drill-1/readings',
  receivedAt: NOW,
  code: 'payload_not_json',
  detail: 'Send JSON.',
  raw: Uint8Array.of(0xff, 0x00),
}

const customer: Customer = {
  id: 'cust_1' as CustomerId,
  manufacturerId: own,
  name: 'Bau GmbH',
  email: 'bau@example.com',
  legalName: 'Bau Gesellschaft mbH',
  taxId: undefined,
  purchaseOrderNumber: undefined,
  language: 'de',
  currency: EUR,
  billingEmails: [],
  address: { lines: ['Am Kai 1'], postalCode: '10115', city: 'Berlin', country: 'DE' },
  createdAt: NOW,
}

const contract: Contract = {
  id: 'con_1' as ContractId,
  manufacturerId: own,
  customerId: customer.id,
  tariffId: 'tar_1' as TariffId,
  timeZone: 'Europe/Berlin',
  anchorOn: '2026-01-31',
  cadence: { unit: 'month', count: 1 },
  startsAt: getInstant('2026-01-30T23:00:00Z'),
  endsAt: undefined,
  customerName: customer.name,
  tariffName: 'Drill by the minute',
}

const november = { from: getInstant('2026-10-31T23:00:00Z'), to: getInstant('2026-11-30T23:00:00Z') }

const line: RatedLine = {
  itemId: 'run-time',
  description: 'Run time',
  quantity: '1/3',
  unit: 'min',
  unitPrice: '0.12',
  currency: EUR,
  unroundedAmount: '0.04',
  amountMinor: 4n,
  sentence: '1/3 min at 0.12 EUR are 0.04 EUR.',
  explanation: {
    tariffVersionId: 'abc',
    period: november,
    rounding: 'half_even',
    usage: [
      {
        deviceId: drill.id,
        register: 'run_s',
        unit: 's',
        ...november,
        quantity: 20n,
        start: {
          at: november.from,
          value: HUGE,
          before: undefined,
          after: { at: november.from, value: HUGE, epoch: undefined, seq: undefined },
          isEstimated: false,
        },
        end: {
          at: november.to,
          value: HUGE + 20n,
          before: { at: NOW, value: HUGE + 20n, epoch: 1, seq: 7 },
          after: undefined,
          isEstimated: false,
        },
      },
    ],
  },
}

const invoice: Invoice = {
  id: 'inv_1' as InvoiceId,
  manufacturerId: own,
  customerId: customer.id,
  contractId: contract.id,
  number: 'ACME-000001',
  status: 'issued',
  currency: EUR,
  period: november,
  cutoffAt: november.to,
  lines: [line],
  totalMinor: HUGE,
  issuedAt: NOW,
  paidAt: undefined,
  stripeInvoiceId: undefined,
}

/** A register that reads one per second since 1970. */
function registerAt(at: number): RegisterAt {
  return { at, value: BigInt(at / 1_000), before: undefined, after: undefined, isEstimated: false }
}

/** What only makes sense with a store: `device-harness.ts` passes a real one. */
const needsStore = () => Promise.reject(new Error('Pass a real metering to test this.'))
const unserved = {
  listModels: needsStore,
  listModelVersions: needsStore,
  findDevices: needsStore,
  countFleet: needsStore,
  readSessions: needsStore,
  listReadings: needsStore,
  countSilentDevices: needsStore,
  listSecrets: needsStore,
  listCertificates: needsStore,
  listClaims: needsStore,
  listAlarms: needsStore,
}

const officeWithoutStore: ApiOffice = {
  searchEntries: needsStore,
  listJobs: needsStore,
  runJob: needsStore,
  listMails: needsStore,
  getMail: needsStore,
  repeatMail: needsStore,
  listPrintedMails: () => undefined,
}

function createChanges(): ChangingVerbs {
  return {
    updateDevice: needsStore,
    createSecret: needsStore,
    revokeSecret: needsStore,
    revokeDevice: needsStore,
    restoreDevice: needsStore,
    setCertificates: needsStore,
    createClaims: needsStore,
    revokeClaim: needsStore,
    acknowledgeAlarm: needsStore,
    registerDevices: needsStore,
    registerModel: async (input) => ({ ...input, version: 1 }),
    registerDevice: async (input) => {
      if (input.id === drill.id) throw meteringErrors.device_exists('Use another id.')
      return {
        device: { ...input, modelVersion: 1, serial: input.serial, createdAt: NOW },
        secret: 'the-device-secret',
      }
    },
    decide: async ({ manufacturerId, deviceId, decidedBy = 'console', ...input }) => {
      assertOwnDrill(manufacturerId, deviceId)
      return { ...input, decidedBy, id: 8, deviceId: drill.id, decidedAt: NOW }
    },
    setModelVersion: async (manufacturerId, deviceId, version) => {
      assertOwnDrill(manufacturerId, deviceId)
      if (version > 2) throw meteringErrors.model_unknown('Use version 1 or 2.')
      return { ...drill, modelVersion: version }
    },
  }
}

function createMetering(): Omit<ApiMetering, 'by'> {
  return {
    ...unserved,
    findDevice: async (manufacturerId, deviceId) =>
      manufacturerId === own && deviceId === drill.id ? drill : undefined,
    listDevices: async (manufacturerId, { after, limit }) =>
      manufacturerId === own ? { items: [drill], nextAfter: `${after ?? 'first'}-${limit}` } : nothing,
    findModel: async (manufacturerId, id) => (manufacturerId === own && id === model.id ? model : undefined),
    readUsage: async (queries) =>
      queries.map((query) => {
        if (query.register !== 'run_s') throw meteringErrors.register_not_in_model('Use "run_s".')
        const [start, end] = [registerAt(query.from), registerAt(query.to)]
        return { ...query, unit: 's', quantity: end.value - start.value, start, end, knownUntil: NOW }
      }),
    readMetrics: async (queries) => {
      const detail = 'Use "max".'
      const issues = [{ detail, pointer: '/queries/0/metric/aggregation' }]
      if (queries[0]?.metric.aggregation !== 'max') throw meteringErrors.metric_invalid(detail, { issues })
      return []
    },
    listQuarantine: async (manufacturerId) => (manufacturerId === own ? pageOf(quarantined) : nothing),
    findHolds: async (manufacturerId, { deviceId, after, limit }) =>
      manufacturerId === own && (deviceId ?? drill.id) === drill.id
        ? { items: [hold], nextAfter: after === undefined ? String(limit) : undefined }
        : nothing,
    listDecisions: async (manufacturerId, deviceId, { after = 0, limit = 1 } = {}) => {
      assertOwnDrill(manufacturerId, deviceId)
      return decisions.filter(({ id }) => id > after).slice(0, limit)
    },
  }
}

/** What only makes sense with a ledger: `world-harness.ts` passes a real one. */
const unservedBilling = {
  by: () => {
    throw new Error('Pass a real billing to test this.')
  },
  findCustomer: needsStore,
  countCustomers: needsStore,
  listTariffs: needsStore,
  findTariff: needsStore,
  listTariffVersions: needsStore,
  findContract: needsStore,
  listAssignedDevices: needsStore,
  draftBill: needsStore,
  forecastBilling: needsStore,
}

function createBilling(): ApiBilling {
  return {
    ...unservedBilling,
    listHolders: async () => [],
    listCustomers: async (manufacturerId) => (manufacturerId === own ? pageOf(customer) : nothing),
    listContracts: async (manufacturerId) => (manufacturerId === own ? pageOf(contract) : nothing),
    findAssignments: needsStore,
    listAssignments: async () => [
      {
        id: 'asg_1' as AssignmentId,
        contractId: contract.id,
        deviceId: drill.id,
        from: november.from,
        to: undefined,
      },
    ],
    liveBill: async (manufacturerId, contractId, cutoffAt = NOW) => {
      if (manufacturerId !== own || contractId !== contract.id) {
        throw billingErrors.contract_not_found('Use the id of one of your contracts.')
      }
      const { customerId, period, currency, lines, totalMinor } = invoice
      const held = [
        { deviceId: drill.id, register: 'run_s', ...november, code: 'hand_over_unclear' } as const,
      ]
      return { contractId: contract.id, customerId, period, currency, cutoffAt, lines, totalMinor, held }
    },
    listInvoices: async (manufacturerId, { status = 'issued' }) =>
      manufacturerId === own && status === 'issued' ? pageOf(invoice) : nothing,
    findInvoice: async (manufacturerId, id) =>
      manufacturerId === own && id === invoice.id ? invoice : undefined,
  }
}

const nothing = { items: [], nextAfter: undefined }

function pageOf<Item>(item: Item): { items: Item[]; nextAfter: undefined } {
  return { items: [item], nextAfter: undefined }
}

export type ApiHarness = {
  readonly app: FastifyInstance
  readonly request: (options: InjectOptions & { readonly key?: string }) => Promise<LightMyRequestResponse>
  /** With the key of the manufacturer who owns the drill. */
  readonly get: (url: string, key?: string) => Promise<LightMyRequestResponse>
  /** Every log line that was written, as text. */
  readonly logged: readonly string[]
  readonly webhooks: { manufacturerId: string; rawBody: Buffer; signature: string }[]
}

export async function createApiHarness(
  overrides: Partial<Omit<ApiOptions, 'metering' | 'billing' | 'people' | 'office' | 'limits'>> & {
    readonly metering?: Partial<ApiMetering>
    /** Replaces verbs of `metering.by(actor)`. */
    readonly changes?: Partial<ChangingVerbs>
    readonly billing?: Partial<ApiBilling>
    readonly people?: Partial<ApiPeople>
    readonly office?: Partial<ApiOffice>
    readonly limits?: Partial<ApiLimits>
  } = {},
): Promise<ApiHarness> {
  const logged: string[] = []
  const webhooks: ApiHarness['webhooks'] = []
  let requestCount = 0
  const app = await createApi({
    webhooks: {
      receiveStripe: async (manufacturerId, rawBody, signature) => {
        webhooks.push({ manufacturerId, rawBody, signature })
      },
    },
    idempotencyKeys: { take: needsStore, keep: needsStore, giveBack: needsStore },
    readiness: () => ({ isReady: true, checks: { metering: 'ok' } }),
    registry: new Registry(),
    errorCatalogues: [meteringErrors.declarations, billingErrors.declarations],
    clock: { now: () => NOW },
    randomBytes: (length) => new Uint8Array(length).fill(++requestCount),
    log: pino({ level: 'debug' }, { write: (line: string) => logged.push(line) }),
    publicUrl: PUBLIC_URL,
    isCheckingAnswers: true,
    ...overrides,
    metering: {
      ...createMetering(),
      by: () => ({ ...createChanges(), ...overrides.changes }),
      ...overrides.metering,
    },
    billing: { ...createBilling(), ...overrides.billing },
    people: { ...createPeopleHarness(), ...overrides.people },
    office: { ...officeWithoutStore, ...overrides.office },
    limits: { ...defaultApiLimits, ...overrides.limits },
  })
  const request: ApiHarness['request'] = ({ key, ...options }) =>
    app.inject({
      ...options,
      headers: { ...(key !== undefined && { authorization: `Bearer ${key}` }), ...options.headers },
    })
  return { app, request, get: (url, key = OWN_KEY) => request({ url, key }), logged, webhooks }
}

export function instantAfter(ms: number): string {
  return formatInstant(NOW + ms)
}

export function parseLog(logged: readonly string[]): unknown[] {
  return logged.map((line): unknown => JSON.parse(line))
}
