/** When a simulated device is out of reach: whole windows of its time, drawn by seed, device and window. */
import { createRandom, MINUTE_MS } from '../../core/index.ts'

export type ReachabilityOptions = {
  readonly seed: number
  readonly deviceId: string
  /** How many of 1,000 windows the device is out of reach. */
  readonly offlinePerMille: number
  /** Simulated seconds per real second; windows last 20 simulated minutes, and at least 20 real seconds. */
  readonly speed: number
}

export function isReachable(options: ReachabilityOptions, at: number): boolean {
  const { seed, deviceId, offlinePerMille, speed } = options
  if (offlinePerMille === 0) return true
  const windowMs = Math.max(20 * MINUTE_MS, 20_000 * speed)
  const window = (at - (at % windowMs)) / windowMs
  return !createRandom(seed, deviceId, 'reach', window).chance(offlinePerMille)
}
