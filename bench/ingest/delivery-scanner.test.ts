import { generate } from 'mqtt-packet'
import { describe, expect, it } from 'vitest'
import { DeliveryScanner } from './delivery-scanner.ts'

function aPublish(messageId: number, payload: string): Buffer {
  return generate({
    cmd: 'publish',
    topic: 'devices/drill-7/readings',
    payload,
    qos: 1,
    messageId,
    retain: false,
    dup: false,
  })
}

describe('DeliveryScanner', () => {
  const stream = Buffer.concat([
    generate({ cmd: 'connack', returnCode: 0, sessionPresent: false }),
    generate({ cmd: 'suback', messageId: 1, granted: [1] }),
    aPublish(7, 'short'),
    aPublish(65_535, 'x'.repeat(300)),
  ])

  it.each([1, 2, 3, 50, 1_000])('acknowledges each publish once in pieces of %i bytes', (pieceLength) => {
    const seen: string[] = []
    const scanner = new DeliveryScanner({
      onConnack: () => seen.push('connack'),
      onSuback: () => seen.push('suback'),
    })
    const pubacks: Buffer[] = []
    for (let start = 0; start < stream.length; start += pieceLength) {
      pubacks.push(scanner.scan(stream.subarray(start, start + pieceLength)))
    }
    expect(seen).toEqual(['connack', 'suback'])
    expect(Buffer.concat(pubacks)).toEqual(
      Buffer.concat([
        generate({ cmd: 'puback', messageId: 7 }),
        generate({ cmd: 'puback', messageId: 65_535 }),
      ]),
    )
  })
})
