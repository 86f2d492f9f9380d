import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createLineSplitter, MAX_LINE_BYTES, type TextEncoding } from './line-splitter.ts'

function splitAll(chunks: readonly Uint8Array[]) {
  const splitter = createLineSplitter()
  const lines = [...chunks.flatMap((chunk) => [...splitter.push(chunk)]), ...splitter.end()]
  return {
    encoding: splitter.encoding,
    lines: lines.map(({ bytes }) => Buffer.from(bytes)),
    numbers: lines.map(({ line }) => line),
  }
}

/** Written by hand from the code units, independently of any decoder. */
function encode(text: string, encoding: TextEncoding): Buffer {
  if (encoding === 'utf-8') return Buffer.from(text, 'utf8')
  const units = Buffer.from(text, 'utf16le')
  return encoding === 'utf-16le' ? units : units.swap16()
}

const marks = { 'utf-8': 'efbbbf', 'utf-16le': 'fffe', 'utf-16be': 'feff' } as const

describe('the lines of a file', () => {
  it.each<[string, string, TextEncoding, string[]]>([
    ['UTF-8', '61 0a 62', 'utf-8', ['61', '62']],
    ['UTF-8 with a mark', 'ef bb bf 61 0a', 'utf-8', ['61']],
    ['UTF-16 with a mark, little end first', 'ff fe 61 00 0a 00 62 00', 'utf-16le', ['6100', '6200']],
    ['UTF-16 with a mark, big end first', 'fe ff 00 61 00 0a 00 62', 'utf-16be', ['0061', '0062']],
    [
      'UTF-16 whose halves look like a newline',
      'ff fe 0a 0a 00 0a 0a 00 61 00',
      'utf-16le',
      ['0a0a000a', '6100'],
    ],
    ['UTF-16 that ends within a character', 'ff fe 61 00 0a 00 62', 'utf-16le', ['6100', '62']],
    ['bytes that are no UTF-8', '4d fc 6c 0a 61', 'utf-8', ['4dfc6c', '61']],
    ['nothing', '', 'utf-8', []],
    ['a mark and nothing', 'fe ff', 'utf-16be', []],
    ['one byte', '61', 'utf-8', ['61']],
    ['blank lines', '0a 0a 61 0a', 'utf-8', ['', '', '61']],
  ])('of %s are found, byte for byte', (_what, hex, encoding, lines) => {
    const found = splitAll([Buffer.from(hex.replaceAll(' ', ''), 'hex')])
    expect(found.encoding).toBe(encoding)
    expect(found.lines.map((line) => line.toString('hex'))).toEqual(lines)
    expect(found.numbers).toEqual(lines.map((_line, index) => index + 1))
  })

  it('are the same however the file is cut into chunks', () => {
    const property = fc.property(
      fc.constantFrom<TextEncoding>('utf-8', 'utf-16le', 'utf-16be'),
      fc.array(
        fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\n', '')),
        { maxLength: 8 },
      ),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 }),
      (encoding, texts, sizes) => {
        const file = Buffer.concat([
          Buffer.from(marks[encoding], 'hex'),
          ...texts.map((text) => encode(`${text}\n`, encoding)),
        ])
        const chunks: Uint8Array[] = []
        for (let at = 0, n = 0; at < file.length; n += 1) {
          const size = sizes[n % sizes.length] ?? 1
          chunks.push(file.subarray(at, at + size))
          at += size
        }
        expect(splitAll(chunks).lines).toEqual(texts.map((text) => encode(text, encoding)))
      },
    )
    fc.assert(property)
  })

  it('are cut off where they are too long, and the next one is whole', () => {
    const long = (length: number) => Buffer.from('x'.repeat(length))
    const chunks = [
      long(MAX_LINE_BYTES),
      Buffer.from('\n'),
      long(40_000),
      long(40_000),
      long(9),
      Buffer.from('\nshort\n'),
    ]
    const [exact, cut, next] = splitAll(chunks).lines
    expect([exact?.length, (cut?.length ?? 0) > MAX_LINE_BYTES, next?.toString()]).toEqual([
      MAX_LINE_BYTES,
      true,
      'short',
    ])
    expect(cut?.length).toBeLessThanOrEqual(MAX_LINE_BYTES + 2)
  })
})
