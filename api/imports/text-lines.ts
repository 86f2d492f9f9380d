/**
 * The lines of a list as text, by their number in the file; blank ones are passed over. UTF-8 with and without a byte order mark,
 * and UTF-16 with one. Bytes that are no text are never replaced by a sign for lost characters: the line is reported.
 */
import { createLineSplitter, MAX_LINE_BYTES, type TextEncoding } from '../../core/index.ts'

export type TextLine =
  { readonly line: number; readonly text: string } | { readonly line: number; readonly problem: string }

const names: Readonly<Record<TextEncoding, string>> = {
  'utf-8': 'UTF-8',
  'utf-16le': 'UTF-16',
  'utf-16be': 'UTF-16',
}

export function* readTextLines(body: Uint8Array): Generator<TextLine> {
  const splitter = createLineSplitter()
  const decoders = new Map<TextEncoding, TextDecoder>()
  function* decodeAll(lines: ReturnType<typeof splitter.push>): Generator<TextLine> {
    for (const { line, bytes } of lines) {
      const { encoding } = splitter
      const decoder = decoders.get(encoding) ?? new TextDecoder(encoding, { fatal: true, ignoreBOM: true })
      decoders.set(encoding, decoder)
      const decoded = decodeLine(decoder, encoding, bytes)
      if ('problem' in decoded || decoded.text.trim() !== '') yield { line, ...decoded }
    }
  }
  yield* decodeAll(splitter.push(body))
  yield* decodeAll(splitter.end())
}

type Decoded = { readonly text: string } | { readonly problem: string }

function decodeLine(decoder: TextDecoder, encoding: TextEncoding, bytes: Uint8Array): Decoded {
  if (bytes.length > MAX_LINE_BYTES) return { problem: `Write at most ${MAX_LINE_BYTES} bytes in a line.` }
  const text = decode(decoder, bytes)
  if (text === undefined) {
    return {
      problem: `Save the list as UTF-8 and send it again: this line has bytes that are not ${names[encoding]}.`,
    }
  }
  if (text.includes('\0')) {
    return { problem: 'Save the list as UTF-8 without zero bytes and send it again: this line has some.' }
  }
  return { text: text.endsWith('\r') ? text.slice(0, -1) : text }
}

function decode(decoder: TextDecoder, bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes)
  } catch (error) {
    if (error instanceof TypeError) return undefined
    throw error
  }
}
