/**
 * A device whose registers are known: takes readings, keeps those that were not acknowledged, and says what to send next.
 *
 * Its truth (values, which readings are spiked or cannot be stored) is drawn from the seed alone. What it sends when also
 * depends on when answers come: after a reconnect it begins with what is unacknowledged, in order, the newest first and the
 * backlog after it, or shuffled; in between it repeats acknowledged readings, also written differently, and sends
 * bytes that are no reading.
 */
import { createRandom, type Random } from '../../../core/index.ts'
import { POISON } from './fault-signals.ts'

export type DeviceReading = {
  readonly epoch: number
  readonly seq: number
  readonly atMs: number
  readonly runS: number
  /** Undefined when the reading carries no energy. */
  readonly energyWh: number | undefined
  /** A spiked one shows an impossible energy value; a poisoned one makes the store throw. */
  readonly kind: 'ordinary' | 'spiked' | 'poisoned'
  /** The server's life in which its first PUBACK came. */
  acknowledgedIn: number | undefined
}

export type DeviceMessage = {
  readonly payload: string
  readonly isResent: boolean
  readonly readings: readonly DeviceReading[]
  /** Bytes that are no reading; they are sent once. */
  readonly malformed: string | undefined
}

const STEP_MS = 60_000
const SPIKE_WH = 10_000_000
/** Readings that a message holds at most. */
const MAX_PER_MESSAGE = 20

export class MeteredDevice {
  readonly id: string
  readonly secret: string
  readonly baseValue: number | undefined
  readonly readings: DeviceReading[] = []
  readonly acknowledgedMalformed: string[] = []
  readonly unacknowledged = new Set<DeviceReading>()
  readonly #startAt: number
  readonly #truth: Random
  readonly #habits: Random
  #epoch = 1
  #seq = 0
  #runS: number
  #energyWh: number
  #malformedCount = 0
  /** What is to be sent before anything new, in this order. */
  #queue: DeviceReading[] = []
  /** Unacknowledged and sent before: perhaps stored. */
  readonly #sent = new Set<DeviceReading>()

  constructor(seed: number, id: string, secret: string, startAt: number, baseValue: number | undefined) {
    this.id = id
    this.secret = secret
    this.baseValue = baseValue
    this.#startAt = startAt
    this.#truth = createRandom('crash-truth', seed, id)
    this.#habits = createRandom('crash-habits', seed, id)
    this.#runS = baseValue ?? 1_000
    this.#energyWh = baseValue ?? 1_000
  }

  /** The connection is gone: what was under way may or may not be stored. The machine may go on measuring. */
  goOffline(isMeasuring: boolean): void {
    this.#queue = []
    if (!isMeasuring) return
    if (this.#habits.chance(30)) {
      this.#epoch += 1
      this.#seq = 0
    }
    for (let count = this.#habits.below(7); count > 0; count -= 1) this.#takeReading()
  }

  /** Orders what is unacknowledged for a new session. */
  goOnline(): void {
    const backlog = [...this.unacknowledged]
    const habit = this.#habits.below(3)
    if (habit === 1) {
      const live = backlog.splice(-1)
      this.#queue = [...live, ...backlog]
    } else {
      if (habit === 2) shuffle(backlog, this.#habits)
      this.#queue = backlog
    }
  }

  /** Undefined when everything was sent and nothing new is wanted. */
  nextMessage(isMeasuring: boolean): DeviceMessage | undefined {
    if (this.#queue.length > 0) return this.#toMessage(this.#takeFromQueue())
    if (!isMeasuring) return undefined
    if (this.#habits.chance(10)) return this.#malformedMessage()
    if (this.readings.length > 0 && this.#habits.chance(60)) {
      const again = this.readings[this.#habits.below(this.readings.length)]
      if (again?.acknowledgedIn !== undefined) return this.#toMessage([again])
    }
    const count = this.#habits.chance(200) ? this.#habits.between(2, 5) : 1
    for (let taken = 0; taken < count; taken += 1) this.#queue.push(this.#takeReading())
    return this.#toMessage(this.#takeFromQueue())
  }

  acknowledge({ readings, malformed }: DeviceMessage, life: number): void {
    if (malformed !== undefined) this.acknowledgedMalformed.push(malformed)
    for (const reading of readings) {
      reading.acknowledgedIn ??= life
      this.unacknowledged.delete(reading)
      this.#sent.delete(reading)
    }
  }

  #takeReading(): DeviceReading {
    const index = this.readings.length
    this.#seq += 1
    this.#runS += this.#truth.below(61)
    this.#energyWh += this.#truth.below(31)
    const dice = this.#truth.below(1_000)
    const isFirst = index === 0
    const reading: DeviceReading = {
      epoch: this.#epoch,
      seq: this.#seq,
      atMs: this.#startAt + index * STEP_MS,
      runS: this.#runS,
      energyWh: !isFirst && dice >= 850 ? undefined : this.#energyWh,
      kind: isFirst || dice >= 8 ? 'ordinary' : dice < 3 ? 'spiked' : 'poisoned',
      acknowledgedIn: undefined,
    }
    this.readings.push(reading)
    this.unacknowledged.add(reading)
    return reading
  }

  /** One reading or several; a poisoned one stands alone, since it takes its whole message with it. */
  #takeFromQueue(): DeviceReading[] {
    const most = this.#habits.chance(400) ? 1 : MAX_PER_MESSAGE
    const border = this.#queue.findIndex(({ kind }) => kind === 'poisoned')
    const healthy = border === 0 ? 1 : border < 0 ? this.#queue.length : border
    return this.#queue.splice(0, Math.min(most, healthy))
  }

  #toMessage(readings: readonly DeviceReading[]): DeviceMessage {
    const isResent = readings.some(
      (reading) => this.#sent.has(reading) || reading.acknowledgedIn !== undefined,
    )
    for (const reading of readings) if (reading.acknowledgedIn === undefined) this.#sent.add(reading)
    const asText = isResent && this.#habits.chance(300)
    const documents = readings.map((reading) => encodeDeviceReading(reading, asText))
    const [first = ''] = documents
    const payload = documents.length === 1 ? first : `[${documents.join(',')}]`
    return { payload, isResent, readings, malformed: undefined }
  }

  #malformedMessage(): DeviceMessage {
    this.#malformedCount += 1
    const payload = `{"v":1,"broken":${this.#malformedCount}`
    return { payload, isResent: false, readings: [], malformed: payload }
  }
}

/** The bytes of a reading; as text the register values are decimal strings, which mean the same. */
export function encodeDeviceReading(reading: DeviceReading, asText: boolean): string {
  const { epoch, seq, atMs, runS, energyWh, kind } = reading
  const write = (value: number) => (asText ? String(value) : value)
  const shownWh = energyWh !== undefined && kind === 'spiked' ? energyWh + SPIKE_WH : energyWh
  const at = new Date(atMs).toISOString()
  const event = { id: `${POISON}-${epoch}-${seq}`, type: 'job', from: at, to: at, quantity: 1 }
  return JSON.stringify({
    v: 1,
    epoch,
    seq,
    at,
    registers: { run_s: write(runS), ...(shownWh === undefined ? {} : { energy_wh: write(shownWh) }) },
    ...(kind === 'poisoned' ? { events: [event] } : {}),
  })
}

function shuffle(readings: DeviceReading[], random: Random): void {
  for (let index = readings.length - 1; index > 0; index -= 1) {
    const other = random.below(index + 1)
    const [left, right] = [readings[index], readings[other]]
    if (left === undefined || right === undefined) return
    readings[index] = right
    readings[other] = left
  }
}
