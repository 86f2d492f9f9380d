/**
 * Which CONNECT may try to sign in. Pure: what the packet says, nothing about who exists.
 *
 * Everything refused here is answered like a wrong secret, so that a peer learns nothing about which devices exist;
 * the reason is in the log. The one exception is the empty client id, for which the protocol demands its own code.
 */
import type { ConnectPacket } from 'aedes'
import { deviceTopics, isDeviceId } from '../core/index.ts'

/** MQTT 3.1.1 CONNACK return codes, table 3.1. */
export const CONNACK_IDENTIFIER_REJECTED = 2
export const CONNACK_SERVER_UNAVAILABLE = 3
export const CONNACK_NOT_AUTHORIZED = 5

export type ConnectRefusal =
  | 'client_id_empty'
  | 'client_id_invalid'
  | 'username_not_client_id'
  | 'secret_missing'
  | 'secret_too_long'
  | 'keepalive_too_short'
  | 'will_not_own_status'

/** Longer than any secret that is issued; keeps hashing cheap. */
const MAX_SECRET_BYTES = 256

export function findConnectRefusal(packet: ConnectPacket, minKeepaliveS: number): ConnectRefusal | undefined {
  const { clientId, username, password, keepalive = 0, will } = packet
  if (clientId === '') return 'client_id_empty'
  if (!isDeviceId(clientId)) return 'client_id_invalid'
  if (username !== clientId) return 'username_not_client_id'
  if (password === undefined || password.length === 0) return 'secret_missing'
  if (password.length > MAX_SECRET_BYTES) return 'secret_too_long'
  if (keepalive > 0 && keepalive < minKeepaliveS) return 'keepalive_too_short'
  if (will !== undefined && will.topic !== deviceTopics.status(clientId)) return 'will_not_own_status'
  return undefined
}
