/** What the writer's thread does for devices, beside ingest. */
import type { DatabaseSync } from 'node:sqlite'
import type { ManufacturerId } from '../../core/index.ts'
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

export type DeviceWriterMethods = ReturnType<typeof openDeviceWriter>

export function openDeviceWriter(database: DatabaseSync) {
  const registration = openDeviceRegistration(database)
  const saveSeen = openSeenDevices(database)
  return {
    registerModel: ({ model, now }: At & { model: Omit<Model, 'version'> }) =>
      registerModel(database, model, now),

    registerDevice: ({ now, ...registered }: At & HashedRegistration) =>
      registration.register(registered, now),

    registerDevices: (call: At & { registrations: readonly HashedRegistration[]; isDryRun: boolean }) =>
      registration.registerAll(call.registrations, call.now, call.isDryRun),

    updateDevice: (call: Owned & { changes: DeviceChanges }) =>
      updateDevice(database, call.manufacturerId, call.deviceId, call.changes),

    revokeDevice: (call: Owned & At & { reason: string }) =>
      revokeDevice(database, call.manufacturerId, call.deviceId, call.reason, call.now),

    restoreDevice: (call: Owned & At) =>
      restoreDevice(database, call.manufacturerId, call.deviceId, call.now),

    createSecret: (call: Owned & At & { secretHash: string }) =>
      createSecret(database, call.manufacturerId, call.deviceId, call.secretHash, call.now),

    revokeSecret: (call: Owned & At & { secretId: number }) =>
      revokeSecret(database, call.manufacturerId, call.deviceId, call.secretId, call.now),

    setCertificates: (call: Owned & { fingerprints: readonly string[] }) =>
      setCertificates(database, call.manufacturerId, call.deviceId, call.fingerprints),

    createClaims: (call: At & { input: CreateClaimsInput; codeHashes: readonly Uint8Array[] }) =>
      createClaims(database, call.input, call.codeHashes, call.now),

    revokeClaim: (call: At & { manufacturerId: ManufacturerId; claimId: number }) =>
      revokeClaim(database, call.manufacturerId, call.claimId, call.now),

    issueClaimedSecret: (call: ClaimAttempt & { secretHash: string }) =>
      issueClaimedSecret(database, registration, call),

    completeClaim: (call: At & { secretId: number }) => completeClaim(database, call.secretId, call.now),

    saveSeen: (devices: readonly SeenDevice[]) => saveSeen(devices),

    recordAlarm: (alarm: AlarmInput) => recordAlarm(database, alarm),

    acknowledgeAlarm: (
      call: At & { manufacturerId: ManufacturerId; alarmId: number; acknowledgedBy: string },
    ) => acknowledgeAlarm(database, call.manufacturerId, call.alarmId, call.acknowledgedBy, call.now),
  }
}
