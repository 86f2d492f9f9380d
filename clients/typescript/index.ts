/**
 * A typed client of the Usance API: paths, queries, bodies and answers are those of the server's OpenAPI document.
 *
 * In a browser the session's cookie is sent along; a program passes an API key. `openapi.json` and `schema.ts` are
 * generated: `npm run generate:client`.
 */
import createClient, { type Client, type ClientOptions } from 'openapi-fetch'

import type { components, paths } from './schema.ts'

export type { components, operations, paths } from './schema.ts'

export type UsanceClient = Client<paths>
/** A failure as the server describes it; `code` has a page under `/problems`. */
export type UsanceProblem = components['schemas']['Problem']

export type UsanceClientOptions = {
  /** Where the server is: "https://usance.example". */
  readonly baseUrl: string
  readonly apiKey?: string
  /** For tests, and for programs with a fetch of their own. */
  readonly fetch?: NonNullable<ClientOptions['fetch']>
}

export function createUsanceClient({ baseUrl, apiKey, fetch }: UsanceClientOptions): UsanceClient {
  return createClient<paths>({
    baseUrl,
    credentials: 'same-origin',
    ...(apiKey !== undefined && { headers: { authorization: `Bearer ${apiKey}` } }),
    ...(fetch !== undefined && { fetch }),
  })
}
