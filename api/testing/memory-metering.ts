/** Metering in memory for the API's tests: one drill of the first manufacturer, held and decided things about it. */
import { getInstant, type DeviceId, type ManufacturerId, type ModelId } from '../../core/index.ts'
import {
  meteringErrors,
  type ChangingVerbs,
  type DecisionRecord,
  type DeviceStatus,
  type HoldInContext,
  type Model,
  type QuarantinedMessage,
  type RegisterAt,
} from '../../metering/index.ts'
import type { ApiMetering } from '../index.ts'
import { HUGE, needsStore, nothing, NOW, own, pageOf } from './memory-parts.ts'

export const drill: DeviceStatus = {
  id: 'drill-1' as DeviceId,
  manufacturerId: own,
  modelId: 'drill' as ModelId,
  modelVersion: 1,
  serial: undefined,
  commissionedAt: getInstant('2026-01-01T00:00:00Z'),
  createdAt: getInstant('2026-01-02T00:00:00Z'),
  lastReading: { epoch: 1, seq: 7, receivedAt: NOW, at: undefined },
  registers: { run_s: { value: HUGE, at: NOW } },
  presence: { state: 'online', at: Date.parse('2026-11-22T07:00:00Z'), reason: 'connected' },
  openHolds: 1,
  lastSeenAt: NOW,
  firmware: '1.4.2',
  site: 'Linz',
  tags: ['blue', 'rental'],
  revoked: undefined,
  isBeingJudged: false,
}

const model: Model = {
  id: 'drill' as ModelId,
  version: 1,
  manufacturerId: own,
  name: 'Drill',
  registers: [
    { name: 'run_s', unit: 's', maxPerHour: 3_600n, maxGapMs: 900_000, gapRule: 'end', modulus: HUGE },
  ],
}

const hold: HoldInContext = {
  id: 3,
  deviceId: drill.id,
  register: undefined,
  epoch: 1,
  seq: 5,
  code: 'content_conflict',
  detail: 'Compare the two readings.',
  heldAt: NOW,
  readingId: 5,
  at: NOW,
  exchange: undefined,
  values: [
    {
      register: 'run_s',
      value: HUGE,
      before: { at: NOW, value: HUGE, shown: 12n, isPlaced: true, reading: { id: 4, epoch: 1, seq: 4 } },
      after: undefined,
    },
  ],
}

const decisions: readonly DecisionRecord[] = [1, 2, 3].map((id) => ({
  id,
  deviceId: drill.id,
  decision: { kind: 'exchange', register: 'run_s', final: HUGE, start: 0n, at: NOW },
  decidedBy: 'Jo',
  reason: 'board exchanged',
  decidedAt: NOW,
}))

function assertOwnDrill(manufacturerId: ManufacturerId, deviceId: string): void {
  if (manufacturerId === own && deviceId === drill.id) return
  throw meteringErrors.device_unknown('Use the id of one of your devices.')
}

const quarantined: QuarantinedMessage = {
  id: 4,
  deviceId: drill.id,
  topic: 'devices/drill-1/readings',
  receivedAt: NOW,
  code: 'payload_not_json',
  detail: 'Send JSON.',
  raw: Uint8Array.of(0xff, 0x00),
}

/** A register that reads one per second since 1970. */
function registerAt(at: number): RegisterAt {
  return { at, value: BigInt(at / 1_000), before: undefined, after: undefined, isEstimated: false }
}

/** `device-harness.ts` passes a real one. */
const unserved = {
  listModels: needsStore,
  listModelVersions: needsStore,
  findDevices: needsStore,
  findModelsOf: needsStore,
  readSteps: needsStore,
  countFleet: needsStore,
  findFirstSteps: needsStore,
  readSessions: needsStore,
  listReadings: needsStore,
  countSilentDevices: needsStore,
  listSecrets: needsStore,
  listCertificates: needsStore,
  listClaims: needsStore,
  listAlarms: needsStore,
}

export function createChanges(): ChangingVerbs {
  return {
    updateDevice: needsStore,
    createSecret: needsStore,
    revokeSecret: needsStore,
    revokeDevice: needsStore,
    restoreDevice: needsStore,
    setCertificates: needsStore,
    createClaims: needsStore,
    revokeClaim: needsStore,
    acknowledgeAlarm: needsStore,
    registerDevices: needsStore,
    registerModel: async (input) => ({ ...input, version: 1 }),
    registerDevice: async (input) => {
      if (input.id === drill.id) throw meteringErrors.device_exists('Use another id.')
      return {
        device: { ...input, modelVersion: 1, serial: input.serial, createdAt: NOW },
        secret: 'the-device-secret',
      }
    },
    decide: async ({ manufacturerId, deviceId, decidedBy = 'console', ...input }) => {
      assertOwnDrill(manufacturerId, deviceId)
      return { ...input, decidedBy, id: 8, deviceId: drill.id, decidedAt: NOW }
    },
    setModelVersion: async (manufacturerId, deviceId, version) => {
      assertOwnDrill(manufacturerId, deviceId)
      if (version > 2) throw meteringErrors.model_unknown('Use version 1 or 2.')
      return { ...drill, modelVersion: version }
    },
  }
}

export function createMetering(): Omit<ApiMetering, 'by'> {
  return {
    ...unserved,
    findDevice: async (manufacturerId, deviceId) =>
      manufacturerId === own && deviceId === drill.id ? drill : undefined,
    listDevices: async (manufacturerId, { after, limit }) =>
      manufacturerId === own ? { items: [drill], nextAfter: `${after ?? 'first'}-${limit}` } : nothing,
    findModel: async (manufacturerId, id) => (manufacturerId === own && id === model.id ? model : undefined),
    readUsage: async (queries) =>
      queries.map((query) => {
        if (query.register !== 'run_s') throw meteringErrors.register_not_in_model('Use "run_s".')
        const [start, end] = [registerAt(query.from), registerAt(query.to)]
        return { ...query, unit: 's', quantity: end.value - start.value, start, end, knownUntil: NOW }
      }),
    readMetrics: async (queries) => {
      const detail = 'Use "max".'
      const issues = [{ detail, pointer: '/queries/0/metric/aggregation' }]
      if (queries[0]?.metric.aggregation !== 'max') throw meteringErrors.metric_invalid(detail, { issues })
      return []
    },
    listQuarantine: async (manufacturerId) => (manufacturerId === own ? pageOf(quarantined) : nothing),
    findHolds: async (manufacturerId, { deviceId, after, limit }) =>
      manufacturerId === own && (deviceId ?? drill.id) === drill.id
        ? { items: [hold], nextAfter: after === undefined ? String(limit) : undefined }
        : nothing,
    listDecisions: async (manufacturerId, deviceId, { after = 0, limit = 1 } = {}) => {
      assertOwnDrill(manufacturerId, deviceId)
      return decisions.filter(({ id }) => id > after).slice(0, limit)
    },
  }
}
