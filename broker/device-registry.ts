/**
 * Which connection speaks for which device, and whether the device counts as online.
 *
 * At most one connection per device: a newer one takes over [MQTT-3.1.4-2]. Aedes does that too, but loses sight of the
 * older one when a sign-in is cut short, hence our own map. Presence is reported only when it changes, in order: the
 * older connection's `offline` comes before the newer one's `online`. It says what is true now, to this process;
 * after a crash of the broker nobody has reported `offline`.
 */
import type { Logger } from 'pino'
import type { Clock, DeviceId } from '../core/index.ts'
import type { PresenceEvent } from './broker-types.ts'
import type { DeviceConnection } from './device-connection.ts'

export class DeviceRegistry {
  readonly #live = new Map<DeviceId, DeviceConnection>()
  /** From the check of the credential until the connection is live or has ended. */
  readonly #signingIn = new Map<DeviceConnection, DeviceId>()
  readonly #clock: Clock
  readonly #log: Logger
  readonly #onPresence: ((event: PresenceEvent) => void) | undefined

  constructor(options: {
    readonly clock: Clock
    readonly log: Logger
    readonly onPresence: ((event: PresenceEvent) => void) | undefined
  }) {
    this.#clock = options.clock
    this.#log = options.log
    this.#onPresence = options.onPresence
  }

  get size(): number {
    return this.#live.size
  }

  /** A sign-in begins; `start` or `end` follows. */
  expect(connection: DeviceConnection, deviceId: DeviceId): void {
    this.#signingIn.set(connection, deviceId)
  }

  /**
   * Ends the device's connection and whoever is just signing in as it: what `authenticate` is being asked may have
   * been answered before the revocation.
   */
  disconnect(deviceId: DeviceId): void {
    for (const [connection, claimedId] of this.#signingIn) {
      if (claimedId === deviceId) connection.drop('disconnected_by_server')
    }
    this.find(deviceId)?.drop('disconnected_by_server')
  }

  find(deviceId: string): DeviceConnection | undefined {
    return this.#live.get(deviceId as DeviceId)
  }

  start(connection: DeviceConnection): void {
    this.#signingIn.delete(connection)
    const { device } = connection
    if (device === undefined) return
    const older = this.#live.get(device.id)
    if (older !== undefined && older !== connection) {
      older.closeReason ??= 'taken_over'
      this.end(older)
      older.stream.destroy()
    }
    this.#live.set(device.id, connection)
    this.report(connection, 'online', 'connected')
  }

  /** May be called more than once for a connection. */
  end(connection: DeviceConnection): void {
    this.#signingIn.delete(connection)
    const { device } = connection
    if (device === undefined) return
    device.throttle.flush()
    if (this.#live.get(device.id) !== connection) return
    this.#live.delete(device.id)
    const reason =
      connection.closeReason ?? (connection.guard.hasSeenDisconnect ? 'disconnected' : 'connection_lost')
    this.report(connection, 'offline', reason)
  }

  report(connection: DeviceConnection, state: 'online' | 'offline', reason: string): void {
    if (connection.device === undefined || connection.presence === state) return
    connection.presence = state
    try {
      this.#onPresence?.({ deviceId: connection.device.id, state, at: this.#clock.now(), reason })
    } catch (error) {
      this.#log.error({ err: error, deviceId: connection.device.id }, 'presence could not be reported')
    }
  }
}
