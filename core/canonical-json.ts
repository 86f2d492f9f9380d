/**
 * JSON with its members in order and without white space: equal documents give equal texts, so their hashes can be
 * compared. Members that are undefined are left out, as `JSON.stringify` does. For documents of strings, booleans, null and
 * whole numbers; quantities and money are strings in them.
 */
export function canonicalJson(json: unknown): string {
  if (Array.isArray(json)) return `[${json.map(canonicalJson).join(',')}]`
  if (typeof json !== 'object' || json === null) return JSON.stringify(json)
  const members = Object.entries(json)
    .filter(([, member]) => member !== undefined)
    .sort(([left], [right]) => (left < right ? -1 : 1))
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`).join(',')}}`
}
