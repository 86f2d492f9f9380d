/**
 * `metering.by(actor)`: turns what somebody changes into calls of the writing thread, makes secrets and codes, and tells
 * whoever disconnects devices as soon as a revocation is committed.
 */
import { assertInvariant, type Actor, type Clock, type DeviceId, type RandomBytes } from '../../core/index.ts'
import type { Deed } from '../changes.ts'
import type { ChangingVerbs } from '../changing-verbs.ts'
import type { DecideInput, DecisionRecord } from '../decision-types.ts'
import { generateDeviceSecret, hashDeviceSecret } from '../device-secrets.ts'
import type { ThreadConnection } from '../threads/thread-calls.ts'
import { generateClaimCode, hashClaimCode } from './claims.ts'
import type { Device, RegistrationOutcome } from './device-types.ts'
import type { DeviceWriterMethods } from './device-writer.ts'
import type { PresenceTracker } from './presence-tracker.ts'

const MAX_REGISTERED_AT_ONCE = 500

export type ChangeWriterMethods = DeviceWriterMethods & {
  decide(call: { input: DecideInput; deed: Deed }): DecisionRecord
  setModelVersion(call: {
    manufacturerId: DecideInput['manufacturerId']
    deviceId: string
    version: number
    deed: Deed
  }): Device
}

export type ChangeCallOptions = {
  readonly writer: ThreadConnection<ChangeWriterMethods>
  readonly tracker: PresenceTracker
  readonly clock: Clock
  readonly randomBytes: RandomBytes
  readonly onRevoked: (deviceId: DeviceId) => void
  /** Called after each change that was committed. */
  readonly onChanged: () => void
}

export function createChangeCalls(options: ChangeCallOptions): (actor: Actor) => ChangingVerbs {
  const { writer, tracker, clock, randomBytes, onRevoked, onChanged } = options

  function makeSecret(): { secret: string; secretHash: string } {
    const secret = generateDeviceSecret(randomBytes)
    return { secret, secretHash: hashDeviceSecret(secret, randomBytes) }
  }

  return ({ kind, id, name }) => {
    async function change<Result>(write: (deed: Deed) => Promise<Result>): Promise<Result> {
      const result = await write({ actor: { kind, id, name }, now: clock.now() })
      onChanged()
      return result
    }

    return {
      registerModel: (model) => change((deed) => writer.call('registerModel', { model, deed })),
      async registerDevice(input) {
        const { secret, secretHash } = makeSecret()
        const device = await change((deed) => writer.call('registerDevice', { input, secretHash, deed }))
        return { device, secret }
      },
      async registerDevices(inputs, { isDryRun = false } = {}) {
        assertInvariant(inputs.length <= MAX_REGISTERED_AT_ONCE, 'Devices are registered 500 at a time.')
        const made = inputs.map((input) => ({ input, ...makeSecret() }))
        const registrations = made.map(({ input, secretHash }) => ({ input, secretHash }))
        const outcomes = await change((deed) =>
          writer.call('registerDevices', { registrations, isDryRun, deed }),
        )
        return outcomes.map((each, index): RegistrationOutcome => {
          return each.outcome === 'created' ? { ...each, secret: made[index]?.secret ?? '' } : each
        })
      },
      async updateDevice(manufacturerId, deviceId, changes, expected) {
        // What the device said of its firmware is part of the version, and may wait to be written.
        if (expected !== undefined) await tracker.flush()
        await change((deed) =>
          writer.call('updateDevice', { manufacturerId, deviceId, changes, expected, deed }),
        )
        if (changes.firmware !== undefined) tracker.forgetFirmware(deviceId)
      },

      async createSecret(manufacturerId, deviceId) {
        const { secret, secretHash } = makeSecret()
        const secretId = await change((deed) =>
          writer.call('createSecret', { manufacturerId, deviceId, secretHash, deed }),
        )
        return { id: secretId, secret }
      },
      async revokeSecret(manufacturerId, deviceId, secretId) {
        await change((deed) => writer.call('revokeSecret', { manufacturerId, deviceId, secretId, deed }))
        onRevoked(deviceId as DeviceId)
      },
      async revokeDevice(manufacturerId, deviceId, reason) {
        await change((deed) => writer.call('revokeDevice', { manufacturerId, deviceId, reason, deed }))
        onRevoked(deviceId as DeviceId)
      },
      restoreDevice: (manufacturerId, deviceId) =>
        change((deed) => writer.call('restoreDevice', { manufacturerId, deviceId, deed })),
      async setCertificates(manufacturerId, deviceId, fingerprints) {
        await change((deed) =>
          writer.call('setCertificates', { manufacturerId, deviceId, fingerprints, deed }),
        )
        onRevoked(deviceId as DeviceId)
      },

      async createClaims(input) {
        const codes = input.claims.map(() => generateClaimCode(randomBytes))
        const codeHashes = codes.map(hashClaimCode)
        const ids = await change((deed) => writer.call('createClaims', { input, codeHashes, deed }))
        return ids.map((claimId, index) => ({ id: claimId, code: codes[index] ?? '' }))
      },
      revokeClaim: (manufacturerId, claimId) =>
        change((deed) => writer.call('revokeClaim', { manufacturerId, claimId, deed })),

      acknowledgeAlarm: (manufacturerId, alarmId, acknowledgedBy = name) =>
        change((deed) => writer.call('acknowledgeAlarm', { manufacturerId, alarmId, acknowledgedBy, deed })),

      decide: (input) => change((deed) => writer.call('decide', { input, deed })),
      setModelVersion: (manufacturerId, deviceId, version) =>
        change((deed) => writer.call('setModelVersion', { manufacturerId, deviceId, version, deed })),
    }
  }
}
