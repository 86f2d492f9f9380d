/**
 * Cuts a file of any length into pieces that a server takes, each a list of its own: with the file's byte order mark and header line
 * again, and with lines that are whole. The bytes of a line go on as they are, so that the server judges them, and names them by number.
 *
 * No more than one piece is in memory, and no piece is longer than `maxBytes`, which a header and one line must fit into.
 */
import {
  byteOrderMarks,
  createLineSplitter,
  newlines,
  type LineBytes,
  type TextEncoding,
} from '../../core/index.ts'

export type ListPiece = {
  readonly body: Uint8Array<ArrayBuffer>
  /** The number in the file of what is line `number` of the piece. */
  lineInFile(number: number): number
}

type CutOptions = { readonly hasHeader: boolean; readonly maxBytes: number }

const blanks: ReadonlySet<number> = new Set([0x09, 0x0a, 0x0d, 0x20])

export async function* cutIntoPieces(
  chunks: AsyncIterable<Uint8Array>,
  { hasHeader, maxBytes }: CutOptions,
): AsyncGenerator<ListPiece> {
  const splitter = createLineSplitter()
  let header: LineBytes | undefined
  let piece: Piece | undefined

  function begin(firstLine: number): Piece {
    return new Piece(splitter.encoding, maxBytes, header?.bytes, firstLine)
  }

  function* take(lines: Iterable<LineBytes>): Generator<ListPiece> {
    for (const line of lines) {
      if (hasHeader && header === undefined) {
        if (!isBlank(line.bytes, splitter.encoding)) header = line
        continue
      }
      piece ??= begin(line.line)
      if (!piece.hasRoomFor(line.bytes)) {
        yield piece.finish()
        piece = begin(line.line)
      }
      piece.add(line.bytes)
    }
  }

  for await (const chunk of chunks) yield* take(splitter.push(chunk))
  yield* take(splitter.end())
  // A file without a line is a list too: what is wrong with it is the server's to say.
  yield (piece ?? begin((header?.line ?? 0) + 1)).finish()
}

class Piece {
  readonly #bytes: Uint8Array<ArrayBuffer>
  readonly #newline: Uint8Array
  readonly #firstLine: number
  readonly #linesBefore: number
  #length = 0

  constructor(encoding: TextEncoding, maxBytes: number, header: Uint8Array | undefined, firstLine: number) {
    this.#bytes = new Uint8Array(maxBytes)
    this.#newline = newlines[encoding]
    this.#firstLine = firstLine
    this.#linesBefore = header === undefined ? 0 : 1
    this.#append(byteOrderMarks[encoding])
    if (header !== undefined) this.add(header)
  }

  hasRoomFor(line: Uint8Array): boolean {
    return this.#length + line.length + this.#newline.length <= this.#bytes.length
  }

  add(line: Uint8Array): void {
    this.#append(line)
    this.#append(this.#newline)
  }

  finish(): ListPiece {
    const before = this.#firstLine - this.#linesBefore - 1
    return { body: this.#bytes.subarray(0, this.#length), lineInFile: (number) => before + number }
  }

  #append(bytes: Uint8Array): void {
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
  }
}

function isBlank(bytes: Uint8Array, encoding: TextEncoding): boolean {
  return bytes.every((byte) => blanks.has(byte) || (byte === 0 && encoding !== 'utf-8'))
}
