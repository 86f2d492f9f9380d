/** The side of metering's face that knows devices: turns its calls into calls of the threads. */
import type { Logger } from 'pino'
import type { Actor, Clock, DeviceId, ManufacturerId, RandomBytes } from '../../core/index.ts'
import type { ChangingVerbs } from '../changing-verbs.ts'
import type { ThreadConnection } from '../threads/thread-calls.ts'
import { createChangeCalls, type ChangeWriterMethods } from './change-calls.ts'
import type { DeviceReaderMethods } from './device-reader.ts'
import { createDeviceSignIn } from './device-sign-in.ts'
import type { DeviceAdministration, DeviceFilter, DeviceOrder, DeviceStatus } from './device-types.ts'
import { PresenceTracker } from './presence-tracker.ts'

export type DeviceAdministrationOptions = {
  readonly writer: ThreadConnection<ChangeWriterMethods>
  /** Answers sign-ins, so nothing long may run on it. */
  readonly reader: ThreadConnection<DeviceReaderMethods>
  /** For what people look at. */
  readonly pageReader: ThreadConnection<DeviceReaderMethods>
  /** For what looks at every device of a manufacturer. */
  readonly slowReader: ThreadConnection<DeviceReaderMethods>
  /** Resolves once the readers see all that was acknowledged of these devices. */
  readonly saveDevices: (deviceIds: readonly string[]) => Promise<void>
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
  const {
    writer,
    reader,
    pageReader,
    slowReader,
    saveDevices,
    clock,
    randomBytes,
    log,
    onRevoked,
    onChanged,
  } = options
  const tracker = new PresenceTracker((devices) => writer.call('saveSeen', devices), log)

  async function findDevices(
    manufacturerId: ManufacturerId,
    deviceIds: readonly string[],
  ): Promise<readonly DeviceStatus[]> {
    if (deviceIds.length === 0) return []
    await saveDevices(deviceIds)
    const found = await pageReader.call('findDevices', { manufacturerId, deviceIds })
    return found.map((status) => ({ ...status, ...tracker.update(status.id, status) }))
  }

  const administration: DeviceAdministration = {
    findModel: (manufacturerId, modelId) => reader.call('findModel', { manufacturerId, modelId }),
    listModels: (manufacturerId, query) => reader.call('listModels', { manufacturerId, query }),
    listModelVersions: (manufacturerId, modelId) =>
      reader.call('listModelVersions', { manufacturerId, modelId }),

    async findDevice(manufacturerId, deviceId) {
      const [device] = await findDevices(manufacturerId, [deviceId])
      return device
    },
    findDevices,
    findModelsOf: (manufacturerId, deviceIds) =>
      pageReader.call('findModelsOf', { manufacturerId, deviceIds }),
    async listDevices(manufacturerId, { after = '', limit, filter = {}, order = 'id' }) {
      const { silentSince } = filter
      const thread = isByIndex(filter, order) ? pageReader : slowReader
      const page = await thread.call('listDeviceIds', { manufacturerId, after, limit, filter, order })
      const deviceIds = page.items.filter(
        (id) => silentSince === undefined || !tracker.hasBeenSeenSince(id, silentSince),
      )
      return { items: await findDevices(manufacturerId, deviceIds), nextAfter: page.nextAfter }
    },
    countFleet: (scope) => pageReader.call('countFleet', scope),
    findFirstSteps: (manufacturerId) => slowReader.call('findFirstSteps', manufacturerId),
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

/** Whether one index gives the page; else thousands of rows may be looked at. */
function isByIndex(filter: DeviceFilter, order: DeviceOrder): boolean {
  const names = Object.keys(filter).filter((name) => name !== 'silentSince')
  const isByQuiet = order.endsWith('lastSeenAt')
  return names.length <= 1 && (!isByQuiet || names.every((name) => name === 'state'))
}
