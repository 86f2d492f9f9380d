/** The side of metering's face that knows devices: turns its calls into calls of the threads. */
import type { Logger } from 'pino'
import type { Actor, Clock, DeviceId, RandomBytes } from '../../core/index.ts'
import type { ChangingVerbs } from '../changing-verbs.ts'
import type { ThreadConnection } from '../threads/thread-calls.ts'
import { createChangeCalls, type ChangeWriterMethods } from './change-calls.ts'
import type { DeviceReaderMethods } from './device-reader.ts'
import { createDeviceSignIn } from './device-sign-in.ts'
import type { DeviceAdministration } from './device-types.ts'
import { PresenceTracker } from './presence-tracker.ts'

export type DeviceAdministrationOptions = {
  readonly writer: ThreadConnection<ChangeWriterMethods>
  /** Answers sign-ins, so nothing long may run on it. */
  readonly reader: ThreadConnection<DeviceReaderMethods>
  /** For what looks at every device of a manufacturer. */
  readonly slowReader: ThreadConnection<DeviceReaderMethods>
  readonly clock: Clock
  readonly randomBytes: RandomBytes
  readonly log: Logger
  /** Ends the device's connection and its sign-ins under way. Called after the commit, for every revocation. */
  readonly onRevoked: (deviceId: DeviceId) => void
  /** Called after each change that was committed. */
  readonly onChanged: () => void
}

export function createDeviceAdministration(options: DeviceAdministrationOptions): {
  readonly administration: DeviceAdministration
  readonly by: (actor: Actor) => ChangingVerbs
  readonly tracker: PresenceTracker
} {
  const { writer, reader, slowReader, clock, randomBytes, log, onRevoked, onChanged } = options
  const tracker = new PresenceTracker((devices) => writer.call('saveSeen', devices), log)

  const administration: DeviceAdministration = {
    findModel: (manufacturerId, modelId) => reader.call('findModel', { manufacturerId, modelId }),
    listModels: (manufacturerId, query) => reader.call('listModels', { manufacturerId, query }),
    listModelVersions: (manufacturerId, modelId) =>
      reader.call('listModelVersions', { manufacturerId, modelId }),

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
    findFirstSteps: (manufacturerId) => slowReader.call('findFirstSteps', manufacturerId),
    countFleet: (scope) => slowReader.call('countFleet', scope),
    countSilentDevices: ({ manufacturerId, silentSince }) =>
      slowReader.call('countSilentDevices', { manufacturerId, silentSince }),

    authenticateDevice: createDeviceSignIn({ reader, writer, tracker, clock, randomBytes, onChanged }),

    listSecrets: (manufacturerId, deviceId) => reader.call('listSecrets', { manufacturerId, deviceId }),
    listCertificates: (manufacturerId, deviceId) =>
      reader.call('listCertificates', { manufacturerId, deviceId }),
    listClaims: (manufacturerId, query) =>
      reader.call('listClaims', { manufacturerId, query, now: clock.now() }),

    recordAlarm: (alarm) => writer.call('recordAlarm', alarm),
    listAlarms: (manufacturerId, query) => reader.call('listAlarms', { manufacturerId, query }),

    notePresence: (deviceId, presence) => tracker.notePresence(deviceId, presence),
    noteFirmware: (deviceId, firmware) => tracker.noteFirmware(deviceId, firmware),
  }
  const by = createChangeCalls({ writer, tracker, clock, randomBytes, onRevoked, onChanged })
  return { administration, by, tracker }
}
