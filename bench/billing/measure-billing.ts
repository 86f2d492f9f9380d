/**
 * Fills both stores, checks a sample of what was filled, bills the month, reads its usage rows once, and asks for live bills.
 *
 * Everything but the filling happens in this process, as in a server: the run's memory is this process's. The clock stands
 * four days after the month and moves on from there.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pino } from 'pino'
import { secureRandomBytes, systemActor, type Clock, type ManufacturerId } from '../../core/index.ts'
import { createBilling, type Billing, type BillingRunReport } from '../../billing/index.ts'
import { migrate, openSqlite, openSqliteThread, syncToDisk, type LedgerTables } from '../../db/index.ts'
import { createMetering, type Metering } from '../../metering/index.ts'
import { startChild } from '../child-calls.ts'
import { prepareUsance } from '../ingest/prepare-usance.ts'
import type { MeasureContext, Measured } from '../run-measurement.ts'
import type { FleetFillerMethods } from '../scale/fleet-filler.ts'
import { fillPattern } from '../scale/make-pattern.ts'
import type { BillingSettings } from './billing-arguments.ts'
import { fillLedger, firstDevice } from './contract-copies.ts'
import { measureLiveBills, type LiveBillsResult } from './live-bills.ts'
import { commissionedAt, month, presentAt, workOfDrill } from './working-month.ts'

const FILL_TIMEOUT_MS = 3_600_000
const SAMPLE_DEVICES = 100
const RSS_EVERY_MS = 100
const TARGET = { contracts: 100_000, seconds: 60, cores: 2, toScan: 5, liveBillP99Ms: 10 }
const manufacturerId = 'man_bench' as ManufacturerId

export type BillingResult = {
  readonly target: typeof TARGET
  readonly usage: {
    readonly readings: number
    readonly slots: number
    readonly meteringFileBytes: number
    readonly fillSeconds: number
  }
  readonly run: {
    readonly invoices: number
    readonly seconds: number
    readonly invoicesPerSecond: number
    /** By the rate of this run; where as many contracts were billed, the run itself. */
    readonly secondsForTargetContracts: number
    /** Processor time over all threads, of two cores that are there. */
    readonly cpuSeconds: number
    readonly rssMegabytes: {
      readonly atTenth: number
      readonly atHalf: number
      readonly atEnd: number
      readonly peak: number
    }
  }
  readonly scan: { readonly seconds: number }
  /** Time of the run divided by that of the scan. */
  readonly runToScan: number
  readonly liveBill: LiveBillsResult
}

export async function measureBilling(
  { contracts, liveBills }: BillingSettings,
  { progress, signal }: MeasureContext,
): Promise<Measured<BillingResult>> {
  const folder = mkdtempSync(path.join(tmpdir(), 'usance-bench-billing-'))
  const files = { metering: path.join(folder, 'metering.sqlite'), ledger: path.join(folder, 'ledger.sqlite') }
  const startedAt = performance.now()
  const clock: Clock = { now: () => presentAt + Math.floor(performance.now() - startedAt) }
  const log = pino({ level: 'silent' })
  const faults: string[] = []
  try {
    const readings = await fillMetering(folder, files.metering, contracts, signal)
    const ledger = openLedger(files.ledger)
    const metering = createMetering({ file: files.metering, clock, randomBytes: secureRandomBytes, log })
    try {
      await fillLedger({ file: files.ledger, ledger, metering, clock, manufacturerId, contracts })
      await syncToDisk(files.ledger)
      const fillSeconds = seconds(performance.now() - startedAt)
      progress(`${contracts} contracts with ${readings} readings are there after ${fillSeconds} s`)
      faults.push(...(await checkSample(metering, contracts)))

      let issued = 0
      const billing = createBilling({
        ledger,
        metering,
        clock,
        randomBytes: secureRandomBytes,
        log,
        onIssued: () => {
          issued += 1
          return Promise.resolve([])
        },
      })
      const run = await measureRun(billing, contracts, () => issued)
      progress(`${run.invoices} invoices in ${run.seconds} s`)
      faults.push(...run.faults)
      const scan = scanSlots(files.metering)
      progress(`${scan.slots} usage rows read in ${scan.seconds} s`)
      const liveBill = await measureLiveBills({
        billing,
        ledger,
        metering,
        manufacturerId,
        contracts,
        calls: liveBills,
        clock,
        progress,
      })
      const { faults: _, ...runResult } = run
      const usage = {
        readings,
        slots: scan.slots,
        meteringFileBytes: statSync(files.metering).size,
        fillSeconds,
      }
      const result = {
        target: TARGET,
        usage,
        run: runResult,
        scan: { seconds: scan.seconds },
        runToScan: Number((run.seconds / scan.seconds).toFixed(1)),
        liveBill,
      }
      return { result, faults }
    } finally {
      await ledger.destroy()
      await metering.close()
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function openLedger(file: string) {
  const database = openSqlite(file)
  migrate(database, 'ledger')
  database.close()
  return openSqliteThread<LedgerTables>(file)
}

async function fillMetering(
  folder: string,
  file: string,
  contracts: number,
  signal: AbortSignal,
): Promise<number> {
  const patternFile = path.join(folder, 'pattern.sqlite')
  await fillPattern(patternFile, commissionedAt, workOfDrill)
  await prepareUsance(file, 1, commissionedAt)
  const filler = startChild<FleetFillerMethods>(new URL('../scale/fleet-filler.ts', import.meta.url), {
    signal,
  })
  try {
    return await filler.call('fill', { file, patternFile, deviceCount: contracts }, FILL_TIMEOUT_MS)
  } finally {
    await filler.close()
    await syncToDisk(file)
  }
}

/** Derives some of the devices from their readings and compares. */
async function checkSample(metering: Metering, contracts: number): Promise<readonly string[]> {
  const faults: string[] = []
  const count = Math.min(SAMPLE_DEVICES, contracts)
  for (let index = 0; index < count; index += 1) {
    const no = 1 + Math.floor((index * contracts) / count)
    for await (const found of metering.recompute({ deviceId: deviceOf(no) })) {
      if (found.differenceCount > 0) faults.push(`Device ${deviceOf(no)} is not what its readings say.`)
    }
  }
  return faults
}

/** As `copyFleet` calls them. */
function deviceOf(no: number): string {
  return no === 1 ? firstDevice : `fleet-${no}`
}

async function measureRun(billing: Billing, contracts: number, countIssued: () => number) {
  const looks: { readonly issued: number; readonly rss: number }[] = []
  const look = () => void looks.push({ issued: countIssued(), rss: process.memoryUsage.rss() })
  const timer = setInterval(look, RSS_EVERY_MS)
  const cpuBefore = process.cpuUsage()
  const startedAt = performance.now()
  let report: BillingRunReport
  try {
    report = await billing.by(systemActor('bench')).runBilling({})
  } finally {
    clearInterval(timer)
  }
  const elapsedMs = performance.now() - startedAt
  const cpu = process.cpuUsage(cpuBefore)
  look()
  const invoices = report.issued.length
  const rssAt = (share: number) =>
    megabytes((looks.find(({ issued }) => issued >= share * contracts) ?? looks[0])?.rss ?? 0)
  const [first] = report.waiting
  return {
    invoices,
    seconds: seconds(elapsedMs),
    invoicesPerSecond: Math.round((invoices * 1_000) / elapsedMs),
    secondsForTargetContracts: seconds((elapsedMs * TARGET.contracts) / contracts),
    cpuSeconds: seconds((cpu.user + cpu.system) / 1_000),
    rssMegabytes: {
      atTenth: rssAt(0.1),
      atHalf: rssAt(0.5),
      atEnd: rssAt(1),
      peak: megabytes(Math.max(...looks.map(({ rss }) => rss))),
    },
    faults:
      invoices === contracts
        ? []
        : [
            `${invoices} of ${contracts} contracts got an invoice. ${first?.code ?? ''}: ${first?.detail ?? ''}`,
          ],
  }
}

/** The second time, when the system has the file in memory. Every column that usage is computed from is read. */
function scanSlots(file: string): { readonly slots: number; readonly seconds: number } {
  const database = openSqlite(file, { readOnly: true })
  try {
    const statement = database.prepare(
      `SELECT count(*) AS slots, sum(last_value - first_value) AS inside, min(first_at) AS first_at, max(last_at) AS last_at
       FROM slots WHERE slot_at >= ? AND slot_at < ?`,
    )
    statement.get(month.from, month.to)
    const startedAt = performance.now()
    const row = statement.get(month.from, month.to)
    return { slots: Number(row?.['slots']), seconds: seconds(performance.now() - startedAt) }
  } finally {
    database.close()
  }
}

function seconds(milliseconds: number): number {
  return Number((milliseconds / 1_000).toFixed(2))
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1_000_000)
}
