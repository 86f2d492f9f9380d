/** Machines as a manufacturer sees them: thirty of them, one with a held reading. */
import type { Alarm } from '../src/api/alarms.ts'
import type { Model } from '../src/api/catalogue.ts'
import type { Claim } from '../src/api/device-access.ts'
import type { Device, Fleet, Reading, Session } from '../src/api/devices.ts'
import type { Hold } from '../src/api/holds.ts'
import type { TariffDocument, TariffWithDocuments } from '../src/api/tariffs.ts'

const HOUR_MS = 3_600_000
const ago = (ms: number) => new Date(Math.floor((Date.now() - ms) / 1_000) * 1_000).toISOString()

export const model: Model = {
  id: 'bw-700',
  version: 2,
  name: 'BW 700',
  registers: [
    {
      name: 'run_s',
      unit: 's',
      maxPerHour: '3600',
      maxGapMs: HOUR_MS,
      gapRule: 'spread',
      display: { unit: 'h', factor: '3600' },
    },
    {
      name: 'energy_wh',
      unit: 'Wh',
      maxPerHour: '9000',
      maxGapMs: HOUR_MS,
      gapRule: 'spread',
      display: { unit: 'kWh', factor: '1000' },
    },
  ],
  eventTypes: [],
}

const priced = (price: string): TariffDocument => ({
  currency: 'EUR',
  rounding: 'half_even',
  items: [
    { type: 'flat', id: 'base-fee', description: 'Base fee per month', price: '4.90' },
    {
      type: 'per_unit',
      id: 'run-time',
      description: 'Run time',
      price,
      register: 'run_s',
      per: 60,
      unit: 'min',
    },
  ],
})

export const tariff: TariffWithDocuments = {
  id: 'tar_1',
  name: 'Pay per minute',
  versions: [
    {
      id: 'a'.repeat(64),
      effectiveAt: '2025-01-01T00:00:00Z',
      runningFrom: '2025-01-01T00:00:00Z',
      document: { ...priced('0.115'), minimum: '10' },
    },
    {
      id: 'b'.repeat(64),
      effectiveAt: '2026-01-01T00:00:00Z',
      runningFrom: '2026-01-01T00:00:00Z',
      document: priced('0.12'),
    },
    {
      id: 'c'.repeat(64),
      effectiveAt: '2099-01-01T00:00:00Z',
      runningFrom: '2099-01-01T00:00:00Z',
      document: priced('0.1275'),
    },
  ],
  createdAt: '2026-01-01T00:00:00Z',
}

export const alarms: readonly Alarm[] = [
  {
    id: 7,
    deviceId: 'drill-south',
    code: 'sequence_reset',
    detail: 'The device began its count anew without a new epoch. Look at its storage.',
    raisedAt: '2026-11-25T21:04:00Z',
    lastRaisedAt: '2026-11-26T06:30:00Z',
    times: 14,
    acknowledged: null,
  },
  {
    id: 6,
    deviceId: 'drill-south',
    code: 'client_id_taken_over',
    detail: 'Two connections with the credentials of this device took turns.',
    raisedAt: '2026-11-20T10:00:00Z',
    lastRaisedAt: '2026-11-20T10:00:00Z',
    times: 1,
    acknowledged: { at: '2026-11-20T11:00:00Z', by: 'Jo Berg' },
  },
]

const aClaim: Claim = {
  id: 12,
  modelId: 'bw-700',
  deviceId: null,
  serial: null,
  state: 'open',
  createdAt: '2026-11-26T08:00:00Z',
  expiresAt: '2026-12-26T23:00:00Z',
  claimedAt: null,
  completedAt: null,
}

export const claims: readonly Claim[] = [
  aClaim,
  { ...aClaim, id: 11, serial: 'BW7-26-77' },
  { ...aClaim, id: 10, deviceId: 'drill-south', state: 'completed', claimedAt: '2026-01-05T08:00:00Z' },
]

const sites = ['Linz', 'Graz', 'Wien', 'Salzburg']

export const devices: readonly Device[] = Array.from({ length: 30 }, (_none, place): Device => {
  const number = String(place + 1).padStart(2, '0')
  const isOnline = place % 3 !== 2
  const isSeen = place % 7 !== 6
  return {
    id: place === 0 ? 'drill-north' : place === 1 ? 'drill-south' : `drill-${number}`,
    modelId: 'bw-700',
    modelVersion: 2,
    serial: `BW7-26-${number}`,
    commissionedAt: '2026-01-07T08:00:00Z',
    createdAt: '2026-01-05T08:00:00Z',
    presence: isSeen
      ? { state: isOnline ? 'online' : 'offline', at: ago(4 * HOUR_MS), reason: 'connected' }
      : null,
    lastReading: isSeen ? { epoch: 1, seq: 7_400, receivedAt: ago(40_000), at: ago(42_000) } : null,
    registers: isSeen
      ? {
          run_s: { value: String(4_775_850 + place), at: ago(42_000) },
          energy_wh: { value: String(9_182_200 + place * 11), at: ago(42_000) },
        }
      : {},
    openHolds: place === 1 ? 1 : 0,
    lastSeenAt: isSeen ? ago(40_000 + place * HOUR_MS) : null,
    firmware: '1.4.2',
    site: sites[place % sites.length] ?? null,
    tags: place % 2 === 0 ? ['rental'] : ['rental', 'blue'],
    revoked: place === 20 ? { at: ago(90 * HOUR_MS), reason: 'stolen' } : null,
    customer: null,
  }
})

export const fleet: Fleet = {
  devices: 1_284,
  online: 1_102,
  offline: 140,
  neverSeen: 12,
  silent: 28,
  revoked: 2,
  openHolds: 1,
  openAlarms: 1,
  customers: 37,
}

export const readings: readonly Reading[] = Array.from({ length: 50 }, (_none, place): Reading => {
  const seq = 7_400 - place
  const isHeld = place === 3
  return {
    epoch: 1,
    seq,
    receivedAt: ago(place * 900_000),
    at: ago(place * 900_000 + 2_000),
    clock: 'synced',
    registers: {
      run_s: isHeld ? '999999999' : String(4_775_850 - place * 610 - (place % 5) * 60),
      energy_wh: String(9_182_200 - place * 900),
    },
    outcome: isHeld ? 'held' : 'accepted',
    codes: isHeld ? ['rate_implausible'] : [],
  }
})

export const sessions: readonly Session[] = [2, 26, 51].map((hours, place) => ({
  from: ago((hours + 3) * HOUR_MS),
  to: ago(hours * HOUR_MS),
  quantity: String(9_420 + place * 77),
  register: 'run_s',
  isEstimated: place === 1,
}))

const neighbour = (seq: number, value: string) => ({
  at: ago((7_401 - seq) * 900_000),
  value,
  total: value,
  isPlaced: false,
  reading: { id: seq, epoch: 1, seq },
})

export const hold: Hold = {
  id: 31,
  deviceId: 'drill-south',
  register: 'run_s',
  epoch: 1,
  seq: 7_397,
  readingId: 91_822,
  code: 'rate_implausible',
  detail:
    'The register advanced by more than the model allows in that time. Release, reject or replace the value.',
  heldAt: ago(2_700_000),
  at: ago(2_702_000),
  exchange: null,
  values: [
    {
      register: 'run_s',
      value: '999999999',
      before: neighbour(7_396, '4773410'),
      after: neighbour(7_398, '4774570'),
    },
  ],
}
