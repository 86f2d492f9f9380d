import { once } from 'node:events'
import { duplexPair } from 'node:stream'
import { Aedes, type Client } from 'aedes'
import { generate } from 'mqtt-packet'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeLean } from './lean-client.ts'

let aedes: Aedes
beforeEach(async () => {
  aedes = await Aedes.createBroker()
})
afterEach(
  () =>
    new Promise<void>((resolve) => {
      aedes.close(resolve)
    }),
)

const listOf = (client: Client): unknown => Reflect.get(Reflect.get(client, '_parser') as object, '_list')
const isStream = (list: unknown) => typeof (list as { pipe?: unknown }).pipe === 'function'
const isList = (list: unknown) => typeof (list as { append?: unknown }).append === 'function'

describe('makeLean', () => {
  it('finds in this Aedes what it takes away', () => {
    const [stream] = duplexPair()
    const client = aedes.handle(stream)
    const closeListeners = stream.listenerCount('close')
    expect([isList(listOf(client)), isStream(listOf(client))]).toEqual([true, true])
    makeLean(client)
    expect([isList(listOf(client)), isStream(listOf(client))]).toEqual([true, false])
    expect(closeListeners - stream.listenerCount('close')).toBe(1)
    client.close()
  })

  it('leaves a client that reads a CONNECT in pieces, and closes', async () => {
    const [stream, peer] = duplexPair()
    const client = aedes.handle(stream)
    makeLean(client)
    const bytes = generate({ cmd: 'connect', clientId: 'drill-1', protocolVersion: 4, clean: true })
    peer.write(bytes.subarray(0, 5))
    peer.resume()
    await once(stream, 'readable')
    peer.write(bytes.subarray(5))
    await once(aedes, 'clientReady')
    expect([client.id, aedes.connectedClients, client.closed]).toEqual(['drill-1', 1, false])
    client.close()
    expect([aedes.connectedClients, client.closed]).toEqual([0, true])
  })
})
