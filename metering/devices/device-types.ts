/**
 * The words of metering's face about devices: models, devices and how they are found, secrets, claims and alarms.
 *
 * Everything is scoped to a manufacturer: what belongs to another reads as absent (I12). A secret or a claim code is
 * returned by the call that made it and never again; the store keeps hashes.
 */
import type { Authenticate, DeviceId, ManufacturerId, ModelId } from '../../core/index.ts'
import type { AlarmQuery, ClaimQuery, ClaimState, ModelQuery } from '../list-sorts.ts'
import type { EventTypeRule } from '../metric-types.ts'

/** How a register of a model behaves. Versioned with its model. */
export type RegisterDefinition = {
  readonly name: string
  /** Base unit as people write it: "s", "Wh". */
  readonly unit: string
  /** The most that the register can physically advance in an hour, in base units. */
  readonly maxPerHour: bigint
  /** A step between two readings longer than this is estimated, in milliseconds. */
  readonly maxGapMs: number
  /** How an estimated step is spread: evenly, or as late as `maxPerHour` allows. */
  readonly gapRule: 'spread' | 'end'
  /** The value at which the register starts again at zero; absent if it never does. */
  readonly modulus?: bigint
  /** How to show a quantity to people: so many base units (3,600 s) are one of this unit ("h"). Never for arithmetic. */
  readonly display?: { readonly unit: string; readonly factor: bigint }
}

export type Model = {
  readonly id: ModelId
  readonly version: number
  readonly manufacturerId: ManufacturerId
  readonly name: string
  readonly registers: readonly RegisterDefinition[]
  readonly eventTypes?: readonly EventTypeRule[]
}

export type Device = {
  readonly id: DeviceId
  readonly manufacturerId: ManufacturerId
  readonly modelId: ModelId
  readonly modelVersion: number
  readonly serial: string | undefined
  readonly commissionedAt: number
  readonly createdAt: number
}

/** Whether a device is connected, and why it is or is not. */
export type DevicePresence = {
  readonly state: 'online' | 'offline'
  /** Received time. */
  readonly at: number
  /** The broker's word: `connected`, `connection_lost`, `keepalive_timeout`, …; `server_stopped` after a crash of ours. */
  readonly reason: string
}

/** What people and the device itself say about a device, beside its readings. */
export type DeviceDetails = {
  /** Undefined until the device connects for the first time. */
  readonly presence: DevicePresence | undefined
  /** Received time of the last message, connect or goodbye; up to 30 s are lost in a crash. */
  readonly lastSeenAt: number | undefined
  readonly firmware: string | undefined
  readonly site: string | undefined
  /** In alphabetical order. */
  readonly tags: readonly string[]
  /** A revoked device cannot sign in. */
  readonly revoked: { readonly at: number; readonly reason: string } | undefined
}

/** A device with where it stands. */
export type DeviceStatus = Device &
  DeviceDetails & {
    readonly lastReading:
      | {
          readonly epoch: number
          readonly seq: number
          readonly receivedAt: number
          readonly at: number | undefined
        }
      | undefined
    /** The accepted value of each register and the device time it was read at. */
    readonly registers: Readonly<Record<string, { readonly value: bigint; readonly at: number }>>
    readonly openHolds: number
    /** True while its newest readings are stored and not judged yet. */
    readonly isBeingJudged: boolean
  }

export type RegisterDeviceInput = {
  readonly id: DeviceId
  readonly manufacturerId: ManufacturerId
  readonly modelId: ModelId
  readonly serial?: string
  readonly commissionedAt: number
  /** Register values at commissioning; without one the first reading is the base and bills nothing. */
  readonly baseValues?: Readonly<Record<string, bigint>>
  readonly site?: string
  readonly tags?: readonly string[]
}

/** How one device of a batch ended; `unchanged` is one that was registered before with the same content. */
export type RegistrationOutcome =
  | { readonly outcome: 'created'; readonly device: Device; readonly secret: string }
  | { readonly outcome: 'unchanged'; readonly device: Device }
  /** Would be created: the answer of a dry run. */
  | { readonly outcome: 'valid' }
  | { readonly outcome: 'refused'; readonly code: string; readonly detail: string }

/** Absent members stay as they are; null clears. */
export type DeviceChanges = {
  readonly site?: string | null
  readonly tags?: readonly string[]
  readonly firmware?: string | null
}

export type DeviceFilter = {
  readonly site?: string
  readonly tag?: string
  readonly modelId?: ModelId
  /** Only devices not seen since this instant (or never, and registered before it). Revoked ones are not silent. */
  readonly silentSince?: number
  /** Any part of the id, the serial number or the site; upper and lower case are the same. */
  readonly text?: string
  /** `silent` needs `silentSince` and comes in the order in which they fell silent. */
  readonly state?: DeviceState
}

export type DeviceState = 'online' | 'offline' | 'never_seen' | 'silent' | 'revoked'

/** By `lastSeenAt` never seen devices count from their registration, and revoked ones are left out. */
export type DeviceOrder = 'id' | '-id' | 'lastSeenAt' | '-lastSeenAt'

/** Up to 30 s behind. */
export type FleetCounts = {
  readonly devices: number
  readonly online: number
  readonly offline: number
  readonly neverSeen: number
  readonly silent: number
  readonly revoked: number
  readonly openHolds: number
  readonly openAlarms: number
}

export type DeviceSecret = {
  readonly id: number
  readonly createdAt: number
  /** Up to 30 s behind. */
  readonly lastUsedAt: number | undefined
  readonly revokedAt: number | undefined
}

export type ClaimInput = {
  /** The only device id that may use the code; any new one without it. */
  readonly deviceId?: DeviceId
  readonly serial?: string
}

export type CreateClaimsInput = {
  readonly manufacturerId: ManufacturerId
  readonly modelId: ModelId
  readonly expiresAt: number
  readonly claims: readonly ClaimInput[]
}

/** `claimed`: a secret was issued that the device has not used yet, so the code works once more for that device. */
export type Claim = {
  readonly id: number
  readonly modelId: ModelId
  /** The device that the code is for, or that used it. */
  readonly deviceId: DeviceId | undefined
  readonly serial: string | undefined
  readonly state: ClaimState
  readonly createdAt: number
  readonly expiresAt: number
  readonly claimedAt: number | undefined
  readonly completedAt: number | undefined
}

export type AlarmInput = {
  readonly deviceId: DeviceId
  /** One of `alarmTitles`. */
  readonly code: string
  readonly detail: string
  readonly at: number
}

/** Something an operator has to look at. An open alarm that is raised again is counted, not listed twice. */
export type Alarm = {
  readonly id: number
  readonly deviceId: DeviceId
  readonly code: string
  /** Of the last time. */
  readonly detail: string
  readonly raisedAt: number
  readonly lastRaisedAt: number
  readonly times: number
  readonly acknowledged: { readonly at: number; readonly by: string } | undefined
}

export type Page<Item> = { readonly items: readonly Item[]; readonly nextAfter: string | undefined }
export type PageQuery = { readonly after?: string; readonly limit: number }

/** What a manufacturer has already of what a first bill needs. */
export type FirstSteps = { readonly model: boolean; readonly device: boolean; readonly reading: boolean }

/** The part of metering's face about devices that changes nothing on anybody's behalf. */
export type DeviceAdministration = {
  /** The newest version. */
  findModel(manufacturerId: ManufacturerId, modelId: ModelId): Promise<Model | undefined>
  /** The newest version of each model. Every list that comes in pages: @throws AppError `cursor_invalid` */
  listModels(manufacturerId: ManufacturerId, query: ModelQuery): Promise<Page<Model>>
  /** Oldest first; empty for an unknown model. */
  listModelVersions(manufacturerId: ManufacturerId, modelId: ModelId): Promise<readonly Model[]>

  /** Undefined also when the device belongs to another manufacturer. */
  findDevice(manufacturerId: ManufacturerId, deviceId: string): Promise<DeviceStatus | undefined>
  /** Those of the ids that are the manufacturer's own devices, in the order given; at most 1,000. */
  findDevices(manufacturerId: ManufacturerId, deviceIds: readonly string[]): Promise<readonly DeviceStatus[]>
  /**
   * The newest version of each device's model, the same object where devices share one; without those that are not the
   * manufacturer's own devices.
   */
  findModelsOf(
    manufacturerId: ManufacturerId,
    deviceIds: readonly string[],
  ): Promise<ReadonlyMap<string, Model>>
  /** In order of id unless asked otherwise. With a filter a page may be shorter than asked although another follows. */
  listDevices(
    manufacturerId: ManufacturerId,
    page: PageQuery & { readonly filter?: DeviceFilter; readonly order?: DeviceOrder },
  ): Promise<Page<DeviceStatus>>
  /** Exact, and the same for a small and a large fleet. */
  findFirstSteps(manufacturerId: ManufacturerId): Promise<FirstSteps>
  countFleet(scope: {
    readonly manufacturerId: ManufacturerId
    readonly silentSince: number
  }): Promise<FleetCounts>
  /** Of all manufacturers without one. Up to 30 s behind what `listDevices` says. */
  countSilentDevices(scope: {
    readonly manufacturerId?: ManufacturerId
    readonly silentSince: number
  }): Promise<number>

  /**
   * A claim session yields a new secret each time and revokes the one before, until the device has signed in with it; it
   * rejects with `claim_refused`, `device_exists` (serial number) or `secrets_at_most_two`. False for a revoked device.
   */
  readonly authenticateDevice: Authenticate

  /** Oldest first, revoked ones too. @throws AppError `device_unknown` */
  listSecrets(manufacturerId: ManufacturerId, deviceId: string): Promise<readonly DeviceSecret[]>

  /** SHA-256 fingerprints, 64 lower-case hexadecimal digits each, in order. @throws AppError `device_unknown` */
  listCertificates(manufacturerId: ManufacturerId, deviceId: string): Promise<readonly string[]>

  /** The newest first unless asked otherwise. */
  listClaims(manufacturerId: ManufacturerId, query: ClaimQuery): Promise<Page<Claim>>

  /** Does nothing for a device that is not registered. */
  recordAlarm(alarm: AlarmInput): Promise<void>
  /** The newest first unless asked otherwise. */
  listAlarms(manufacturerId: ManufacturerId, query: AlarmQuery): Promise<Page<Alarm>>

  /** Remembers that a device came or went; written within 30 s. */
  notePresence(deviceId: DeviceId, presence: DevicePresence): void
  /** What the device says it runs; written within 30 s. */
  noteFirmware(deviceId: DeviceId, firmware: string): void
}
