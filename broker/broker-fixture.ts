/**
 * What the broker's end-to-end tests share: a broker on free loopback ports whose hand-over the test controls, and a
 * device that speaks MQTT on a bare socket, so that tests see each packet and can misbehave.
 */
import { EventEmitter, once } from 'node:events'
import { connect as connectSocket, type Socket } from 'node:net'
import { generate, parser, type IConnectPacket, type IPublishPacket, type Packet } from 'mqtt-packet'
import { pino } from 'pino'
import { vi } from 'vitest'
import { AppError, type DeviceProblem, type HandOverResult, type InboundMessage } from '../core/index.ts'
import {
  createBroker,
  type Broker,
  type BrokerAlarm,
  type BrokerOptions,
  type PresenceEvent,
} from './index.ts'

export const SECRET = 'correct horse'

/** The test's side of the seam: sees every batch and decides how it ends. */
export class ControlledHandOver {
  readonly batches: (readonly InboundMessage[])[] = []
  problems: readonly DeviceProblem[] = []
  #behaviour: (batch: readonly InboundMessage[]) => Promise<void> = () => Promise.resolve()

  readonly handOver = async (batch: readonly InboundMessage[]): Promise<HandOverResult> => {
    this.batches.push(batch)
    await this.#behaviour(batch)
    return { problems: this.problems }
  }

  get messages(): InboundMessage[] {
    return this.batches.flat()
  }

  commitAtOnce(): void {
    this.#behaviour = () => Promise.resolve()
  }

  /** Keeps every batch until the returned function is called. */
  hold(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#behaviour = () => promise
    return () => {
      this.commitAtOnce()
      resolve()
    }
  }

  failWith(error: () => Error): void {
    this.#behaviour = async () => {
      throw error()
    }
  }
}

export function storeUnavailable(): AppError {
  return new AppError('store_unavailable', { kind: 'dependency', title: 'Store is down' }, 'Try again later.')
}

export type BrokerFixture = {
  readonly broker: Broker
  readonly controlled: ControlledHandOver
  readonly presence: PresenceEvent[]
  readonly alarms: BrokerAlarm[]
}

export async function startBroker(
  limits: BrokerOptions['limits'] = {},
  options: Partial<Omit<BrokerOptions, 'limits'>> = {},
): Promise<BrokerFixture> {
  const controlled = new ControlledHandOver()
  const presence: PresenceEvent[] = []
  const alarms: BrokerAlarm[] = []
  const broker = await createBroker({
    listen: { host: '127.0.0.1', mqttPort: 0 },
    limits,
    authenticate: (_deviceId, credential) =>
      Promise.resolve(
        credential.kind === 'certificate' || Buffer.from(credential.secret).toString() === SECRET,
      ),
    handOver: controlled.handOver,
    onPresence: (event) => presence.push(event),
    onAlarm: (alarm) => alarms.push(alarm),
    clock: { now: () => 1_800_000_000_000 },
    log: pino({ level: 'silent' }),
    ...options,
  })
  return { broker, controlled, presence, alarms }
}

/** Changes to a good CONNECT; undefined leaves the member out. */
export type ConnectChanges = { [Member in keyof IConnectPacket]?: IConnectPacket[Member] | undefined }

/** A device on a bare socket. Closed by the peer is an event like any other: see `closed`. */
export class RawDevice {
  readonly packets: Packet[] = []
  readonly socket: Socket
  readonly closed: Promise<void>
  readonly #arrivals = new EventEmitter()

  /** `localAddress` is where it comes from: all of 127.0.0.0/8 is this machine. */
  constructor(port: number, localAddress = '127.0.0.1') {
    this.socket = connectSocket({ host: '127.0.0.1', port, localAddress, noDelay: true })
    const packetParser = parser()
    packetParser.on('packet', (packet) => {
      this.packets.push(packet)
      this.#arrivals.emit('packet')
    })
    this.socket.on('data', (chunk: Buffer) => packetParser.parse(chunk))
    this.socket.on('error', () => undefined)
    this.closed = new Promise((resolve) => {
      this.socket.once('close', () => {
        this.#arrivals.emit('packet')
        resolve()
      })
    })
  }

  send(packet: Packet): void {
    this.socket.write(generate(packet))
  }

  sendConnect(deviceId: string, changes: ConnectChanges = {}): void {
    const packet = {
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: 4,
      clean: true,
      clientId: deviceId,
      username: deviceId,
      password: Buffer.from(SECRET),
      keepalive: 60,
      ...changes,
    }
    this.send(packet as IConnectPacket)
  }

  publish(topic: string, payload: string | Buffer, changes: Partial<IPublishPacket> = {}): void {
    this.send(publishPacket(topic, payload, changes))
  }

  /** Waits for the first packet of this kind, or the n-th; throws when the connection ends before. */
  async next<Command extends Packet['cmd']>(
    cmd: Command,
    count = 1,
  ): Promise<Extract<Packet, { cmd: Command }>> {
    for (;;) {
      const found = this.all(cmd)[count - 1]
      if (found !== undefined) return found
      if (this.socket.closed) throw new Error(`connection closed before ${cmd} number ${count}`)
      await once(this.#arrivals, 'packet', { signal: AbortSignal.timeout(20_000) })
    }
  }

  all<Command extends Packet['cmd']>(cmd: Command): Extract<Packet, { cmd: Command }>[] {
    return this.packets.filter((packet): packet is Extract<Packet, { cmd: Command }> => packet.cmd === cmd)
  }

  /** Comes back once the broker has read everything sent before. */
  async ping(): Promise<void> {
    const count = this.all('pingresp').length
    this.send({ cmd: 'pingreq' })
    await this.next('pingresp', count + 1)
  }
}

export function publishPacket(
  topic: string,
  payload: string | Buffer,
  changes: Partial<IPublishPacket> = {},
): IPublishPacket {
  return { cmd: 'publish', topic, payload, qos: 1, messageId: 1, retain: false, dup: false, ...changes }
}

/** A device that has signed in. */
export async function connectDevice(
  broker: Broker,
  deviceId: string,
  changes: ConnectChanges = {},
  localAddress?: string,
): Promise<RawDevice> {
  const device = new RawDevice(broker.addresses.mqtt.port, localAddress)
  device.sendConnect(deviceId, changes)
  const connack = await device.next('connack')
  if (connack.returnCode !== 0) throw new Error(`CONNACK ${connack.returnCode}`)
  return device
}

/** The CONNACK return code of a CONNECT that is changed like this; the broker must close the connection after a refusal. */
export async function connackCode(
  broker: Broker,
  deviceId: string,
  changes: ConnectChanges,
): Promise<number | undefined> {
  const device = new RawDevice(broker.addresses.mqtt.port)
  device.sendConnect(deviceId, changes)
  const { returnCode } = await device.next('connack')
  if (returnCode === 0) device.socket.destroy()
  await device.closed
  return returnCode
}

/** True when a device can still sign in and get a message acknowledged. */
export async function isServing(broker: Broker): Promise<boolean> {
  const device = await connectDevice(broker, 'well-behaved')
  device.publish('devices/well-behaved/readings', '{}')
  await device.next('puback')
  device.socket.destroy()
  return true
}

/** Waits until the condition holds. */
export function until(isReached: () => boolean): Promise<void> {
  return vi.waitFor(
    () => {
      if (!isReached()) throw new Error('not yet')
    },
    { timeout: 20_000, interval: 5 },
  )
}
