/**
 * The HTTP application over small in-memory metering and billing: two manufacturers, one drill of the first. What is
 * tested with it is the mapping to HTTP and nothing behind it; `test/` runs the real parts together.
 */
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify'
import { pino } from 'pino'
import { Registry } from 'prom-client'

import { billingErrors } from '../../billing/index.ts'
import { formatInstant } from '../../core/index.ts'
import { meteringErrors, type ChangingVerbs } from '../../metering/index.ts'
import {
  createApi,
  defaultApiLimits,
  type ApiBilling,
  type ApiLimits,
  type ApiMetering,
  type ApiOffice,
  type ApiOptions,
  type ApiPeople,
  type ApiWebhooks,
} from '../index.ts'
import { createBilling } from './memory-billing.ts'
import { createChanges, createMetering } from './memory-metering.ts'
import { HUGE, needsStore, NOW } from './memory-parts.ts'
import { createPeopleHarness, OTHER_KEY, OWN_KEY } from './people-harness.ts'

export { HUGE, OTHER_KEY, OWN_KEY }

export const PUBLIC_URL = 'https://usance.test'

const officeWithoutStore: ApiOffice = {
  searchEntries: needsStore,
  listJobs: needsStore,
  runJob: needsStore,
  listMails: needsStore,
  getMail: needsStore,
  repeatMail: needsStore,
  listPrintedMails: () => undefined,
}

const webhooksWithoutStore: ApiWebhooks = {
  by: () => ({
    addEndpoint: needsStore,
    changeEndpoint: needsStore,
    removeEndpoint: needsStore,
    replaceSecret: needsStore,
    testEndpoint: needsStore,
    replayEvent: needsStore,
    replayMissed: needsStore,
  }),
  listEndpoints: needsStore,
  getEndpoint: needsStore,
  listEvents: needsStore,
  getEvent: needsStore,
  listDeliveries: needsStore,
  deliverSoon: () => undefined,
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
    ownWebhooks: webhooksWithoutStore,
    stripe: undefined,
    idempotencyKeys: { take: needsStore, noteMade: needsStore, keep: needsStore, giveBack: needsStore },
    readiness: () => ({ isReady: true, checks: { metering: 'ok' } }),
    registry: new Registry(),
    errorCatalogues: [meteringErrors.declarations, billingErrors.declarations],
    clock: { now: () => NOW },
    randomBytes: (length) => new Uint8Array(length).fill(++requestCount),
    log: pino({ level: 'debug' }, { write: (line: string) => logged.push(line) }),
    publicUrl: PUBLIC_URL,
    mqttPort: 1883,
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
