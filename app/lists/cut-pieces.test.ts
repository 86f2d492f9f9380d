import { describe, expect, it } from 'vitest'
import { cutIntoPieces } from './cut-pieces.ts'

type Cut = { readonly text: string; readonly numbers: number[] }

async function cut(
  chunks: readonly (string | Buffer)[],
  options: { readonly hasHeader?: boolean; readonly maxBytes?: number } = {},
): Promise<Buffer[]> {
  const bodies: Buffer[] = []
  const { hasHeader = true, maxBytes = 24 } = options
  for await (const { body } of cutIntoPieces(from(chunks), { hasHeader, maxBytes }))
    bodies.push(Buffer.from(body))
  return bodies
}

async function* from(chunks: readonly (string | Buffer)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield Buffer.from(chunk)
}

/** Each piece with the numbers in the file of its lines. */
async function cutText(text: string, hasHeader = true): Promise<Cut[]> {
  const pieces: Cut[] = []
  for await (const piece of cutIntoPieces(from([text]), { hasHeader, maxBytes: 12 })) {
    const lines = Buffer.from(piece.body).toString().trimEnd().split('\n')
    const numbers = lines.map((_line, index) => piece.lineInFile(index + 1))
    pieces.push({ text: lines.join('|'), numbers })
  }
  return pieces
}

describe('the pieces of a list', () => {
  it('each begin with the header, and number their lines as the file does', async () => {
    expect(await cutText('\na,b\n1,2\n3,4\n\n5,6\n7,8')).toEqual([
      { text: 'a,b|1,2|3,4', numbers: [2, 3, 4] },
      { text: 'a,b||5,6', numbers: [4, 5, 6] },
      { text: 'a,b|7,8', numbers: [6, 7] },
    ])
  })

  it('of NDJSON have none', async () => {
    expect(await cutText('{"a":1}\n{}\n{"b":2}\n', false)).toEqual([
      { text: '{"a":1}|{}', numbers: [1, 2] },
      { text: '{"b":2}', numbers: [3] },
    ])
  })

  it.each([
    ['a file without anything', '', ['']],
    ['a header alone', 'a,b', ['a,b\n']],
    ['blank lines alone', '\n \n', ['']],
  ])('of %s are one, for the server to judge', async (_what, file, bodies) => {
    expect((await cut([file])).map(String)).toEqual(bodies)
  })

  it('of UTF-16 are UTF-16 with a byte order mark, whatever the chunks', async () => {
    const file = Buffer.concat([Buffer.from('fffe', 'hex'), Buffer.from('a,b\nü,2\n3,4\n', 'utf16le')])
    const bytes = [...file].map((byte) => Buffer.of(byte))
    const bodies = await cut(bytes)
    expect(bodies.map((body) => body.toString('utf16le'))).toEqual([
      '\u{feff}a,b\nü,2\n',
      '\u{feff}a,b\n3,4\n',
    ])
  })

  it('keep bytes that are no UTF-8 as they are', async () => {
    const file = Buffer.concat([
      Buffer.from('a,b\n'),
      Buffer.from('4dfc,', 'latin1'),
      Buffer.of(0xfc),
      Buffer.from('\n'),
    ])
    expect(Buffer.concat(await cut([file]))).toEqual(file)
  })

  it(
    'of a million lines are never longer than allowed, and hold every line once, in order',
    { timeout: 60_000 },
    async () => {
      const maxBytes = 65_536 * 2
      let made = 0
      async function* chunks(): AsyncGenerator<Uint8Array> {
        yield Buffer.from('id,modelId,commissionedAt\n')
        for (let chunk = 0; chunk < 1_000; chunk += 1) {
          const lines = Array.from({ length: 1_000 }, (_, n) => {
            return `machine-${made + n + 1},drill,2026-11-01T00:00:00Z\n`
          })
          made += lines.length
          yield Buffer.from(lines.join(''))
        }
      }
      let seen = 0
      let longest = 0
      let furthestAhead = 0
      let wrong = 0
      for await (const piece of cutIntoPieces(chunks(), { hasHeader: true, maxBytes })) {
        longest = Math.max(longest, piece.body.length)
        const [header, ...lines] = Buffer.from(piece.body).toString().trimEnd().split('\n')
        if (header !== 'id,modelId,commissionedAt' || piece.lineInFile(2) !== seen + 2) wrong += 1
        for (const line of lines) if (!line.startsWith(`machine-${(seen += 1)},`)) wrong += 1
        furthestAhead = Math.max(furthestAhead, made - seen)
      }
      expect([seen, wrong]).toEqual([1_000_000, 0])
      expect(longest).toBeLessThanOrEqual(maxBytes)
      // Read no further ahead than the chunk at hand.
      expect(furthestAhead).toBeLessThanOrEqual(1_000)
    },
  )
})
