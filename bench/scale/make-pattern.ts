/** One device's readings through the real code, into a database of their own: what `fleet-copies.ts` copies. */
import { pino } from 'pino'
import {
  assertInvariant,
  deviceTopics,
  getDeviceId,
  secureRandomBytes,
  systemClock,
  type DeviceId,
  type InboundMessage,
} from '../../core/index.ts'
import { createMetering } from '../../metering/index.ts'
import { prepareUsance } from '../ingest/prepare-usance.ts'
import { ReadingStream, readingTemplate } from '../ingest/reading-stream.ts'

const BATCH_SIZE = 1_000

export async function makePattern(file: string, readingCount: number, startMs: number): Promise<void> {
  const stream = new ReadingStream(startMs)
  await fillPattern(file, startMs, (deviceId) => {
    const topic = deviceTopics.readings(deviceId)
    return Array.from({ length: readingCount }, () => {
      const payload = Buffer.from(readingTemplate)
      stream.write(payload, 0)
      return { deviceId, topic, payload, receivedAt: systemClock.now() }
    })
  })
}

/** The readings have the ids from 1 on; all are accepted, and everything that follows from them is saved. */
export async function fillPattern(
  file: string,
  startMs: number,
  toMessages: (deviceId: DeviceId) => readonly InboundMessage[],
): Promise<void> {
  const [device] = await prepareUsance(file, 1, startMs)
  const messages = toMessages(getDeviceId(device?.deviceId ?? ''))
  const log = pino({ level: 'silent' })
  const metering = createMetering({ file, clock: systemClock, randomBytes: secureRandomBytes, log })
  try {
    for (let start = 0; start < messages.length; start += BATCH_SIZE) {
      await metering.ingest(messages.slice(start, start + BATCH_SIZE))
    }
    const { received, accepted } = await metering.readOutcomeCounts()
    assertInvariant(received === messages.length && accepted === received, 'The pattern is accepted whole.')
  } finally {
    await metering.close()
  }
}
