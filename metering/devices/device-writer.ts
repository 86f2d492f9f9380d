/** What the writer's thread does for devices, beside ingest. */
import type { DatabaseSync } from 'node:sqlite'
import type { ExpectedVersions, ManufacturerId } from '../../core/index.ts'
import type { Deed } from '../changes.ts'
import { acknowledgeAlarm, recordAlarm } from './alarms.ts'
import { setCertificates } from './certificates.ts'
import { completeClaim, createClaims, issueClaimedSecret, revokeClaim, type ClaimAttempt } from './claims.ts'
import { restoreDevice, revokeDevice, updateDevice } from './device-details.ts'
import type { AlarmInput, CreateClaimsInput, DeviceChanges, Model } from './device-types.ts'
import { registerModel } from './models.ts'
import type { SeenDevice } from './presence-tracker.ts'
import { openDeviceRegistration, type HashedRegistration } from './registration.ts'
import { createSecret, revokeSecret } from './secrets.ts'
import { openSeenDevices } from './seen-devices.ts'

/** One device of one manufacturer. */
type Owned = { readonly manufacturerId: ManufacturerId; readonly deviceId: string }
type At = { readonly now: number }
type By = { readonly deed: Deed }

export type DeviceWriterMethods = ReturnType<typeof openDeviceWriter>

export function openDeviceWriter(database: DatabaseSync) {
  const registration = openDeviceRegistration(database)
  const saveSeen = openSeenDevices(database)
  return {
    registerModel: ({ model, deed }: By & { model: Omit<Model, 'version'> }) =>
      registerModel(database, model, deed),

    registerDevice: ({ deed, ...registered }: By & HashedRegistration) =>
      registration.register(registered, deed),

    registerDevices: (call: By & { registrations: readonly HashedRegistration[]; isDryRun: boolean }) =>
      registration.registerAll(call.registrations, call.deed, call.isDryRun),

    updateDevice: (call: Owned & By & { changes: DeviceChanges; expected: ExpectedVersions }) =>
      updateDevice(database, call, call.changes, call.deed),

    revokeDevice: (call: Owned & By & { reason: string }) =>
      revokeDevice(database, call.manufacturerId, call.deviceId, call.reason, call.deed),

    restoreDevice: (call: Owned & By) =>
      restoreDevice(database, call.manufacturerId, call.deviceId, call.deed),

    createSecret: (call: Owned & By & { secretHash: string }) =>
      createSecret(database, call.manufacturerId, call.deviceId, call.secretHash, call.deed),

    revokeSecret: (call: Owned & By & { secretId: number }) =>
      revokeSecret(database, call.manufacturerId, call.deviceId, call.secretId, call.deed),

    setCertificates: (call: Owned & By & { fingerprints: readonly string[] }) =>
      setCertificates(database, call.manufacturerId, call.deviceId, call.fingerprints, call.deed),

    createClaims: (call: By & { input: CreateClaimsInput; codeHashes: readonly Uint8Array[] }) =>
      createClaims(database, call.input, call.codeHashes, call.deed),

    revokeClaim: (call: By & { manufacturerId: ManufacturerId; claimId: number }) =>
      revokeClaim(database, call.manufacturerId, call.claimId, call.deed),

    issueClaimedSecret: (call: ClaimAttempt & { secretHash: string }) =>
      issueClaimedSecret(database, registration, call),

    completeClaim: (call: At & { secretId: number }) => completeClaim(database, call.secretId, call.now),

    saveSeen: (devices: readonly SeenDevice[]) => saveSeen(devices),

    recordAlarm: (alarm: AlarmInput) => recordAlarm(database, alarm),

    acknowledgeAlarm: (
      call: By & { manufacturerId: ManufacturerId; alarmId: number; acknowledgedBy: string },
    ) => acknowledgeAlarm(database, call.manufacturerId, call.alarmId, call.acknowledgedBy, call.deed),
  }
}
