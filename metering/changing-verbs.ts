/**
 * What somebody changes about devices and models: `metering.by(actor)`.
 *
 * Each change is noted with its actor in the same transaction (`changes.ts`); a verb that changes nothing leaves no note.
 */
import type { ExpectedVersions, ManufacturerId } from '../core/index.ts'
import type { DecideInput, DecisionRecord } from './decision-types.ts'
import type {
  CreateClaimsInput,
  Device,
  DeviceChanges,
  Model,
  RegisterDeviceInput,
  RegistrationOutcome,
} from './devices/device-types.ts'

export type ChangingVerbs = {
  /**
   * Adds version 1 of a model, or the next version if its name, registers or event types changed. Idempotent for
   * equal content. @throws AppError `model_invalid`
   */
  registerModel(model: Omit<Model, 'version'>): Promise<Model>

  /** @throws AppError `model_unknown`, `register_not_in_model`, `device_exists`, `device_invalid` */
  registerDevice(input: RegisterDeviceInput): Promise<{ readonly device: Device; readonly secret: string }>
  /**
   * Registers at most 500 devices in one transaction; a bad one is refused alone. Outcomes in the order of the inputs.
   * A dry run writes nothing.
   */
  registerDevices(
    inputs: readonly RegisterDeviceInput[],
    options?: { readonly isDryRun?: boolean },
  ): Promise<readonly RegistrationOutcome[]>
  /** @throws AppError `device_unknown`, `device_invalid`, `etag_stale` */
  updateDevice(
    manufacturerId: ManufacturerId,
    deviceId: string,
    changes: DeviceChanges,
    expected?: ExpectedVersions,
  ): Promise<void>

  /** @throws AppError `device_unknown`, `secrets_at_most_two` */
  createSecret(
    manufacturerId: ManufacturerId,
    deviceId: string,
  ): Promise<{ readonly id: number; readonly secret: string }>
  /** Disconnects the device: nothing tells which of its secrets a connection used. @throws AppError `secret_unknown` */
  revokeSecret(manufacturerId: ManufacturerId, deviceId: string, secretId: number): Promise<void>
  /** Disconnects the device and lets it in no more. Again: keeps the first reason. @throws AppError `device_unknown` */
  revokeDevice(manufacturerId: ManufacturerId, deviceId: string, reason: string): Promise<void>
  /** Lets a revoked device sign in again with what it had. @throws AppError `device_unknown` */
  restoreDevice(manufacturerId: ManufacturerId, deviceId: string): Promise<void>
  /**
   * Replaces the list of certificates that the device may use and disconnects it; an empty list allows every certificate
   * that the broker trusts. @throws AppError `device_unknown`, `device_invalid`
   */
  setCertificates(
    manufacturerId: ManufacturerId,
    deviceId: string,
    fingerprints: readonly string[],
  ): Promise<void>

  /** At most 1,000 codes, all or none, in the order asked. @throws AppError `claim_invalid`, `model_unknown`, `device_exists` */
  createClaims(input: CreateClaimsInput): Promise<readonly { readonly id: number; readonly code: string }[]>
  /** The code is worth nothing from now on; a device that used it keeps its secret. @throws AppError `claim_unknown` */
  revokeClaim(manufacturerId: ManufacturerId, claimId: number): Promise<void>

  /** In the actor's name unless another is given. Again: keeps the first name. @throws AppError `alarm_unknown` */
  acknowledgeAlarm(manufacturerId: ManufacturerId, alarmId: number, acknowledgedBy?: string): Promise<void>

  /**
   * Records a person's decision and judges the device again, with the result as if it had been known before.
   * @throws AppError `device_unknown`, `decision_invalid`, `reading_unknown`, `register_not_in_model`
   */
  decide(input: DecideInput): Promise<DecisionRecord>
  /** Moves a device to another version of its model, older or newer. @throws AppError `device_unknown`, `model_unknown` */
  setModelVersion(manufacturerId: ManufacturerId, deviceId: string, version: number): Promise<Device>
}
