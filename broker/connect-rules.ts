/**
 * Which CONNECT may try to sign in. Pure: what the packet says, nothing about who exists.
 *
 * Everything refused here is answered like a wrong secret, so that a peer learns nothing about which devices exist;
 * the reason is in the log. The one exception is the empty client id, for which the protocol demands its own code.
 */
import type { ConnectPacket } from 'aedes'
import { deviceTopics, isDeviceId } from '../core/index.ts'
import type { ClientCertificate } from './client-certificate.ts'

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
  | 'certificate_not_trusted'
  | 'certificate_of_another'

/** Longer than any secret that is issued; keeps hashing cheap. */
const MAX_SECRET_BYTES = 256

/** `certificate` is what the peer showed in the TLS handshake. It then decides alone, and a password is not looked at. */
export function findConnectRefusal(
  packet: ConnectPacket,
  certificate: ClientCertificate | undefined,
  minKeepaliveS: number,
): ConnectRefusal | undefined {
  const { clientId, username, keepalive = 0, will } = packet
  if (clientId === '') return 'client_id_empty'
  if (!isDeviceId(clientId)) return 'client_id_invalid'
  if (username !== clientId && (username !== undefined || certificate === undefined)) {
    return 'username_not_client_id'
  }
  const refusal =
    certificate === undefined
      ? findSecretRefusal(packet.password)
      : findCertificateRefusal(clientId, certificate)
  if (refusal !== undefined) return refusal
  if (keepalive > 0 && keepalive < minKeepaliveS) return 'keepalive_too_short'
  if (will !== undefined && will.topic !== deviceTopics.status(clientId)) return 'will_not_own_status'
  return undefined
}

function findSecretRefusal(secret: Uint8Array | undefined): ConnectRefusal | undefined {
  if (secret === undefined || secret.length === 0) return 'secret_missing'
  return secret.length > MAX_SECRET_BYTES ? 'secret_too_long' : undefined
}

function findCertificateRefusal(
  clientId: string,
  certificate: ClientCertificate,
): ConnectRefusal | undefined {
  if (!certificate.isTrusted) return 'certificate_not_trusted'
  return certificate.commonName === clientId ? undefined : 'certificate_of_another'
}
