/** One device's readings through the real code, into a database of their own: what `fleet-copies.ts` copies. */
import { pino } from 'pino'
import { deviceTopics, getDeviceId, secureRandomBytes, systemClock } from '../../core/index.ts'
import { createMetering } from '../../metering/index.ts'
import { prepareUsance } from '../ingest/prepare-usance.ts'
import { ReadingStream, readingTemplate } from '../ingest/reading-stream.ts'

const BATCH_SIZE = 1_000

/** The readings have the ids from 1 on; all are accepted, and everything that follows from them is saved. */
export async function makePattern(file: string, readingCount: number, startMs: number): Promise<void> {
  const [device] = await prepareUsance(file, 1, startMs)
  const deviceId = getDeviceId(device?.deviceId ?? '')
  const topic = deviceTopics.readings(deviceId)
  const log = pino({ level: 'silent' })
  const metering = createMetering({ file, clock: systemClock, randomBytes: secureRandomBytes, log })
  const stream = new ReadingStream(startMs)
  try {
    for (let written = 0; written < readingCount; written += BATCH_SIZE) {
      const count = Math.min(BATCH_SIZE, readingCount - written)
      const batch = Array.from({ length: count }, () => {
        const payload = Buffer.from(readingTemplate)
        stream.write(payload, 0)
        return { deviceId, topic, payload, receivedAt: systemClock.now() }
      })
      await metering.ingest(batch)
    }
  } finally {
    await metering.close()
  }
}
