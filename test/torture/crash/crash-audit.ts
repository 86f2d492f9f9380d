/**
 * Compares what is stored after a clean stop with what the devices know: acknowledged means present byte for byte,
 * present means once, counts add up (I4), usage is the ground truth (I2), and both files are sound.
 */
import path from 'node:path'
import { type DeviceId, type ManufacturerId, createRandom } from '../../../core/index.ts'
import { openSqlite } from '../../../db/index.ts'
import { openCore } from '../../e2e/usance-process.ts'
import type { FleetTotals } from './device-fleet.ts'
import { encodeDeviceReading, type DeviceReading, type MeteredDevice } from './metered-device.ts'

export type AuditTotals = {
  /** Distinct readings that were acknowledged and can be stored. */
  readonly readings: number
  readonly present: number
  readonly quarantined: number
  readonly counts: Readonly<Record<string, number>>
  readonly usageCompared: number
}

export type AuditOptions = {
  readonly folder: string
  readonly seed: number
  readonly devices: readonly MeteredDevice[]
  readonly fleet: FleetTotals
  readonly commissionedAt: number
}

/** Instants at which R(t) of each register is compared, besides the whole span. */
const INSTANTS_PER_REGISTER = 8
/** Of one kind of violation, so many are written out. */
const MOST_EXAMPLES = 10

export async function auditStore(
  options: AuditOptions,
): Promise<{ violations: string[]; totals: AuditTotals }> {
  const { folder, devices, fleet } = options
  const violations: string[] = []
  const stored = readStore(folder)
  violations.push(...stored.damage)

  let acknowledged = 0
  let present = 0
  const missing: string[] = []
  for (const device of devices) {
    for (const reading of device.readings) {
      if (reading.acknowledgedIn === undefined) continue
      if (reading.kind === 'poisoned') {
        const raw = encodeDeviceReading(reading, false)
        if (!stored.quarantine.has(raw) && !stored.quarantine.has(encodeDeviceReading(reading, true))) {
          missing.push(`${nameReading(device, reading)} is poison and not in quarantine.`)
        }
        continue
      }
      acknowledged += 1
      const copies = stored.readings.get(`${device.id} ${reading.epoch} ${reading.seq}`) ?? []
      const isSame = [false, true].some((asText) => copies[0] === encodeDeviceReading(reading, asText))
      if (copies.length === 1 && isSame) present += 1
      else
        missing.push(`${nameReading(device, reading)} is stored ${copies.length} times: ${copies.join(' ')}`)
    }
    for (const raw of device.acknowledgedMalformed) {
      if (!stored.quarantine.has(raw)) missing.push(`${device.id}: ${raw} was acknowledged and is gone.`)
    }
  }
  violations.push(...missing.slice(0, MOST_EXAMPLES))
  if (missing.length > MOST_EXAMPLES)
    violations.push(`… and ${missing.length - MOST_EXAMPLES} more like these.`)

  const core = openCore(folder)
  try {
    await core.metering.settle()
    const { received, ...outcomes }: Readonly<Record<string, number>> =
      await core.metering.readOutcomeCounts()
    const all = devices.flatMap(({ readings }) => readings)
    const spiked = all.filter(({ kind }) => kind === 'spiked').length
    const storable = all.filter(({ kind }) => kind !== 'poisoned').length
    expectSame(violations, 'the outcomes add up to', sum(Object.values(outcomes)), received)
    expectSame(violations, 'readings pending', outcomes['pending'], 0)
    expectSame(violations, 'rows in the log', stored.rows, storable)
    expectSame(violations, 'readings accepted', outcomes['accepted'], storable - spiked)
    expectSame(violations, 'readings held', outcomes['held'], spiked)
    expectSame(violations, 'readings rejected', outcomes['rejected'], stored.quarantined)
    // More may be received than was sent: a COMMIT that happened and failed is tried again with what is stored already.
    if (received === undefined || received < fleet.elementsAcknowledged) {
      violations.push(`${received} were received and ${fleet.elementsAcknowledged} acknowledged.`)
    }
    const holds = await core.metering.listHolds('man_torture' as ManufacturerId)
    const heldFor = new Set(holds.map(({ code, register }) => `${code} ${register}`))
    expectSame(violations, 'open holds', holds.length, spiked)
    if (spiked > 0) expectSame(violations, 'held for', [...heldFor].join(), 'advance_implausible energy_wh')
    const compared = comparisons(options)
    const usages = await core.metering.readUsage(compared.map(({ query }) => query))
    for (const [index, { query, truth }] of compared.entries()) {
      const what = `usage of ${query.register} of ${query.deviceId} until ${new Date(query.to).toISOString()}`
      expectSame(violations, what, usages[index]?.quantity, truth)
    }
    const totals = {
      readings: acknowledged,
      present,
      quarantined: stored.quarantined,
      counts: { received: received ?? 0, ...outcomes },
      usageCompared: compared.length,
    }
    return { violations, totals }
  } finally {
    await core.close()
  }
}

function readStore(folder: string) {
  const damage = ['metering', 'ledger'].flatMap((kind) => {
    const database = openSqlite(path.join(folder, `${kind}.sqlite`), { readOnly: true })
    const verdict = database.prepare('PRAGMA integrity_check').get()?.['integrity_check']
    database.close()
    return verdict === 'ok' ? [] : [`${kind}.sqlite is damaged: ${String(verdict)}`]
  })
  const database = openSqlite(path.join(folder, 'metering.sqlite'), { readOnly: true })
  try {
    const readings = new Map<string, string[]>()
    let rows = 0
    const log = database.prepare(
      'SELECT d.id, r.epoch, r.seq, r.raw FROM readings AS r JOIN devices AS d ON d.no = r.device_no',
    )
    for (const { id, epoch, seq, raw } of log.iterate()) {
      const key = `${String(id)} ${String(epoch)} ${String(seq)}`
      readings.set(key, [...(readings.get(key) ?? []), toText(raw)])
      rows += 1
    }
    const aside = database.prepare('SELECT raw FROM quarantine').all()
    const quarantine = new Set(aside.map(({ raw }) => toText(raw)))
    return { damage, readings, rows, quarantine, quarantined: aside.length }
  } finally {
    database.close()
  }
}

/** What each register must have advanced by, up to some of its readings and up to the last one. */
function comparisons({ seed, devices, commissionedAt }: AuditOptions) {
  const random = createRandom('crash-audit', seed)
  return devices.flatMap((device) =>
    (['run_s', 'energy_wh'] as const).flatMap((register) => {
      const points = device.readings.flatMap((reading) => {
        const value = trueValue(reading, register)
        return value === undefined ? [] : [{ atMs: reading.atMs, value }]
      })
      const [first] = points
      const last = points.at(-1)
      if (first === undefined || last === undefined) return []
      const base = device.baseValue ?? first.value
      const chosen = Array.from(
        { length: INSTANTS_PER_REGISTER },
        () => points[random.below(points.length)] ?? last,
      )
      return [...chosen, last].map(({ atMs, value }) => {
        const query = { deviceId: device.id as DeviceId, register, from: commissionedAt, to: atMs }
        return { query, truth: BigInt(value - base) }
      })
    }),
  )
}

/** Undefined when the reading says nothing about the register that may count. */
function trueValue(
  { kind, runS, energyWh }: DeviceReading,
  register: 'run_s' | 'energy_wh',
): number | undefined {
  if (kind === 'poisoned') return undefined
  if (register === 'run_s') return runS
  return kind === 'spiked' ? undefined : energyWh
}

function nameReading({ id }: MeteredDevice, { epoch, seq, acknowledgedIn }: DeviceReading): string {
  return `${id} epoch ${epoch} seq ${seq}, acknowledged in life ${acknowledgedIn},`
}

function expectSame(violations: string[], what: string, found: unknown, expected: unknown): void {
  if (found !== expected) violations.push(`${what}: ${String(found)}, expected ${String(expected)}.`)
}

function toText(raw: unknown): string {
  return raw instanceof Uint8Array ? new TextDecoder().decode(raw) : ''
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0)
}
