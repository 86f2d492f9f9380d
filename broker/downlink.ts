/**
 * What goes down to a device: problems, to whoever listens now, and the entitlement, kept for whoever subscribes later. To
 * a session with a claim code only the device's own secret, once, as soon as it subscribes to it.
 *
 * A device may subscribe to exactly these two topics of its own, literally; anything else is refused with 0x80 in
 * SUBACK [MQTT-3.9.3-2]. Messages are written to the device's connection directly. Problems are advice: a device that
 * does not read misses them, so that they cannot pile up. The entitlement lives in memory, one per device; whoever
 * decides it publishes it again after a restart.
 */
import { Buffer } from 'node:buffer'
import type { AedesOptions, Client, Subscription } from 'aedes'
import type { Logger } from 'pino'
import { deviceTopics, type ClaimSession, type DeviceId, type DeviceProblem } from '../core/index.ts'
import type { DownlinkMessage } from './broker-types.ts'
import type { BrokerCounters } from './counters.ts'
import type { DeviceConnection, SignedInDevice } from './device-connection.ts'
import type { DeviceRegistry } from './device-registry.ts'

const SUBSCRIPTION_REFUSED = 128
const ignoreWriteError = () => undefined

export class Downlink {
  readonly #entitlements = new Map<DeviceId, Buffer>()
  readonly #registry: DeviceRegistry
  readonly #connectionOf: (client: Client) => DeviceConnection | undefined
  readonly #counters: BrokerCounters
  readonly #log: Logger
  /** Claim sessions whose secret was asked for. */
  readonly #served = new WeakSet<DeviceConnection>()

  constructor(options: {
    readonly registry: DeviceRegistry
    readonly connectionOf: (client: Client) => DeviceConnection | undefined
    readonly counters: BrokerCounters
    readonly log: Logger
  }) {
    this.#registry = options.registry
    this.#connectionOf = options.connectionOf
    this.#counters = options.counters
    this.#log = options.log
  }

  readonly authorizeSubscribe: NonNullable<AedesOptions['authorizeSubscribe']> = (
    client,
    subscription,
    callback,
  ) => {
    const device = this.#connectionOf(client)?.device
    callback(null, device !== undefined && isOpenTo(device, subscription.topic) ? subscription : null)
  }

  /** After SUBACK. */
  afterSubscribe(client: Client, subscriptions: readonly Subscription[]): void {
    const connection = this.#connectionOf(client)
    if (connection?.device === undefined) return
    for (const { topic, qos } of subscriptions) {
      if ((qos as number) === SUBSCRIPTION_REFUSED) continue
      connection.subscriptions ??= new Map()
      connection.subscriptions.set(topic, qos)
      const { id, claim } = connection.device
      if (claim !== undefined) {
        void this.#deliverSecret(connection, id, claim)
        continue
      }
      const kept = this.#entitlements.get(id)
      if (kept !== undefined && topic === deviceTopics.entitlement(id)) {
        this.#write(connection, topic, kept, true)
      }
    }
  }

  afterUnsubscribe(client: Client, topics: readonly string[]): void {
    const connection = this.#connectionOf(client)
    for (const topic of topics) connection?.subscriptions?.delete(topic)
  }

  /** True when the message was written to a live subscription; that says nothing about its arrival. */
  publish(message: DownlinkMessage): boolean {
    const { deviceId, kind } = message
    const payload = Buffer.from(message.payload)
    if (kind === 'entitlement') {
      if (payload.length === 0) this.#entitlements.delete(deviceId)
      else this.#entitlements.set(deviceId, payload)
    }
    const connection = this.#registry.find(deviceId)
    const topic = deviceTopics[kind](deviceId)
    if (connection === undefined || connection.isClosed || connection.subscriptions?.has(topic) !== true)
      return false
    if (kind === 'problems' && connection.stream.writableNeedDrain) return false
    this.#write(connection, topic, payload, false)
    return true
  }

  sendProblem(problem: DeviceProblem): void {
    const { deviceId, ...told } = problem
    if (this.publish({ deviceId, kind: 'problems', payload: JSON.stringify(told) }))
      this.#counters.problemsSent += 1
    else this.#counters.problemsUndelivered += 1
  }

  async #deliverSecret(connection: DeviceConnection, deviceId: DeviceId, claim: ClaimSession): Promise<void> {
    if (this.#served.has(connection)) return
    this.#served.add(connection)
    try {
      const payload = Buffer.from(JSON.stringify({ v: 1, deviceId, secret: await claim.issueSecret() }))
      if (connection.isClosed) return
      this.#write(connection, deviceTopics.credentials(deviceId), payload, false)
      this.#log.info({ deviceId, address: connection.addressKey }, 'a claim code yielded a secret')
    } catch (error) {
      this.#log.warn({ err: error, deviceId }, 'a claim code yielded no secret')
      connection.drop('claim_failed')
    }
  }

  #write(connection: DeviceConnection, topic: string, payload: Buffer, retain: boolean): void {
    const qos = connection.subscriptions?.get(topic) === 0 ? 0 : 1
    connection.client?.publish({ cmd: 'publish', topic, payload, qos, retain, dup: false }, ignoreWriteError)
  }
}

function isOpenTo({ id, claim }: SignedInDevice, topic: string): boolean {
  if (claim !== undefined) return topic === deviceTopics.credentials(id)
  return topic === deviceTopics.problems(id) || topic === deviceTopics.entitlement(id)
}
