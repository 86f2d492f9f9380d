/** The payloads of a device that comes back: its newest reading alone, then the others, oldest first, in arrays. */
import { ReadingStream, readingTemplate } from '../ingest/reading-stream.ts'

export function encodeBacklog(startMs: number, readingCount: number, readingsPerMessage: number): Buffer[] {
  const stream = new ReadingStream(startMs)
  const readings = Array.from({ length: readingCount + 1 }, () => {
    const reading = Buffer.from(readingTemplate)
    stream.write(reading, 0)
    return reading.toString()
  })
  const newest = readings.splice(readingCount)
  const arrays: Buffer[] = []
  for (let start = 0; start < readingCount; start += readingsPerMessage) {
    arrays.push(Buffer.from(`[${readings.slice(start, start + readingsPerMessage).join(',')}]`))
  }
  return [...newest.map((reading) => Buffer.from(reading)), ...arrays]
}
