/**
 * The process of one device that was offline for long: it first sends its newest reading, as devices do that want to be seen,
 * then all it has kept, in arrays of many readings, one message under way.
 *
 * Everything is encoded before the upload begins, so that encoding takes nothing from the server meanwhile.
 */
import { connect, type Socket } from 'node:net'
import { generate } from 'mqtt-packet'
import { deviceTopics } from '../../core/index.ts'
import { serveParent } from '../child-calls.ts'
import { AnswerScanner } from '../ingest/answer-scanner.ts'
import type { Credentials } from '../ingest/publisher-connection.ts'
import { encodeBacklog } from './encode-backlog.ts'

export type BacklogCall = {
  readonly port: number
  readonly device: Credentials
  readonly startMs: number
  readonly readings: number
  readonly readingsPerMessage: number
}

const KEEPALIVE_S = 600

let socket: Socket | undefined
let packets: Buffer[] = []
let nextPacket = 0
const connected = Promise.withResolvers<void>()
const uploaded = Promise.withResolvers<void>()

function sendNext(): void {
  const packet = packets[nextPacket]
  nextPacket += 1
  if (packet === undefined) uploaded.resolve()
  else socket?.write(packet)
}

function fail(detail: string): void {
  const error = new Error(`the device with the backlog: ${detail}`)
  connected.reject(error)
  uploaded.reject(error)
}
// Whoever waits is told; nobody may wait yet.
for (const { promise } of [connected, uploaded]) promise.catch(() => undefined)

const scanner = new AnswerScanner({
  onConnack: (returnCode) =>
    returnCode === 0 ? connected.resolve() : fail(`refused with code ${returnCode}`),
  onPuback: sendNext,
  onFault: fail,
})

const methods = {
  async connect({ port, device, startMs, readings, readingsPerMessage }: BacklogCall): Promise<void> {
    const topic = deviceTopics.readings(device.deviceId)
    packets = encodeBacklog(startMs, readings, readingsPerMessage).map((payload, index) =>
      generate({
        cmd: 'publish',
        topic,
        payload,
        qos: 1,
        messageId: (index % 65_535) + 1,
        retain: false,
        dup: false,
      }),
    )
    socket = connect({ host: '127.0.0.1', port, noDelay: true })
    socket.on('data', (chunk: Buffer) => scanner.scan(chunk, chunk.length))
    socket.on('error', (error) => fail(error.message))
    socket.on('close', () => fail('the server closed the connection'))
    socket.write(
      generate({
        cmd: 'connect',
        protocolId: 'MQTT',
        protocolVersion: 4,
        clean: true,
        clientId: device.deviceId,
        username: device.deviceId,
        password: Buffer.from(device.secret),
        keepalive: KEEPALIVE_S,
      }),
    )
    await connected.promise
  },

  /** Resolves with the last acknowledgement to how long all of them took. */
  async upload(): Promise<number> {
    const startedAt = performance.now()
    sendNext()
    await uploaded.promise
    return performance.now() - startedAt
  },

  close(): void {
    socket?.destroy()
  },
}

export type BacklogUploaderMethods = typeof methods

serveParent(methods)
