/**
 * Writes XML: elements, attributes and texts, everything escaped, indented by two spaces.
 *
 * An element without content is left out, so that optional members need no conditions where they are written. The
 * characters that XML cannot hold at all are refused before a document gets here (`rules/value-rules.ts`).
 */

export type XmlNode = string | null
/** Attributes in the order in which they are written. */
export type XmlAttributes = Readonly<Record<string, string>>

/** An element with a text; none for no text. */
export function textElement(name: string, text: string | null, attributes: XmlAttributes = {}): XmlNode {
  return text === null || text === ''
    ? null
    : `<${name}${writeAttributes(attributes)}>${escapeXml(text)}</${name}>`
}

/** An element with elements inside; none where there are none. */
export function element(name: string, children: readonly XmlNode[], attributes: XmlAttributes = {}): XmlNode {
  const written = children.filter((child) => child !== null)
  if (written.length === 0) return null
  const inside = written.map((child) => `  ${child.replaceAll('\n', '\n  ')}`).join('\n')
  return `<${name}${writeAttributes(attributes)}>\n${inside}\n</${name}>`
}

function writeAttributes(attributes: XmlAttributes): string {
  return Object.entries(attributes)
    .map(([name, text]) => ` ${name}="${escapeXml(text)}"`)
    .join('')
}

/** Texts hold no line ends, so indenting never changes one. */
function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
