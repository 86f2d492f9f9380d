/**
 * How long the live bill of one contract takes, of another contract each time: alone, and while the fleet's readings are taken in at
 * half of the highest rate. Readings come through the same verb that the broker hands them to, in batches of what has come
 * while the batch before was written.
 */
import type { Kysely } from 'kysely'
import { getDeviceId, type Clock, type ManufacturerId } from '../../core/index.ts'
import type { Billing } from '../../billing/index.ts'
import type { LedgerTables } from '../../db/index.ts'
import type { Metering } from '../../metering/index.ts'
import { readingAfterWork } from './working-month.ts'

const HIGHEST_RATE_MS = 3_000
/** What the broker hands over at once at most. */
const BATCH_SIZE = 500
const WAIT_MS = 2

type Latencies = { readonly p50Ms: number; readonly p99Ms: number; readonly maxMs: number }

export type LiveBillsResult = {
  readonly calls: number
  readonly alone: Latencies
  readonly duringIngest: Latencies
  readonly highestReadingsPerSecond: number
  readonly readingsPerSecond: number
}

export type LiveBillsInput = {
  readonly billing: Billing
  readonly ledger: Kysely<LedgerTables>
  readonly metering: Metering
  readonly manufacturerId: ManufacturerId
  readonly contracts: number
  readonly calls: number
  readonly clock: Clock
  readonly progress: (line: string) => void
}

export async function measureLiveBills(input: LiveBillsInput): Promise<LiveBillsResult> {
  const { ledger, manufacturerId, calls, contracts, progress } = input
  const rows = await ledger.selectFrom('contracts').select('id').orderBy('id').execute()
  const ids = Array.from({ length: calls }, (_, index) => rows[(index * 7) % rows.length]?.id ?? '')
  const ask = async () => await askFor(input.billing, manufacturerId, ids)
  const alone = await ask()
  progress(`live bills alone: ${alone.p99Ms} ms at most for 99 of 100`)
  const fleet = new EveningFleet(contracts, input.metering, input.clock)
  const highest = await fleet.sendFor(HIGHEST_RATE_MS)
  const stop = new AbortController()
  const sent = fleet.sendAt(highest / 2, stop.signal)
  const duringIngest = await ask()
  stop.abort()
  const rate = await sent
  progress(`beside ${Math.round(rate)} readings a second: ${duringIngest.p99Ms} ms`)
  return {
    calls,
    alone,
    duringIngest,
    highestReadingsPerSecond: Math.round(highest),
    readingsPerSecond: Math.round(rate),
  }
}

async function askFor(
  billing: Billing,
  manufacturerId: ManufacturerId,
  ids: readonly string[],
): Promise<Latencies> {
  const times: number[] = []
  for (const id of ids) {
    const startedAt = performance.now()
    await billing.liveBill(manufacturerId, id)
    times.push(performance.now() - startedAt)
  }
  times.sort((left, right) => left - right)
  const at = (share: number) => Number((times[Math.floor(share * (times.length - 1))] ?? 0).toFixed(2))
  return { p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) }
}

/** The drills in the evening: each in turn sends its next reading. */
class EveningFleet {
  readonly #devices: readonly ReturnType<typeof getDeviceId>[]
  readonly #metering: Metering
  readonly #clock: Clock
  #sent = 0

  constructor(contracts: number, metering: Metering, clock: Clock) {
    // The first has another name.
    this.#devices = Array.from({ length: contracts - 1 }, (_, index) => getDeviceId(`fleet-${index + 2}`))
    this.#metering = metering
    this.#clock = clock
  }

  /** As fast as it goes. Returns readings a second. */
  async sendFor(milliseconds: number): Promise<number> {
    const [startedAt, before] = [performance.now(), this.#sent]
    let last = Promise.resolve()
    while (performance.now() - startedAt < milliseconds) {
      const next = this.#send(BATCH_SIZE)
      await last
      last = next
    }
    await last
    return ((this.#sent - before) * 1_000) / (performance.now() - startedAt)
  }

  /** Until it is stopped. Returns readings a second. */
  async sendAt(perSecond: number, signal: AbortSignal): Promise<number> {
    const [startedAt, before] = [performance.now(), this.#sent]
    while (!signal.aborted) {
      const due = Math.floor(((performance.now() - startedAt) * perSecond) / 1_000) - (this.#sent - before)
      if (due > 0) await this.#send(Math.min(due, BATCH_SIZE))
      else await new Promise((resolve) => setTimeout(resolve, WAIT_MS))
    }
    return ((this.#sent - before) * 1_000) / (performance.now() - startedAt)
  }

  async #send(count: number): Promise<void> {
    const receivedAt = this.#clock.now()
    const batch = Array.from({ length: count }, () => {
      const turn = Math.floor(this.#sent / this.#devices.length)
      const deviceId = this.#devices[this.#sent % this.#devices.length] ?? getDeviceId('fleet-2')
      this.#sent += 1
      return { ...readingAfterWork(deviceId, turn), receivedAt }
    })
    await this.#metering.ingest(batch)
  }
}
