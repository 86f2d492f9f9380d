/**
 * Finds where the elements of a JSON array begin and end, so that each reading of a batch keeps its own exact bytes.
 *
 * The text must already have been accepted by `JSON.parse` and its first non-blank byte must be `[`; nothing is
 * validated here. Works on UTF-8 bytes: the structural characters are ASCII and never occur inside a longer sequence.
 */

const QUOTE = 0x22
const COMMA = 0x2c
const BACKSLASH = 0x5c
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

/** The bytes of each element, without the blanks around it, as views on `json`. */
export function sliceArrayElements(json: Uint8Array): Uint8Array[] {
  const elements: Uint8Array[] = []
  let depth = 0
  let isInString = false
  let elementStart = 0
  for (let index = 0; index < json.length; index += 1) {
    const byte = json[index]
    if (isInString) {
      if (byte === BACKSLASH) index += 1
      else if (byte === QUOTE) isInString = false
      continue
    }
    if (byte === QUOTE) isInString = true
    else if (byte === OPEN_BRACKET || byte === OPEN_BRACE) {
      depth += 1
      if (depth === 1) elementStart = index + 1
    } else if (byte === CLOSE_BRACKET || byte === CLOSE_BRACE) {
      depth -= 1
      if (depth === 0) pushTrimmed(elements, json, elementStart, index)
    } else if (byte === COMMA && depth === 1) {
      pushTrimmed(elements, json, elementStart, index)
      elementStart = index + 1
    }
  }
  return elements
}

function pushTrimmed(elements: Uint8Array[], json: Uint8Array, start: number, end: number): void {
  let from = start
  let to = end
  while (from < to && isBlank(json[from])) from += 1
  while (to > from && isBlank(json[to - 1])) to -= 1
  if (to > from) elements.push(json.subarray(from, to))
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d
}
