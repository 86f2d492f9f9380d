/**
 * The side of metering's face that manages devices: turns its calls into calls of the threads, makes secrets and codes, and
 * tells whoever disconnects devices as soon as a revocation is committed.
 */
import type { Logger } from 'pino'
import type { Clock, DeviceId, ManufacturerId, RandomBytes } from '../../core/index.ts'
import { assertInvariant } from '../../core/index.ts'
import { generateDeviceSecret, hashDeviceSecret } from '../device-secrets.ts'
import type { ThreadConnection } from '../threads/thread-calls.ts'
import { generateClaimCode, hashClaimCode } from './claims.ts'
import type { DeviceReaderMethods } from './device-reader.ts'
import { createDeviceSignIn } from './device-sign-in.ts'
import type { DeviceAdministration, RegistrationOutcome } from './device-types.ts'
import type { DeviceWriterMethods } from './device-writer.ts'
import { PresenceTracker } from './presence-tracker.ts'

const MAX_REGISTERED_AT_ONCE = 500

export type DeviceAdministrationOptions = {
  readonly writer: ThreadConnection<DeviceWriterMethods>
  /** Answers sign-ins, so nothing long may run on it. */
  readonly reader: ThreadConnection<DeviceReaderMethods>
  /** For what looks at every device of a manufacturer. */
  readonly slowReader: ThreadConnection<DeviceReaderMethods>
  readonly clock: Clock
  readonly randomBytes: RandomBytes
  readonly log: Logger
  /** Ends the device's connection and its sign-ins under way. Called after the commit, for every revocation. */
  readonly onRevoked: (deviceId: DeviceId) => void
}

export function createDeviceAdministration(options: DeviceAdministrationOptions): {
  readonly administration: DeviceAdministration
  readonly tracker: PresenceTracker
} {
  const { writer, reader, slowReader, clock, randomBytes, log, onRevoked } = options
  const tracker = new PresenceTracker((devices) => writer.call('saveSeen', devices), log)

  function makeSecret(): { secret: string; secretHash: string } {
    const secret = generateDeviceSecret(randomBytes)
    return { secret, secretHash: hashDeviceSecret(secret, randomBytes) }
  }

  const administration: DeviceAdministration = {
    registerModel: (model) => writer.call('registerModel', { model, now: clock.now() }),
    findModel: (manufacturerId, modelId) => reader.call('findModel', { manufacturerId, modelId }),
    listModels: (manufacturerId, { after = '', limit }) =>
      reader.call('listModels', { manufacturerId, after, limit }),
    listModelVersions: (manufacturerId, modelId) =>
      reader.call('listModelVersions', { manufacturerId, modelId }),

    async registerDevice(input) {
      const { secret, secretHash } = makeSecret()
      const device = await writer.call('registerDevice', { input, secretHash, now: clock.now() })
      return { device, secret }
    },
    async registerDevices(inputs, { isDryRun = false } = {}) {
      assertInvariant(inputs.length <= MAX_REGISTERED_AT_ONCE, 'Devices are registered 500 at a time.')
      const made = inputs.map((input) => ({ input, ...makeSecret() }))
      const registrations = made.map(({ input, secretHash }) => ({ input, secretHash }))
      const outcomes = await writer.call('registerDevices', { registrations, isDryRun, now: clock.now() })
      return outcomes.map((each, index): RegistrationOutcome => {
        return each.outcome === 'created' ? { ...each, secret: made[index]?.secret ?? '' } : each
      })
    },
    async updateDevice(manufacturerId, deviceId, changes) {
      await writer.call('updateDevice', { manufacturerId, deviceId, changes })
      if (changes.firmware !== undefined) tracker.forgetFirmware(deviceId)
    },

    async findDevice(manufacturerId, deviceId) {
      const status = await reader.call('findDevice', { manufacturerId, deviceId })
      return status && { ...status, ...tracker.update(status.id, status) }
    },
    async findDevices(manufacturerId, deviceIds) {
      const found = await reader.call('findDevices', { manufacturerId, deviceIds })
      return found.map((status) => ({ ...status, ...tracker.update(status.id, status) }))
    },
    async listDevices(manufacturerId, { after = '', limit, filter = {}, order = 'id' }) {
      const { silentSince } = filter
      const isPlain = Object.keys(filter).length === 0
      const thread = isPlain ? reader : slowReader
      const page = await thread.call('listDevices', { manufacturerId, after, limit, filter, order })
      const items = page.items
        .filter(({ id }) => silentSince === undefined || !tracker.hasBeenSeenSince(id, silentSince))
        .map((status) => ({ ...status, ...tracker.update(status.id, status) }))
      return { items, nextAfter: page.nextAfter }
    },
    countFleet: (scope) => slowReader.call('countFleet', scope),
    countSilentDevices: ({ manufacturerId, silentSince }) =>
      slowReader.call('countSilentDevices', { manufacturerId, silentSince }),

    authenticateDevice: createDeviceSignIn({ reader, writer, tracker, clock, randomBytes }),

    listSecrets: (manufacturerId, deviceId) => reader.call('listSecrets', { manufacturerId, deviceId }),
    async createSecret(manufacturerId, deviceId) {
      const { secret, secretHash } = makeSecret()
      const id = await writer.call('createSecret', {
        manufacturerId,
        deviceId,
        secretHash,
        now: clock.now(),
      })
      return { id, secret }
    },
    async revokeSecret(manufacturerId, deviceId, secretId) {
      await writer.call('revokeSecret', { manufacturerId, deviceId, secretId, now: clock.now() })
      onRevoked(deviceId as DeviceId)
    },
    async revokeDevice(manufacturerId, deviceId, reason) {
      await writer.call('revokeDevice', { manufacturerId, deviceId, reason, now: clock.now() })
      onRevoked(deviceId as DeviceId)
    },
    restoreDevice: (manufacturerId: ManufacturerId, deviceId) =>
      writer.call('restoreDevice', { manufacturerId, deviceId, now: clock.now() }),

    listCertificates: (manufacturerId, deviceId) =>
      reader.call('listCertificates', { manufacturerId, deviceId }),
    async setCertificates(manufacturerId, deviceId, fingerprints) {
      await writer.call('setCertificates', { manufacturerId, deviceId, fingerprints })
      onRevoked(deviceId as DeviceId)
    },

    async createClaims(input) {
      const codes = input.claims.map(() => generateClaimCode(randomBytes))
      const codeHashes = codes.map(hashClaimCode)
      const ids = await writer.call('createClaims', { input, codeHashes, now: clock.now() })
      return ids.map((id, index) => ({ id, code: codes[index] ?? '' }))
    },
    listClaims: (manufacturerId, { after = '', limit }) =>
      reader.call('listClaims', { manufacturerId, after, limit, now: clock.now() }),
    revokeClaim: (manufacturerId, claimId) =>
      writer.call('revokeClaim', { manufacturerId, claimId, now: clock.now() }),

    recordAlarm: (alarm) => writer.call('recordAlarm', alarm),
    listAlarms: (manufacturerId, { after = '', limit, withAcknowledged = false }) =>
      reader.call('listAlarms', { manufacturerId, after, limit, withAcknowledged }),
    acknowledgeAlarm: (manufacturerId, alarmId, acknowledgedBy) =>
      writer.call('acknowledgeAlarm', { manufacturerId, alarmId, acknowledgedBy, now: clock.now() }),

    notePresence: (deviceId, presence) => tracker.notePresence(deviceId, presence),
    noteFirmware: (deviceId, firmware) => tracker.noteFirmware(deviceId, firmware),
  }
  return { administration, tracker }
}
