/**
 * Signing in: the checks of CONNECT, then the device's secret or certificate, then one clear refusal for whatever is wrong.
 *
 * A session ends with its connection: every CONNECT is treated as a clean session and CONNACK always says "no session
 * present". A device that subscribes after each connect (every library can) misses nothing, and the broker keeps
 * nothing of peers that are away. A will is checked and then forgotten: the broker knows itself when a connection ends,
 * so no will is ever published, least of all as usage.
 */
import { Buffer } from 'node:buffer'
import type { AedesOptions, AuthenticateError, Client } from 'aedes'
import type { Logger } from 'pino'
import { isDeviceId, type Authenticate, type DeviceCredential } from '../core/index.ts'
import {
  CONNACK_IDENTIFIER_REJECTED,
  CONNACK_NOT_AUTHORIZED,
  CONNACK_SERVER_UNAVAILABLE,
  findConnectRefusal,
} from './connect-rules.ts'
import type { BrokerCounters } from './counters.ts'
import type { DeviceConnection } from './device-connection.ts'
import type { BrokerLimits } from './limits.ts'
import type { SignIn } from './broker-types.ts'
import type { TokenBuckets } from './token-buckets.ts'

const nothing = Buffer.alloc(0)

export type SignInOptions = {
  readonly connectionOf: (client: Client) => DeviceConnection | undefined
  readonly authenticate: Authenticate
  /** The credential is about to be checked. */
  readonly onSigningIn: SignIn
  readonly onSignedIn: SignIn
  readonly failedLogins: TokenBuckets
  readonly limits: BrokerLimits
  readonly counters: BrokerCounters
  readonly log: Logger
}

export function createSignIn(
  options: SignInOptions,
): Required<Pick<AedesOptions, 'preConnect' | 'authenticate'>> {
  const { connectionOf, limits, counters, log } = options

  function refuse(
    connection: DeviceConnection,
    client: Client,
    reason: string,
    code: number,
  ): AuthenticateError {
    connection.closeReason ??= reason
    counters.refusedLogins += 1
    options.failedLogins.get(connection.addressKey).tryTake()
    const deviceId = isDeviceId(client.id) ? client.id : undefined
    log.info({ deviceId, address: connection.addressKey, reason }, 'sign-in refused')
    return withReturnCode('not authorized', code)
  }

  async function findRefusal(
    connection: DeviceConnection,
    client: Client,
  ): Promise<AuthenticateError | null> {
    const deviceId = client.id
    const credential = toCredential(connection)
    connection.certificate = undefined
    connection.password = undefined
    if (connection.connectRefusal !== undefined || credential === undefined || !isDeviceId(deviceId)) {
      const reason = connection.connectRefusal ?? 'secret_missing'
      const code = reason === 'client_id_empty' ? CONNACK_IDENTIFIER_REJECTED : CONNACK_NOT_AUTHORIZED
      return refuse(connection, client, reason, code)
    }
    options.onSigningIn(connection, deviceId)
    try {
      const answer = await options.authenticate(deviceId, credential)
      if (answer === false) {
        return refuse(connection, client, `${credential.kind}_refused`, CONNACK_NOT_AUTHORIZED)
      }
      if (!connection.isClosed) options.onSignedIn(connection, deviceId, answer === true ? undefined : answer)
    } catch (error) {
      log.error({ err: error, deviceId }, 'sign-in could not be checked')
      connection.closeReason ??= 'sign_in_unavailable'
      return withReturnCode('server unavailable', CONNACK_SERVER_UNAVAILABLE)
    }
    return null
  }

  async function answer(
    client: Client,
    done: (error: AuthenticateError | null, isSignedIn: boolean) => void,
  ): Promise<void> {
    const connection = connectionOf(client)
    if (connection === undefined) return done(withReturnCode('not authorized', CONNACK_NOT_AUTHORIZED), false)
    const refusal = await findRefusal(connection, client)
    // Dropped meanwhile, perhaps because the device was revoked: Aedes must not go on with it.
    if (connection.isClosed) return
    done(refusal, refusal === null)
  }

  return {
    preConnect(client, packet, callback) {
      const connection = connectionOf(client)
      if (connection === undefined) return callback(new Error('unknown connection'), false)
      connection.connectRefusal = findConnectRefusal(packet, connection.certificate, limits.minKeepaliveS)
      // Aedes would set a timer for it; `silence-watch.ts` does with one for all.
      connection.keepaliveS = packet.keepalive ?? 0
      packet.keepalive = 0
      packet.clean = true
      delete packet.will
      // Aedes' parser keeps the packet, and a device's secret must not stay in memory as long as its connection.
      connection.password = packet.password
      packet.password = nothing
      callback(null, true)
    },

    authenticate(client, _username, _password, done) {
      void answer(client, done)
    },
  }
}

function withReturnCode(text: string, returnCode: number): AuthenticateError {
  return Object.assign(new Error(text), { returnCode })
}

function toCredential({ certificate, password }: DeviceConnection): DeviceCredential | undefined {
  if (certificate !== undefined) return { kind: 'certificate', fingerprint256: certificate.fingerprint256 }
  return password === undefined ? undefined : { kind: 'secret', secret: password }
}
