import { generate } from 'mqtt-packet'
import { describe, expect, it } from 'vitest'
import { AnswerScanner } from './answer-scanner.ts'

function scanInPieces(bytes: Uint8Array, pieceLength: number): string[] {
  const seen: string[] = []
  const scanner = new AnswerScanner({
    onConnack: (returnCode) => seen.push(`connack ${returnCode}`),
    onPuback: (packetId) => seen.push(`puback ${packetId}`),
    onFault: (detail) => seen.push(detail),
  })
  for (let start = 0; start < bytes.length; start += pieceLength) {
    const piece = bytes.subarray(start, start + pieceLength)
    scanner.scan(piece, piece.length)
  }
  return seen
}

describe('AnswerScanner', () => {
  const answers = Buffer.concat([
    generate({ cmd: 'connack', returnCode: 0, sessionPresent: false }),
    generate({ cmd: 'puback', messageId: 1 }),
    generate({ cmd: 'puback', messageId: 65_535 }),
  ])

  it.each([1, 3, 4, 5, 12])('finds every packet in pieces of %i bytes', (pieceLength) => {
    expect(scanInPieces(answers, pieceLength)).toEqual(['connack 0', 'puback 1', 'puback 65535'])
  })

  it('passes a refusal on', () => {
    const refusal = generate({ cmd: 'connack', returnCode: 5, sessionPresent: false })
    expect(scanInPieces(refusal, 4)).toEqual(['connack 5'])
  })

  it('reports a packet that a publisher does not expect', () => {
    expect(scanInPieces(generate({ cmd: 'pingresp' }), 4)).toEqual([])
    expect(scanInPieces(Buffer.from([0xd0, 0, 0xd0, 0]), 4)).toEqual([
      'an unexpected packet begins with 0xd000',
    ])
  })
})
