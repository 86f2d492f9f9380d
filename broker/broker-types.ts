/** The words of the broker's face. */
import type { Logger } from 'pino'
import type { Authenticate, ClaimSession, Clock, DeviceId, HandOver } from '../core/index.ts'
import type { BrokerCounters } from './counters.ts'
import type { DeviceConnection } from './device-connection.ts'
import type { BrokerLimits } from './limits.ts'

export type SignIn = (connection: DeviceConnection, deviceId: DeviceId, claim?: ClaimSession) => void

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

/** Key and certificates as PEM. */
export type TlsIdentity = {
  readonly key: string | Buffer
  readonly cert: string | Buffer
  /**
   * The certificate authorities of the devices. With it a device may show a certificate instead of a secret; on the
   * same port a device without one still signs in with its secret.
   */
  readonly clientCa?: string | Buffer
}

/** Something that a person should look at. */
export type BrokerAlarm = {
  /** The device was taken over twice within a minute, from different addresses: two machines share its credential. */
  readonly kind: 'credential_cloned'
  readonly deviceId: DeviceId
  /** Where the earlier and the later takeover came from: an IPv4 address, or the /64 of an IPv6 address. */
  readonly addresses: readonly [string, string]
  /** Received time. */
  readonly at: number
}

export type ListenAddress = { readonly host: string; readonly port: number }

export type BrokerOptions = {
  readonly listen: {
    readonly host: string
    /** 0 takes a free port; see `Broker.addresses`. */
    readonly mqttPort: number
    readonly webSocketPort?: number
    /** MQTT over TLS, beside the plain port. */
    readonly tls?: TlsIdentity & {
      readonly port: number
      /** MQTT over WebSocket over TLS. */
      readonly webSocketPort?: number
    }
  }
  readonly limits?: Partial<BrokerLimits>
  readonly authenticate: Authenticate
  readonly handOver: HandOver
  readonly onPresence?: (event: PresenceEvent) => void
  /** What a device says on its status topic that it runs, each time it says so. */
  readonly onFirmware?: (deviceId: DeviceId, firmware: string) => void
  /** At most once a minute for a device. */
  readonly onAlarm?: (alarm: BrokerAlarm) => void
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
    readonly tlsWebSocket?: ListenAddress
  }
  /** True when the message was written to a live subscription of the device. */
  publishToDevice(message: DownlinkMessage): boolean
  /**
   * Closes the device's connection and every sign-in for it that is under way. Call it after a revocation is
   * committed: who signs in later is refused by `authenticate`.
   */
  disconnect(deviceId: DeviceId): void
  stats(): BrokerStats
  /** Stops listening, commits and acknowledges what is held (at most `closeTimeoutMs`), then closes every connection. */
  close(): Promise<void>
}
