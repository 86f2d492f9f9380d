/**
 * One publishing device on a bare socket: keeps a fixed number of segments under way, or sends one whenever it is told to,
 * and times their acknowledgement.
 *
 * Latency is from handing the bytes to the kernel to reading the PUBACK, so it holds the generator's own queueing too.
 */
import { connect, type Socket } from 'node:net'
import { generate } from 'mqtt-packet'
import { AnswerScanner } from './answer-scanner.ts'
import { PublishSegment } from './publish-segment.ts'
import type { LatencyHistogram } from './latency-histogram.ts'
import type { ReadingStream } from './reading-stream.ts'

/** Signs in with these; servers without authentication ignore them. */
export type Credentials = { readonly deviceId: string; readonly secret: string }

export type LoadShape = {
  readonly messagesPerSegment: number
  /** Segments under way per connection. */
  readonly segmentsUnderWay: number
}

/** What all connections of a run add up in. */
export type RunRecord = {
  /** Acknowledgements count for the rate and the latency only while this is true. */
  isMeasuring: boolean
  isSending: boolean
  sent: number
  acknowledged: number
  acknowledgedInWindow: number
  readonly latency: LatencyHistogram
  fault: string | undefined
}

/** Long enough that no server expects a ping during a bench. */
const KEEPALIVE_S = 600
/** Sent one by one: more under way would be a server that no longer answers. */
const MAX_SINGLE_UNDER_WAY = 10_000
const READ_BUFFER_BYTES = 4_096

export class PublisherConnection {
  readonly #deviceId: string
  readonly #readings: ReadingStream
  readonly #socket: Socket
  readonly #connected = Promise.withResolvers<void>()
  readonly #ended = Promise.withResolvers<void>()
  #segments: PublishSegment[] = []
  /** Those not under way, when messages are sent one by one; undefined when segments follow each other. */
  #idle: PublishSegment[] | undefined
  #messagesPerSegment = 1
  #record: RunRecord | undefined
  #fault: string | undefined
  #isEnding = false

  constructor(port: number, { deviceId, secret }: Credentials, readings: ReadingStream) {
    this.#deviceId = deviceId
    this.#readings = readings
    const scanner = new AnswerScanner({
      onConnack: (returnCode) => {
        if (returnCode === 0) this.#connected.resolve()
        else this.#fail(`the server refused the connection with code ${returnCode}`)
      },
      onPuback: (packetId) => this.#acknowledge(packetId),
      onFault: (detail) => this.#fail(detail),
    })
    this.#socket = connect({
      host: '127.0.0.1',
      port,
      noDelay: true,
      onread: {
        buffer: new Uint8Array(READ_BUFFER_BYTES),
        callback: (length, bytes) => {
          scanner.scan(bytes, length)
          return true
        },
      },
    })
    this.#socket.on('error', (error) => this.#fail(error.message))
    this.#socket.on('close', () => {
      this.#fail('the server closed the connection')
      this.#ended.resolve()
    })
    this.#socket.write(
      generate({
        cmd: 'connect',
        protocolId: 'MQTT',
        protocolVersion: 4,
        clean: true,
        clientId: deviceId,
        username: deviceId,
        password: Buffer.from(secret),
        keepalive: KEEPALIVE_S,
      }),
    )
  }

  /** Resolves with CONNACK 0; rejects when the connection ends before. */
  get connected(): Promise<void> {
    return this.#connected.promise
  }

  /** Begins to send; goes on with every acknowledged segment until `record.isSending` turns false. */
  start({ messagesPerSegment, segmentsUnderWay }: LoadShape, record: RunRecord): void {
    this.#record = record
    record.fault ??= this.#fault
    this.#messagesPerSegment = messagesPerSegment
    this.#idle = undefined
    this.#segments = Array.from(
      { length: segmentsUnderWay },
      (_, index) => new PublishSegment(this.#deviceId, index * messagesPerSegment + 1, messagesPerSegment),
    )
    for (const segment of this.#segments) this.#send(segment, record)
  }

  /** Sends one message, however many are under way. Not to be mixed with `start` on one connection. */
  sendSingle(record: RunRecord): void {
    this.#record = record
    record.fault ??= this.#fault
    this.#idle ??= []
    const segment = this.#idle.pop() ?? this.#addSingle()
    if (segment === undefined) this.#fail(`${MAX_SINGLE_UNDER_WAY} messages wait for their acknowledgement`)
    else this.#send(segment, record)
  }

  /** Closes and waits until the connection is gone. */
  end(): Promise<void> {
    this.#isEnding = true
    this.#socket.end(generate({ cmd: 'disconnect' }))
    return this.#ended.promise
  }

  #addSingle(): PublishSegment | undefined {
    if (this.#segments.length === MAX_SINGLE_UNDER_WAY) return undefined
    const segment = new PublishSegment(this.#deviceId, this.#segments.length + 1, 1)
    this.#segments.push(segment)
    return segment
  }

  #send(segment: PublishSegment, record: RunRecord): void {
    segment.refill(this.#readings)
    record.sent += segment.unacknowledged
    segment.writtenAt = performance.now()
    this.#socket.write(segment.bytes)
  }

  #acknowledge(packetId: number): void {
    const record = this.#record
    const segment = this.#segments[Math.floor((packetId - 1) / this.#messagesPerSegment)]
    if (record === undefined || segment === undefined || segment.unacknowledged === 0) {
      this.#fail(`packet ${packetId} was acknowledged but not sent`)
      return
    }
    record.acknowledged += 1
    if (record.isMeasuring) {
      record.acknowledgedInWindow += 1
      record.latency.record(performance.now() - segment.writtenAt)
    }
    segment.unacknowledged -= 1
    if (segment.unacknowledged > 0) return
    if (this.#idle !== undefined) this.#idle.push(segment)
    else if (record.isSending) this.#send(segment, record)
  }

  #fail(detail: string): void {
    if (this.#isEnding) return
    this.#fault ??= `${this.#deviceId}: ${detail}`
    if (this.#record !== undefined) this.#record.fault ??= this.#fault
    this.#connected.reject(new Error(this.#fault))
  }
}
