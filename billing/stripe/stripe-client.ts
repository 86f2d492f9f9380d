/**
 * The official SDK, pointed at Stripe or at the sandbox by configuration alone.
 *
 * `maxNetworkRetries` is 0: the outbox retries, because only it knows what is already stored. The SDK still repeats
 * a request once when the connection was closed on it; that is safe, since every request that changes something
 * carries our idempotency key. Telemetry is off.
 */
import { Stripe } from 'stripe'
import type { ManufacturerId } from '../../core/index.ts'
import { stripeErrors } from './errors.ts'
import { isLiveKey, type SecretStore } from './secrets.ts'

/** Where Stripe is. Empty for Stripe itself; host, port and protocol for the sandbox. */
export type StripeOptions = {
  readonly host?: string
  readonly port?: number
  readonly protocol?: 'http' | 'https'
  /** How long one request may take; 30,000 unless given. */
  readonly timeoutMs?: number
}

/** The version that this code was written for. Each outbox step keeps the one it was prepared with. */
export const STRIPE_API_VERSION = '2026-10-28.endive' satisfies Stripe.LatestApiVersion

export type StripeClients = {
  /** @throws AppError `stripe_not_configured`, `stripe_secret_unreadable`, `stripe_live_key_refused` */
  getClient(manufacturerId: ManufacturerId): Promise<Stripe>
}

export function createStripeClients(
  secrets: Pick<SecretStore, 'getStripeCredentials'>,
  options: StripeOptions,
): StripeClients {
  return {
    async getClient(manufacturerId) {
      const { apiKey } = await secrets.getStripeCredentials(manufacturerId)
      if (isLiveKey(apiKey) && options.protocol === 'http') {
        throw stripeErrors.stripe_live_key_refused(
          'A live key is never sent without TLS; use a test key here.',
        )
      }
      return new Stripe(apiKey, {
        apiVersion: STRIPE_API_VERSION,
        maxNetworkRetries: 0,
        telemetry: false,
        timeout: options.timeoutMs ?? 30_000,
        ...(options.host === undefined ? {} : { host: options.host }),
        ...(options.port === undefined ? {} : { port: options.port }),
        ...(options.protocol === undefined ? {} : { protocol: options.protocol }),
      })
    },
  }
}
