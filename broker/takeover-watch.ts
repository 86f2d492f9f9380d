/**
 * Notices two machines with one credential: each takes the device's connection from the other, over and over.
 *
 * One takeover is a device that changed networks before its old connection was missed, and several from one address are
 * a device that reconnects hastily. Two within a minute from different addresses are not. Memory is bounded: a device
 * is forgotten after a minute without a takeover, and above `maxDevices` the one whose takeover is longest ago goes
 * first.
 */
import type { DeviceId } from '../core/index.ts'
import type { Stopwatch } from './token-buckets.ts'

const WINDOW_MS = 60_000
const MAX_DEVICES = 10_000

type Takeover = { readonly address: string; readonly atMs: number; readonly alarmedAtMs: number }

export class TakeoverWatch {
  /** The latest takeover of each device, the oldest first. */
  readonly #latest = new Map<DeviceId, Takeover>()
  readonly #stopwatch: Stopwatch
  readonly #maxDevices: number

  constructor(stopwatch: Stopwatch, maxDevices = MAX_DEVICES) {
    this.#stopwatch = stopwatch
    this.#maxDevices = maxDevices
  }

  /** Devices that are remembered. */
  get size(): number {
    return this.#latest.size
  }

  /** Both addresses when this takeover is a reason for an alarm; at most once a minute for a device. */
  note(deviceId: DeviceId, address: string): readonly [string, string] | undefined {
    const now = this.#stopwatch()
    this.#forgetBefore(now - WINDOW_MS)
    const earlier = this.#latest.get(deviceId)
    const isAlarm =
      earlier !== undefined && earlier.address !== address && now - earlier.alarmedAtMs >= WINDOW_MS
    this.#latest.delete(deviceId)
    this.#latest.set(deviceId, {
      address,
      atMs: now,
      alarmedAtMs: isAlarm ? now : (earlier?.alarmedAtMs ?? -Infinity),
    })
    if (this.#latest.size > this.#maxDevices) this.#forgetOldest()
    return isAlarm ? [earlier.address, address] : undefined
  }

  #forgetBefore(atMs: number): void {
    for (const [deviceId, takeover] of this.#latest) {
      if (takeover.atMs >= atMs) return
      this.#latest.delete(deviceId)
    }
  }

  #forgetOldest(): void {
    for (const deviceId of this.#latest.keys()) {
      this.#latest.delete(deviceId)
      return
    }
  }
}
