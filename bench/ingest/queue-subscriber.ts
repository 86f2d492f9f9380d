/**
 * The process of a persistent QoS 1 subscriber that reads everything, as a backend behind a stock broker would: it
 * acknowledges each message at once and only counts them.
 */
import { connect, type Socket } from 'node:net'
import { generate } from 'mqtt-packet'
import { InvariantError } from '../../core/index.ts'
import { serveParent } from '../child-calls.ts'
import { DeliveryScanner } from './delivery-scanner.ts'

const KEEPALIVE_S = 600
const [port] = process.argv.slice(2)
if (port === undefined) throw new InvariantError('The subscriber is started with the port of the server.')

const subscribed = Promise.withResolvers<void>()
let received = 0
const scanner = new DeliveryScanner({
  onConnack() {
    socket.write(
      generate({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'devices/+/readings', qos: 1 }] }),
    )
  },
  onSuback: () => subscribed.resolve(),
})
const socket: Socket = connect({ host: '127.0.0.1', port: Number(port), noDelay: true })
socket.on('error', (error) => subscribed.reject(error))
socket.on('data', (chunk: Buffer) => {
  const acknowledgements = scanner.scan(chunk)
  received += acknowledgements.length / 4
  if (acknowledgements.length > 0) socket.write(acknowledgements)
})
socket.write(
  generate({
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: 4,
    clean: false,
    clientId: 'bench-subscriber',
    keepalive: KEEPALIVE_S,
  }),
)

const methods = {
  subscribed: () => subscribed.promise,
  received: () => received,
  close: () => {
    socket.destroy()
  },
}

export type QueueSubscriberMethods = typeof methods

serveParent(methods)
