/**
 * One peer's connection: what it holds, who it turned out to be, and the gate in front of Aedes' parser.
 *
 * Aedes reads a socket with `read()` whenever it has finished what it read before. This class stands in that call: a
 * chunk passes the frame guard first, and no chunk is read while the peer must be slowed down. What is not read stays
 * in the kernel, whose window then stops the sender: memory stays bounded without dropping anybody (I5). Aedes' own
 * `pause()` loses count of what is finished and stalls for good; not reading has no such memory. Of what was read, plain
 * readings at the front go straight to the host (`readings-lane.ts`) and Aedes sees only the rest.
 *
 * Whoever makes `mayRead` return false must see to it that reading is tried again: by setting `isReadDeferred`, which
 * the next commit of a message of this connection answers, or by `readAgain`.
 *
 * There may be tens of thousands of these: it holds no closure, timer or map that an idle connection does not need, and
 * is found from its stream by a property instead of a table.
 */
import type { Duplex } from 'node:stream'
import type { Client } from 'aedes'
import type { ClaimSession, DeviceId } from '../core/index.ts'
import type { ClientCertificate } from './client-certificate.ts'
import type { ConnectRefusal } from './connect-rules.ts'
import { FrameGuard } from './frame-guard.ts'
import type { HeldMessage, Holder, Lane } from './held-message.ts'
import type { BrokerLimits } from './limits.ts'
import type { MessageThrottle } from './message-throttle.ts'
import { PubackWriter } from './puback-writer.ts'
import { takeReadings, type ReadingSink } from './readings-lane.ts'
import type { SilenceWatch, Watched } from './silence-watch.ts'
import type { StatusMessage } from './status-message.ts'

/** A message on its way through the throttle; status messages are not handed over. */
export type ThrottledMessage = HeldMessage & { readonly status: StatusMessage | undefined }

/** Who signed in on a connection. */
export type SignedInDevice = {
  readonly id: DeviceId
  readonly readingsTopic: string
  readonly throttle: MessageThrottle<ThrottledMessage>
  /** Set when it came with a claim code: then it may fetch its secret and nothing else. */
  readonly claim: ClaimSession | undefined
}

/** What all connections share. */
export type ConnectionHost = {
  readonly limits: Pick<
    BrokerLimits,
    'maxFrameBytes' | 'maxConnectFrameBytes' | 'maxPayloadBytes' | 'drainTimeoutMs' | 'connectTimeoutMs'
  >
  readonly silence: SilenceWatch
  mayRead(connection: DeviceConnection): boolean
  /** False when the connection was dropped over it. */
  takeReading(connection: DeviceConnection, payload: Buffer, packetId: number): boolean
  onDrop(connection: DeviceConnection, reason: string): void
}

export type DeviceConnectionOptions = {
  readonly stream: Duplex
  readonly addressKey: string
  readonly certificate: ClientCertificate | undefined
}

type Read = (size?: number) => Buffer | null
type Push = (chunk: Buffer | null) => boolean

const CONNECTION = Symbol('connection')
type ConnectionStream = Duplex & { [CONNECTION]?: DeviceConnection }

/** The connection of a stream that one was made for. */
export function connectionOfStream(stream: ConnectionStream): DeviceConnection | undefined {
  return stream[CONNECTION]
}

function readThroughConnection(this: ConnectionStream, size?: number): Buffer | null {
  return this[CONNECTION]?.read(size) ?? null
}

function pushThroughConnection(this: ConnectionStream, chunk: Buffer | null): boolean {
  return this[CONNECTION]?.push(chunk) ?? true
}

export class DeviceConnection implements Holder, ReadingSink, Watched {
  heldMessages = 0
  heldBytes = 0
  lane: Lane | undefined
  heardAtTick: number
  allowedTicks: number
  readonly stream: Duplex
  readonly addressKey: string
  readonly guard: FrameGuard
  /** What the peer showed in the TLS handshake, until it has signed in. */
  certificate: ClientCertificate | undefined
  /** What the peer gave as its secret, until that was checked. */
  password: Uint8Array | undefined
  /** Subscribed topics with the quality of service that was granted. */
  subscriptions: Map<string, 0 | 1 | 2> | undefined
  device: SignedInDevice | undefined
  connectRefusal: ConnectRefusal | undefined
  /** What the peer announced in CONNECT. */
  keepaliveS = 0
  presence: 'online' | 'offline' = 'offline'
  /** Why the connection ends, as soon as somebody knows. */
  closeReason: string | undefined
  isDropped = false
  /** Reading stopped because too much is held; the next commit goes on with it. */
  isReadDeferred = false
  readonly #host: ConnectionHost
  readonly #read: Read
  readonly #push: Push
  readonly #pubacks = new PubackWriter()
  #client: Client | undefined
  #isLaneOpen = false
  #isDiscarding = false
  #drainTimer: NodeJS.Timeout | undefined

  constructor(host: ConnectionHost, { stream, addressKey, certificate }: DeviceConnectionOptions) {
    this.#host = host
    this.stream = stream
    this.addressKey = addressKey
    this.certificate = certificate
    this.guard = new FrameGuard(host.limits)
    this.heardAtTick = host.silence.tick
    this.allowedTicks = host.silence.ticksFor(host.limits.connectTimeoutMs)
    this.#read = Reflect.get(stream, 'read') as Read
    this.#push = Reflect.get(stream, 'push') as Push
    stream.read = readThroughConnection
    stream.push = pushThroughConnection
    ;(stream as ConnectionStream)[CONNECTION] = this
  }

  attach(client: Client): void {
    this.#client = client
  }

  get client(): Client | undefined {
    return this.#client
  }

  get isClosed(): boolean {
    return this.isDropped || this.#isDiscarding || this.#client?.closed !== false
  }

  /** The device has signed in and Aedes has answered it: from now on its keep-alive counts. */
  openLane(): void {
    this.#isLaneOpen = true
    this.heardAtTick = this.#host.silence.tick
    this.allowedTicks = this.#host.silence.ticksFor(this.keepaliveS * 1_500)
  }

  onSilence(): void {
    this.drop(this.#isLaneOpen ? 'keepalive_timeout' : 'sign_in_timeout')
  }

  takeReading(payload: Buffer, packetId: number): boolean {
    return this.#host.takeReading(this, payload, packetId)
  }

  acknowledge(packetId: number): void {
    this.#pubacks.add(packetId)
  }

  afterCommit(): void {
    const pubacks = this.#pubacks.take()
    if (this.isClosed) return
    if (pubacks !== undefined && !this.stream.write(pubacks)) this.awaitDrain()
    if (this.isReadDeferred) this.readAgain()
  }

  drop(reason: string): void {
    if (this.isDropped) return
    this.isDropped = true
    this.closeReason ??= reason
    this.#host.onDrop(this, reason)
    this.stream.destroy()
  }

  readAgain(): void {
    this.isReadDeferred = false
    if (!this.isClosed) this.stream.emit('readable')
  }

  /** From now on the peer has `drainTimeoutMs` to read what was written to it; then reading from it goes on. */
  awaitDrain(): void {
    if (this.#drainTimer !== undefined) return
    this.#drainTimer = setTimeout(() => {
      if (!this.isClosed) this.drop('never_reads')
    }, this.#host.limits.drainTimeoutMs)
    this.#drainTimer.unref()
    this.stream.once('drain', () => {
      clearTimeout(this.#drainTimer)
      this.#drainTimer = undefined
      this.readAgain()
    })
  }

  /**
   * Says goodbye: sends what is written and then the end of the stream, and reads what still arrives only to throw it
   * away. Destroying a socket with unread bytes would reset it, and a reset takes acknowledgements back from the peer.
   */
  endGently(): void {
    this.closeReason ??= 'server_closing'
    this.#isDiscarding = true
    this.stream.removeAllListeners('readable')
    this.stream.resume()
    this.stream.end()
  }

  /** What just arrived: readings are taken at once if none before them waits, the rest is kept for `read`. */
  push(chunk: Buffer | null): boolean {
    if (chunk === null || !this.#isLaneOpen || this.stream.readableLength > 0 || !this.#host.mayRead(this)) {
      return this.#push.call(this.stream, chunk)
    }
    const rest = this.#takeReadings(chunk)
    return rest.length === 0 || this.isDropped || this.#push.call(this.stream, rest)
  }

  /** What Aedes gets when it reads the stream. */
  read(size: number | undefined): Buffer | null {
    if (size === 0 || this.#isDiscarding) return this.#read.call(this.stream, size)
    if (!this.#host.mayRead(this)) return null
    const chunk = this.#readEverything()
    if (chunk === null) return null
    const rest = this.#takeReadings(chunk)
    if (rest.length === 0 || this.isDropped) return null
    const framesBefore = this.guard.framesEnded
    const fault = this.guard.check(rest)
    if (fault !== undefined) {
      this.drop(fault)
      return null
    }
    // Half a packet is no sign of life: a peer that never finishes one is as silent as any.
    if (this.#isLaneOpen && this.guard.framesEnded !== framesBefore)
      this.heardAtTick = this.#host.silence.tick
    return rest
  }

  /** What is left for Aedes. Between frames Aedes has parsed and dispatched everything that it got before. */
  #takeReadings(chunk: Buffer): Buffer {
    if (!this.#isLaneOpen || this.device === undefined || !this.guard.isBetweenFrames) return chunk
    const { silence, limits } = this.#host
    const taken = takeReadings(chunk, this.device.readingsTopic, limits.maxPayloadBytes, this)
    if (taken === 0) return chunk
    this.heardAtTick = silence.tick
    return chunk.subarray(taken)
  }

  /**
   * All buffered bytes. Aedes counts on `read()` for that, but since Node 26 it returns only the first buffered chunk:
   * a CONNECT that arrived in two pieces would wait for ever for the second.
   */
  #readEverything(): Buffer | null {
    const { stream } = this
    const first = this.#read.call(stream)
    if (first === null || stream.readableLength === 0) return first
    const chunks = [first]
    while (stream.readableLength > 0) {
      const next = this.#read.call(stream)
      if (next === null) break
      chunks.push(next)
    }
    return Buffer.concat(chunks)
  }
}
