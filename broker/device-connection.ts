/**
 * One peer's connection: what it holds, who it turned out to be, and the gate in front of Aedes' parser.
 *
 * Aedes reads a socket with `read()` whenever it has finished what it read before. This class stands in that call: a
 * chunk passes the frame guard first, and no chunk is read while the peer must be slowed down. What is not read stays
 * in the kernel, whose window then stops the sender: memory stays bounded without dropping anybody (I5). Aedes' own
 * `pause()` loses count of what is finished and stalls for good; not reading has no such memory.
 *
 * Whoever makes `mayRead` return false must see to it that reading is tried again: by an acknowledgement of this
 * connection (Aedes reads after each) or by `readAgain`.
 */
import type { Duplex } from 'node:stream'
import type { Client } from 'aedes'
import type { ClaimSession, DeviceId } from '../core/index.ts'
import type { ClientCertificate } from './client-certificate.ts'
import type { FrameGuard } from './frame-guard.ts'
import type { HeldMessage, Holder } from './hand-over.ts'
import type { MessageThrottle } from './message-throttle.ts'
import type { ConnectRefusal } from './connect-rules.ts'
import { PubackWriter } from './puback-writer.ts'
import type { DeviceTopics } from './publish-rules.ts'
import type { StatusMessage } from './status-message.ts'

/** A message on its way through the throttle; status messages are not handed over. */
export type ThrottledMessage = HeldMessage & { readonly status?: StatusMessage }

/** Who signed in on a connection. */
export type SignedInDevice = {
  readonly id: DeviceId
  readonly topics: DeviceTopics
  readonly throttle: MessageThrottle<ThrottledMessage>
  /** Set when it came with a claim code: then it may fetch its secret and nothing else. */
  readonly claim: ClaimSession | undefined
}

export type DeviceConnectionOptions = {
  readonly stream: Duplex
  readonly certificate: ClientCertificate | undefined
  readonly addressKey: string
  readonly guard: FrameGuard
  readonly drainTimeoutMs: number
  readonly mayRead: (connection: DeviceConnection) => boolean
  readonly onDrop: (connection: DeviceConnection, reason: string) => void
}

type Read = (size?: number) => Buffer | null

export class DeviceConnection implements Holder {
  heldMessages = 0
  heldBytes = 0
  readonly stream: Duplex
  readonly addressKey: string
  readonly guard: FrameGuard
  /** Subscribed topics with the quality of service that was granted. */
  readonly subscriptions = new Map<string, 0 | 1 | 2>()
  /** What the peer showed in the TLS handshake, until it has signed in. */
  certificate: ClientCertificate | undefined
  device: SignedInDevice | undefined
  connectRefusal: ConnectRefusal | undefined
  presence: 'online' | 'offline' = 'offline'
  /** Why the connection ends, as soon as somebody knows. */
  closeReason: string | undefined
  isDropped = false
  readonly #options: DeviceConnectionOptions
  readonly #pubacks = new PubackWriter()
  #client: Client | undefined
  #isDiscarding = false
  #drainTimer: NodeJS.Timeout | undefined

  constructor(options: DeviceConnectionOptions) {
    this.#options = options
    this.stream = options.stream
    this.certificate = options.certificate
    this.addressKey = options.addressKey
    this.guard = options.guard
    const { stream } = options
    const read = stream.read.bind(stream) as Read
    stream.read = (size?: number) => this.#read(read, size)
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

  acknowledge(packetId: number): void {
    this.#pubacks.add(packetId)
  }

  flushAcknowledgements(): void {
    const pubacks = this.#pubacks.take()
    if (pubacks !== undefined && !this.stream.write(pubacks)) this.awaitDrain()
  }

  drop(reason: string): void {
    if (this.isDropped) return
    this.isDropped = true
    this.closeReason ??= reason
    this.#options.onDrop(this, reason)
    this.stream.destroy()
  }

  readAgain(): void {
    if (!this.isClosed) this.stream.emit('readable')
  }

  /** From now on the peer has `drainTimeoutMs` to read what was written to it; then reading from it goes on. */
  awaitDrain(): void {
    if (this.#drainTimer !== undefined) return
    this.#drainTimer = setTimeout(() => {
      if (!this.isClosed) this.drop('never_reads')
    }, this.#options.drainTimeoutMs)
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

  #read(read: Read, size: number | undefined): Buffer | null {
    if (size === 0 || this.#isDiscarding) return read(size)
    if (!this.#options.mayRead(this)) return null
    const chunk = this.#readEverything(read)
    if (chunk === null) return null
    const fault = this.guard.check(chunk)
    if (fault === undefined) return chunk
    this.drop(fault)
    return null
  }

  /**
   * All buffered bytes. Aedes counts on `read()` for that, but since Node 26 it returns only the first buffered chunk:
   * a CONNECT that arrived in two pieces would wait for ever for the second.
   */
  #readEverything(read: Read): Buffer | null {
    const first = read()
    if (first === null || this.stream.readableLength === 0) return first
    const chunks = [first]
    while (this.stream.readableLength > 0) {
      const next = read()
      if (next === null) break
      chunks.push(next)
    }
    return Buffer.concat(chunks)
  }
}
