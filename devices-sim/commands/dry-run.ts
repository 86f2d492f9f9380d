/** Prints what the devices would send, as NDJSON, without touching network or files. Same settings, same bytes. */
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Clock } from '../../core/index.ts'
import type { RunSettings } from '../arguments.ts'
import { encodeReading } from '../model/encode-reading.ts'
import { createSimulatedDevice } from '../model/simulated-device.ts'
import type { SimulatorIo } from '../simulator-io.ts'

/** Device by device, up to the end of the simulated span or the clock's now, whichever is earlier. */
export async function printReadings(settings: RunSettings, io: SimulatorIo, clock: Clock): Promise<void> {
  const { from, durationMs, speed } = settings
  const until = Math.min(clock.now(), durationMs === undefined ? clock.now() : from + durationMs * speed)
  await pipeline(Readable.from(readingLines(settings, until)), io.stdout, { end: false, signal: io.signal })
}

function* readingLines({ deviceIds, ...settings }: RunSettings, until: number): Generator<string> {
  for (const deviceId of deviceIds) {
    const device = createSimulatedDevice({ ...settings, deviceId, startAt: settings.from })
    const count = device.countUntil(until)
    for (let index = 0; index < count; index += 1) {
      yield `{"deviceId":${JSON.stringify(deviceId)},"reading":${encodeReading(device.reading(index))}}\n`
    }
  }
}
