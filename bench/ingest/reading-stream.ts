/**
 * An endless supply of plausible readings of one device, written as digits into a finished packet.
 *
 * Every reading is new (the next sequence number) and none can be held: a minute of device time passes from one to the
 * next, registers rise by less than `benchRegisters` allow, and device time begins ten years before the bench so that it stays in the
 * past. All numbers keep their width, so that a packet is encoded once and only its digits change: the generator
 * shares the machine with the server that it loads.
 */
import type { RegisterDefinition } from '../../metering/index.ts'

const MINUTES_PER_DAY = 1_440
const MINUTE_MS = 60_000
const DAY_MS = MINUTES_PER_DAY * MINUTE_MS
const HISTORY_DAYS = 3_650

const FIRST_SEQ = 1_000_000
const FIRST_VALUE = 100_000_000

const seqDigits = String(FIRST_SEQ)
const valueDigits = String(FIRST_VALUE)
const AT_DATE_LENGTH = 'YYYY-MM-DD'.length
const ASCII_ZERO = 48

export const benchRegisters: readonly RegisterDefinition[] = [
  { name: 'run_s', unit: 's', maxPerHour: 3_600n, maxGapMs: 7_200_000, gapRule: 'end' },
  { name: 'energy_wh', unit: 'Wh', maxPerHour: 2_000n, maxGapMs: 7_200_000, gapRule: 'spread' },
]

/** A payload of the right length whose digits `ReadingStream.write` replaces. */
export const readingTemplate = Buffer.from(
  `{"v":1,"epoch":1,"seq":${seqDigits},"at":"2000-01-01T00:00:00.000Z","clock":"synced",` +
    `"registers":{"run_s":${valueDigits},"energy_wh":${valueDigits}}}`,
)

const seqAt = readingTemplate.indexOf('"seq":') + '"seq":'.length
const dateAt = readingTemplate.indexOf('"at":"') + '"at":"'.length
const runAt = readingTemplate.indexOf('"run_s":') + '"run_s":'.length
const energyAt = readingTemplate.indexOf('"energy_wh":') + '"energy_wh":'.length

/** The start of device time for a bench that begins now; devices are commissioned then. */
export function historyStart(nowMs: number): number {
  return Math.floor(nowMs / DAY_MS - HISTORY_DAYS) * DAY_MS
}

export class ReadingStream {
  readonly #startMs: number
  #count = 0
  #date = Buffer.alloc(0)
  #runS = FIRST_VALUE
  #energyWh = FIRST_VALUE

  /** `startMs` is a midnight in UTC. The stream goes on after `alreadyWritten` readings. */
  constructor(startMs: number, alreadyWritten = 0) {
    this.#startMs = startMs
    if (alreadyWritten === 0) return
    while (this.#count < alreadyWritten) this.#advance()
    this.#startDay(Math.floor(alreadyWritten / MINUTES_PER_DAY))
  }

  /** Writes the next reading over a copy of `readingTemplate` that begins at `offset`. */
  write(packet: Uint8Array, offset: number): void {
    const minuteOfDay = this.#count % MINUTES_PER_DAY
    if (minuteOfDay === 0) this.#startDay(this.#count / MINUTES_PER_DAY)
    writeDigits(packet, offset + seqAt, seqDigits.length, FIRST_SEQ + this.#count)
    const at = offset + dateAt
    for (let index = 0; index < AT_DATE_LENGTH; index += 1) packet[at + index] = this.#date[index] ?? 0
    writeDigits(packet, at + 11, 2, Math.floor(minuteOfDay / 60))
    writeDigits(packet, at + 14, 2, minuteOfDay % 60)
    writeDigits(packet, offset + runAt, valueDigits.length, this.#runS)
    writeDigits(packet, offset + energyAt, valueDigits.length, this.#energyWh)
    this.#advance()
  }

  #advance(): void {
    this.#count += 1
    this.#runS += 37 + (this.#count % 13)
    this.#energyWh += 15 + (this.#count % 11)
  }

  #startDay(day: number): void {
    if (day >= HISTORY_DAYS) throw new Error('a device ran out of past time; take more --connections')
    const isoText = new Date(this.#startMs + day * DAY_MS).toISOString()
    this.#date = Buffer.from(isoText.slice(0, AT_DATE_LENGTH))
  }
}

function writeDigits(packet: Uint8Array, at: number, width: number, number: number): void {
  let rest = number
  for (let index = at + width - 1; index >= at; index -= 1) {
    const next = (rest / 10) | 0
    packet[index] = ASCII_ZERO + rest - next * 10
    rest = next
  }
}
