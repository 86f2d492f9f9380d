/** The OpenAPI document as the client in `clients/typescript` is made from it: of no particular server. */
import { createApiHarness } from './api-harness.ts'

export const clientFolder = new URL('../../clients/typescript/', import.meta.url)

/** The text of `clients/typescript/openapi.json`. */
export async function readClientDocument(): Promise<string> {
  const { app } = await createApiHarness()
  const document = (await app.inject('/openapi.json')).json<Record<string, unknown>>()
  await app.close()
  return `${JSON.stringify({ ...document, servers: [{ url: '/' }] }, null, 2)}\n`
}
