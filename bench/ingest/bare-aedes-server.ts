/** The yardstick: Aedes as it comes, on the same socket options as our broker. Stores nothing, checks nobody. */
import { createServer, type AddressInfo } from 'node:net'
import { Aedes } from 'aedes'
import { serveParent } from '../child-calls.ts'
import { readCpuMicroseconds, readRssBytes } from './process-usage.ts'

const aedes = await Aedes.createBroker()
const handle = aedes.handle
const server = createServer({ noDelay: true }, (socket) => {
  handle(socket)
})
await new Promise<void>((resolve) => {
  server.listen(0, '127.0.0.1', resolve)
})

const methods = {
  port: () => (server.address() as AddressInfo).port,
  cpuMicroseconds: readCpuMicroseconds,
  rssBytes: readRssBytes,
  async close(): Promise<void> {
    server.close()
    await new Promise<void>((resolve) => {
      aedes.close(resolve)
    })
  },
}

export type BareAedesServerMethods = typeof methods

serveParent(methods)
