/** What the readers' threads answer about devices. `readStatus` is usage's part of where a device stands. */
import type { DatabaseSync } from 'node:sqlite'
import type { ManufacturerId, ModelId } from '../../core/index.ts'
import type { AlarmQuery, ClaimQuery, ModelQuery } from '../list-sorts.ts'
import { findDeviceRow } from '../store/device-catalogue.ts'
import type { StoredDeviceStatus } from '../store/usage-reader.ts'
import { listAlarms } from './alarms.ts'
import { isCertificateAccepted, listCertificates } from './certificates.ts'
import { isClaimUsable, listClaims, type ClaimAttempt } from './claims.ts'
import { openDetailsReader } from './device-details.ts'
import { countSilentDevices, listDeviceRows, type DeviceListQuery } from './device-list.ts'
import type { DeviceStatus, FleetCounts, Model, Page } from './device-types.ts'
import { findFirstSteps } from './first-steps.ts'
import { countFleet } from './fleet-counts.ts'
import { findLatestModel, listModels, listModelVersions } from './models.ts'
import { listSecrets, openActiveSecrets } from './secrets.ts'

type Owned = { readonly manufacturerId: ManufacturerId; readonly deviceId: string }
type OwnedMany = { readonly manufacturerId: ManufacturerId; readonly deviceIds: readonly string[] }
type Asked<Query> = { readonly manufacturerId: ManufacturerId; readonly query: Query }

const MAX_PAGE = 1_000

function bounded<Query extends { readonly limit: number }>(query: Query): Query {
  return { ...query, limit: Math.min(query.limit, MAX_PAGE) }
}

export type DeviceReaderMethods = ReturnType<typeof openDeviceReader>

export function openDeviceReader(
  database: DatabaseSync,
  readStatus: (manufacturerId: ManufacturerId, deviceId: string) => StoredDeviceStatus | undefined,
) {
  const readDetails = openDetailsReader(database)

  function findDevice({ manufacturerId, deviceId }: Owned): DeviceStatus | undefined {
    const row = findDeviceRow(database, deviceId)
    const status = row && readStatus(manufacturerId, deviceId)
    return row && status && { ...status, ...readDetails(row) }
  }

  return {
    findModel: (call: { manufacturerId: ManufacturerId; modelId: ModelId }) =>
      findLatestModel(database, call.manufacturerId, call.modelId),

    listModels: ({ manufacturerId, query }: Asked<ModelQuery>) =>
      listModels(database, manufacturerId, bounded(query)),

    listModelVersions: (call: { manufacturerId: ManufacturerId; modelId: ModelId }) =>
      listModelVersions(database, call.manufacturerId, call.modelId),

    findDevice,

    findDevices: ({ manufacturerId, deviceIds }: OwnedMany) =>
      deviceIds
        .slice(0, MAX_PAGE)
        .map((deviceId) => findDevice({ manufacturerId, deviceId }))
        .filter((device) => device !== undefined),

    listDeviceIds: (call: DeviceListQuery): Page<string> => {
      const { rows, nextAfter } = listDeviceRows(database, { ...call, limit: Math.min(call.limit, MAX_PAGE) })
      return { items: rows.map(({ id }) => id), nextAfter }
    },

    /** The models are the same objects where devices share one. */
    findModelsOf: ({ manufacturerId, deviceIds }: OwnedMany): ReadonlyMap<string, Model> => {
      const models = new Map<string, Model | undefined>()
      return new Map(
        deviceIds.flatMap((deviceId) => {
          const row = findDeviceRow(database, deviceId)
          if (row === undefined || row.manufacturer_id !== manufacturerId) return []
          const modelId = row.model_id as ModelId
          if (!models.has(modelId)) models.set(modelId, findLatestModel(database, manufacturerId, modelId))
          const model = models.get(modelId)
          return model === undefined ? [] : [[deviceId, model] as const]
        }),
      )
    },

    findFirstSteps: (manufacturerId: ManufacturerId) => findFirstSteps(database, manufacturerId),

    countFleet: (call: { manufacturerId: ManufacturerId; silentSince: number }): FleetCounts =>
      countFleet(database, call.manufacturerId, call.silentSince),

    countSilentDevices: (call: { manufacturerId: ManufacturerId | undefined; silentSince: number }) =>
      countSilentDevices(database, call.manufacturerId, call.silentSince),

    listActiveSecrets: openActiveSecrets(database),

    isCertificateAccepted: (call: { deviceId: string; fingerprint256: string }) =>
      isCertificateAccepted(database, call.deviceId, call.fingerprint256),

    isClaimUsable: (attempt: ClaimAttempt) => isClaimUsable(database, attempt),

    listSecrets: (call: Owned) => listSecrets(database, call.manufacturerId, call.deviceId),

    listCertificates: (call: Owned) => listCertificates(database, call.manufacturerId, call.deviceId),

    listClaims: ({ manufacturerId, query, now }: Asked<ClaimQuery> & { now: number }) =>
      listClaims(database, manufacturerId, bounded(query), now),

    listAlarms: ({ manufacturerId, query }: Asked<AlarmQuery>) =>
      listAlarms(database, manufacturerId, bounded(query)),
  }
}
