/**
 * Cuts the bytes of a text file into its lines as they come, whatever the sizes of the chunks, without decoding them: the
 * file's beginning says how wide its characters are, and only a newline is looked for. So a line keeps its bytes until
 * somebody judges them, and a file of any length is read in bounded memory.
 *
 * UTF-16 is known by its byte order mark; everything else is taken as UTF-8, whose mark is left out. A line longer than
 * `MAX_LINE_BYTES` is cut off a little above that, which tells it from every line that is short enough. The last line need not end with a newline.
 */

export type TextEncoding = 'utf-8' | 'utf-16le' | 'utf-16be'
export type LineBytes = { readonly line: number; readonly bytes: Uint8Array }
export type LineSplitter = {
  /** Known from the first line on. */
  readonly encoding: TextEncoding
  /** The lines that the chunk completes. */
  push(chunk: Uint8Array): Generator<LineBytes>
  /** The last line, unless the file ends with a newline. */
  end(): Generator<LineBytes>
}

export const MAX_LINE_BYTES = 65_536
const KEPT_BYTES = MAX_LINE_BYTES + 2
const NEWLINE = 0x0a
const nothing = new Uint8Array(0)

/** What a file in this encoding begins with so that it is read as such; UTF-8 needs nothing. */
export const byteOrderMarks: Readonly<Record<TextEncoding, Uint8Array>> = {
  'utf-8': nothing,
  'utf-16le': Uint8Array.of(0xff, 0xfe),
  'utf-16be': Uint8Array.of(0xfe, 0xff),
}
export const newlines: Readonly<Record<TextEncoding, Uint8Array>> = {
  'utf-8': Uint8Array.of(NEWLINE),
  'utf-16le': Uint8Array.of(NEWLINE, 0),
  'utf-16be': Uint8Array.of(0, NEWLINE),
}

export function createLineSplitter(): LineSplitter {
  let encoding: TextEncoding | undefined
  /** What came and could not be looked at yet: fewer than three bytes at the start, half a character later. */
  let rest: Uint8Array = nothing
  let parts: Uint8Array[] = []
  let keptBytes = 0
  let lines = 0

  function keep(bytes: Uint8Array): void {
    const kept = bytes.subarray(0, KEPT_BYTES - keptBytes)
    if (kept.length === 0) return
    parts.push(kept)
    keptBytes += kept.length
  }

  function takeLine(): LineBytes {
    const [only] = parts
    const bytes = parts.length === 1 && only !== undefined ? only : concatBytes(parts)
    parts = []
    keptBytes = 0
    lines += 1
    return { line: lines, bytes }
  }

  function* split(block: Uint8Array): Generator<LineBytes> {
    const width = encoding === 'utf-8' ? 1 : 2
    let start = 0
    for (;;) {
      const newline = findNewline(block, start, encoding ?? 'utf-8')
      if (newline === -1) break
      keep(block.subarray(start, newline))
      yield takeLine()
      start = newline + width
    }
    keep(block.subarray(start))
  }

  function detect(bytes: Uint8Array): Uint8Array {
    const found = detectEncoding(bytes)
    encoding = found.encoding
    return bytes.subarray(found.markBytes)
  }

  return {
    get encoding() {
      return encoding ?? 'utf-8'
    },

    *push(chunk) {
      let bytes = rest.length === 0 ? chunk : concatBytes([rest, chunk])
      rest = nothing
      if (encoding === undefined) {
        if (bytes.length < 3) {
          rest = bytes
          return
        }
        bytes = detect(bytes)
      }
      const whole = encoding === 'utf-8' ? bytes.length : bytes.length - (bytes.length % 2)
      rest = bytes.slice(whole)
      yield* split(bytes.subarray(0, whole))
    },

    *end() {
      const bytes = encoding === undefined ? detect(rest) : rest
      rest = nothing
      if (encoding === 'utf-8') yield* split(bytes)
      else keep(bytes)
      if (keptBytes > 0) yield takeLine()
    },
  }
}

function detectEncoding([first, second, third]: Uint8Array): {
  readonly encoding: TextEncoding
  readonly markBytes: number
} {
  if (first === 0xff && second === 0xfe) return { encoding: 'utf-16le', markBytes: 2 }
  if (first === 0xfe && second === 0xff) return { encoding: 'utf-16be', markBytes: 2 }
  const hasMark = first === 0xef && second === 0xbb && third === 0xbf
  return { encoding: 'utf-8', markBytes: hasMark ? 3 : 0 }
}

/** Blocks of UTF-16 begin with a whole character, so a newline lies at an even place. */
function findNewline(block: Uint8Array, start: number, encoding: TextEncoding): number {
  if (encoding === 'utf-8') return block.indexOf(NEWLINE, start)
  const offset = encoding === 'utf-16le' ? 0 : 1
  let at = block.indexOf(NEWLINE, start)
  while (at !== -1 && !(at % 2 === offset && block[at + 1 - 2 * offset] === 0)) {
    at = block.indexOf(NEWLINE, at + 1)
  }
  return at === -1 ? -1 : at - offset
}

export function concatBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.length
  }
  return whole
}
