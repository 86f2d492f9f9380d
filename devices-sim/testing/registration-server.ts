/** Answers the two registration requests as the HTTP interface documents them, and keeps what was asked. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'

export type RegistrationServer = {
  readonly url: string
  readonly requests: { method: string; path: string; authorization: string | undefined; document: unknown }[]
  /** Secrets it gave out, by device. */
  readonly secrets: Map<string, string>
  close(): Promise<void>
}

export async function startRegistrationServer(apiKey: string): Promise<RegistrationServer> {
  const requests: RegistrationServer['requests'] = []
  const secrets = new Map<string, string>()
  const server = createServer((request, response) => {
    const answer = (status: number, document: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(document))
    }
    const handle = async (): Promise<void> => {
      const { method = '', url: path = '' } = request
      const { authorization } = request.headers
      const document = (await json(request)) as { id?: string }
      requests.push({ method, path, authorization, document })
      if (authorization !== `Bearer ${apiKey}`) {
        answer(401, { code: 'api_key_invalid' })
      } else if (method === 'PUT') {
        answer(200, { id: path.split('/').at(-1) })
      } else if (secrets.has(document.id ?? '')) {
        answer(409, { code: 'device_exists', detail: 'Choose another id.' })
      } else {
        const secret = `secret of ${document.id}`
        secrets.set(document.id ?? '', secret)
        answer(201, { device: document, secret })
      }
    }
    handle().catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    secrets,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
