/** The words of the broker's face. */
import type { Logger } from 'pino'
import type { Clock, DeviceId, HandOver } from '../core/index.ts'
import type { BrokerCounters } from './counters.ts'
import type { DeviceConnection } from './device-connection.ts'
import type { BrokerLimits } from './limits.ts'

/** True when the secret is one of the device's. Must take the same time for devices that do not exist. */
export type Authenticate = (deviceId: string, secret: Uint8Array) => Promise<boolean>

export type SignIn = (connection: DeviceConnection, deviceId: DeviceId) => void

export type PresenceEvent = {
  readonly deviceId: DeviceId
  readonly state: 'online' | 'offline'
  /** Received time, in milliseconds. */
  readonly at: number
  /**
   * `connected`, `status` (the device said so), `disconnected` (it said goodbye), `connection_lost`,
   * `keepalive_timeout`, `taken_over`, `server_closing`, or why the broker dropped it.
   */
  readonly reason: string
}

export type DownlinkMessage = {
  readonly deviceId: DeviceId
  /** `entitlement` is kept and delivered to later subscriptions too; an empty payload clears it. */
  readonly kind: 'problems' | 'entitlement'
  readonly payload: string | Uint8Array
}

export type ListenAddress = { readonly host: string; readonly port: number }

export type BrokerOptions = {
  readonly listen: {
    readonly host: string
    /** 0 takes a free port; see `Broker.addresses`. */
    readonly mqttPort: number
    readonly webSocketPort?: number
    /** MQTT over TLS, beside the plain port. Key and certificate as PEM. */
    readonly tls?: { readonly key: string | Buffer; readonly cert: string | Buffer; readonly port: number }
  }
  readonly limits?: Partial<BrokerLimits>
  readonly authenticate: Authenticate
  readonly handOver: HandOver
  readonly onPresence?: (event: PresenceEvent) => void
  readonly clock: Clock
  readonly log: Logger
}

export type BrokerStats = BrokerCounters & {
  /** Open connections now, signed in or not. */
  readonly connections: number
  readonly devicesConnected: number
  /** Messages taken and not yet committed, and their payload and topic bytes. */
  readonly heldMessages: number
  readonly heldBytes: number
}

export type Broker = {
  readonly addresses: {
    readonly mqtt: ListenAddress
    readonly webSocket?: ListenAddress
    readonly tls?: ListenAddress
  }
  /** True when the message was written to a live subscription of the device. */
  publishToDevice(message: DownlinkMessage): boolean
  /** Closes the device's connection, if it has one: its secret was revoked. */
  disconnect(deviceId: DeviceId): void
  stats(): BrokerStats
  /** Stops listening, commits and acknowledges what is held (at most `closeTimeoutMs`), then closes every connection. */
  close(): Promise<void>
}
