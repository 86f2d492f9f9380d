/**
 * A plain Aedes for tests of the transport: keeps what it received, can hold acknowledgements back, refuse, be killed
 * and be started again on the same port. It stores nothing anywhere else; what it acknowledged is what counts.
 */
import { Buffer } from 'node:buffer'
import { once } from 'node:events'
import net, { type AddressInfo, type Socket } from 'node:net'
import { Aedes } from 'aedes'
import { decodeReadingMessage, type Reading } from '../../core/index.ts'

export type BareBroker = {
  readonly url: string
  /** Every reading that arrived, per device, in order of arrival, repetitions included. */
  readonly received: ReadonlyMap<string, readonly Reading[]>
  /** Sequence numbers per device whose message was acknowledged. */
  readonly acknowledged: ReadonlyMap<string, ReadonlySet<number>>
  readonly connections: () => number
  /** Cuts every connection without a word and frees the port. */
  kill(): Promise<void>
  start(): Promise<void>
  /** Publishes on a device's problems topic. */
  reportProblem(deviceId: string, problem: unknown): Promise<void>
}

/** `answer` decides what happens to a message: the default acknowledges it at once. */
export async function startBareBroker(
  options: {
    readonly answer?: (
      deviceId: string,
      readings: readonly Reading[],
    ) => 'acknowledge' | 'hold' | 'disconnect'
    readonly secrets?: ReadonlyMap<string, string>
  } = {},
): Promise<BareBroker> {
  const { answer = () => 'acknowledge', secrets } = options
  const received = new Map<string, Reading[]>()
  const acknowledged = new Map<string, Set<number>>()
  const sockets = new Set<Socket>()
  let port = 0
  let aedes: Aedes | undefined
  let server: net.Server | undefined

  const start = async (): Promise<void> => {
    aedes = await Aedes.createBroker()
    aedes.authenticate = (client, username, password, done) => {
      const isKnown = secrets === undefined || secrets.get(client.id) === password?.toString()
      done(null, username === client.id && isKnown)
    }
    aedes.authorizePublish = (client, packet, done) => {
      const deviceId = client?.id ?? ''
      if (packet.topic !== `devices/${deviceId}/readings`) {
        done(new Error('another topic'))
        return
      }
      const elements = decodeReadingMessage(Buffer.from(packet.payload))
      const readings = elements.flatMap(({ reading }) => (reading === undefined ? [] : [reading]))
      received.set(deviceId, [...(received.get(deviceId) ?? []), ...readings])
      const decided = answer(deviceId, readings)
      if (decided === 'hold') return
      if (decided === 'disconnect') {
        done(new Error('not now'))
        return
      }
      const seqs = acknowledged.get(deviceId) ?? new Set()
      acknowledged.set(deviceId, seqs)
      for (const { seq } of readings) seqs.add(seq)
      done(null)
    }
    const handle = aedes.handle
    server = net.createServer((socket) => {
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
      handle(socket)
    })
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    port = (server.address() as AddressInfo).port
  }

  await start()
  return {
    url: `mqtt://127.0.0.1:${port}`,
    received,
    acknowledged,
    connections: () => sockets.size,
    start,
    async kill() {
      const closed = server === undefined ? Promise.resolve() : once(server, 'close')
      server?.close()
      for (const socket of sockets) socket.destroy()
      await closed
      aedes?.close()
    },
    reportProblem: async (deviceId, problem) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      aedes?.publish(
        {
          cmd: 'publish',
          topic: `devices/${deviceId}/problems`,
          payload: JSON.stringify(problem),
          qos: 0,
          retain: false,
          dup: false,
        },
        (error) => (error ? reject(error) : resolve()),
      )
      return promise
    },
  }
}
