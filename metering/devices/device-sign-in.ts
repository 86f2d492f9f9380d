/**
 * Who may sign in, asked of the store each time: nothing is remembered that a revocation would have to reach.
 *
 * The first sign-in with the secret of a claim code ends the code for good, and is only answered once that is durable.
 */
import type { Authenticate, ClaimSession, Clock, RandomBytes } from '../../core/index.ts'
import {
  findMatchingSecret,
  generateDeviceSecret,
  hashDeviceSecret,
  isOutdatedHash,
} from '../device-secrets.ts'
import type { ThreadConnection } from '../threads/thread-calls.ts'
import { hashClaimCode, isClaimCode } from './claims.ts'
import type { DeviceReaderMethods } from './device-reader.ts'
import type { DeviceWriterMethods } from './device-writer.ts'
import type { PresenceTracker } from './presence-tracker.ts'

export function createDeviceSignIn(options: {
  readonly reader: ThreadConnection<DeviceReaderMethods>
  readonly writer: ThreadConnection<DeviceWriterMethods>
  readonly tracker: PresenceTracker
  readonly clock: Clock
  readonly randomBytes: RandomBytes
  readonly onChanged: () => void
}): Authenticate {
  const { reader, writer, tracker, clock, randomBytes, onChanged } = options

  async function checkSecret(deviceId: string, secret: Uint8Array): Promise<boolean | ClaimSession> {
    const match = await findMatchingSecret(secret, await reader.call('listActiveSecrets', deviceId))
    if (match === undefined) return isClaimCode(secret) ? await openClaim(deviceId, secret) : false
    const now = clock.now()
    if (match.isClaimOpen) await writer.call('completeClaim', { secretId: match.id, now })
    tracker.noteSecretUse(deviceId, {
      secretId: match.id,
      at: now,
      ...(isOutdatedHash(match.hash) && { newHash: hashDeviceSecret(secret, randomBytes) }),
    })
    return true
  }

  async function openClaim(deviceId: string, code: Uint8Array): Promise<false | ClaimSession> {
    const codeHash = hashClaimCode(code)
    if (!(await reader.call('isClaimUsable', { codeHash, deviceId, now: clock.now() }))) return false
    return {
      async issueSecret() {
        const secret = generateDeviceSecret(randomBytes)
        const secretHash = hashDeviceSecret(secret, randomBytes)
        await writer.call('issueClaimedSecret', { codeHash, deviceId, secretHash, now: clock.now() })
        onChanged()
        return secret
      },
    }
  }

  return (deviceId, credential) =>
    credential.kind === 'certificate'
      ? reader.call('isCertificateAccepted', { deviceId, fingerprint256: credential.fingerprint256 })
      : checkSecret(deviceId, credential.secret)
}
