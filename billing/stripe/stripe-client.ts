/**
 * The official SDK, pointed at Stripe or at the sandbox by configuration alone, and kept at the pace that Stripe allows: each request waits for
 * its turn before it is sent, whoever makes it.
 *
 * `maxNetworkRetries` is 0: the outbox retries, because only it knows what is already stored. The SDK still repeats
 * a request once when the connection was closed on it; that is safe, since every request that changes something
 * carries our idempotency key. Telemetry is off. Pacing goes by the monotonic clock: a clock that is set back must not stop it.
 */
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { Stripe } from 'stripe'
import type { ManufacturerId } from '../../core/index.ts'
import { stripeErrors } from './errors.ts'
import { createPacer, endpointOf, type Pace, type Pacer } from './pacer.ts'
import { isLiveKey, type SecretStore } from './secrets.ts'

/** Where Stripe is. Empty for Stripe itself; host, port and protocol for the sandbox. */
export type StripeOptions = {
  readonly host?: string
  readonly port?: number
  readonly protocol?: 'http' | 'https'
  /** How long one request may take; 30,000 unless given. */
  readonly timeoutMs?: number
  /** How fast requests follow each other; 25 per second and endpoint, 100 in all, unless given. */
  readonly pace?: Pace
}

/** The version that this code was written for. Each outbox step keeps the one it was prepared with. */
export const STRIPE_API_VERSION = '2026-10-28.endive' satisfies Stripe.LatestApiVersion

/** Connections to Stripe, and so requests under way, of one process. */
export const MAX_CONNECTIONS = 64

const DEFAULT_PACE: Pace = { perEndpoint: 25, perAccount: 100 }

export type StripeClients = {
  /** @throws AppError `stripe_not_configured`, `stripe_secret_unreadable`, `stripe_live_key_refused` */
  getClient(manufacturerId: ManufacturerId): Promise<Stripe>
  /** A client with a key that is not stored yet. @throws AppError `stripe_live_key_refused` */
  connect(manufacturerId: ManufacturerId, apiKey: string): Stripe
  /** Clients that were given out for the account send nothing any more: another account was connected. */
  retire(manufacturerId: ManufacturerId): void
  /** Nothing is sent for this account for so long: Stripe asked to slow down. */
  pause(manufacturerId: ManufacturerId, pauseMs: number): void
}

export function createStripeClients(
  secrets: Pick<SecretStore, 'getStripeCredentials'>,
  options: StripeOptions,
): StripeClients {
  const pacer = createPacer(options.pace ?? DEFAULT_PACE)
  const agentOptions = { keepAlive: true, maxSockets: MAX_CONNECTIONS }
  const agent = options.protocol === 'http' ? new HttpAgent(agentOptions) : new HttpsAgent(agentOptions)
  const clients = new Map<
    ManufacturerId,
    { readonly apiKey: string; readonly stripe: Stripe; readonly use: Use }
  >()

  function connect(manufacturerId: ManufacturerId, apiKey: string, use: Use): Stripe {
    if (isLiveKey(apiKey) && options.protocol === 'http') {
      throw stripeErrors.stripe_live_key_refused('A live key is never sent without TLS; use a test key here.')
    }
    const { host, port, protocol, timeoutMs = 30_000 } = options
    return new Stripe(apiKey, {
      apiVersion: STRIPE_API_VERSION,
      maxNetworkRetries: 0,
      telemetry: false,
      timeout: timeoutMs,
      httpClient: pacedClient(Stripe.createNodeHttpClient(agent), pacer, manufacturerId, use),
      ...(host === undefined ? {} : { host }),
      ...(port === undefined ? {} : { port }),
      ...(protocol === undefined ? {} : { protocol }),
    })
  }

  return {
    async getClient(manufacturerId) {
      const { apiKey } = await secrets.getStripeCredentials(manufacturerId)
      const known = clients.get(manufacturerId)
      if (known?.apiKey === apiKey) return known.stripe
      const use = { isOver: false }
      const stripe = connect(manufacturerId, apiKey, use)
      clients.set(manufacturerId, { apiKey, stripe, use })
      return stripe
    },
    connect: (manufacturerId, apiKey) => connect(manufacturerId, apiKey, { isOver: false }),
    retire(manufacturerId) {
      const known = clients.get(manufacturerId)
      if (known !== undefined) known.use.isOver = true
      clients.delete(manufacturerId)
    },
    pause: (manufacturerId, pauseMs) => pacer.pauseUntil(manufacturerId, performance.now() + pauseMs),
  }
}

type Use = { isOver: boolean }

function pacedClient(
  client: Stripe.HttpClient,
  pacer: Pacer,
  account: ManufacturerId,
  use: Use,
): Stripe.HttpClient {
  return {
    getClientName: () => client.getClientName(),
    async makeRequest(...request) {
      const [, , path, method] = request
      const waitMs = pacer.takeTurn(account, endpointOf(method, path), performance.now())
      if (waitMs > 0) await sleep(waitMs)
      if (use.isOver) throw new Error('Another account was connected.')
      return await client.makeRequest(...request)
    },
  }
}
