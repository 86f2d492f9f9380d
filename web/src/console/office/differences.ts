/** What differs between two documents of the audit trail, member by member, as texts. */
export type Difference = {
  /** Where in the document: "seller.city", "tags". Empty for a document that is one value. */
  readonly path: string
  /** Undefined where the document has no such member. */
  readonly before: string | undefined
  readonly after: string | undefined
}

/** In order of the members of the later document, then what only the earlier one had. A list is one value. */
export function differencesOf(before: unknown, after: unknown): Difference[] {
  const earlier = flatten(before)
  const later = flatten(after)
  return [...new Set([...later.keys(), ...earlier.keys()])]
    .map((path) => ({ path, before: earlier.get(path), after: later.get(path) }))
    .filter((one) => one.before !== one.after)
}

function flatten(document: unknown): Map<string, string> {
  const found = new Map<string, string>()
  const visit = (value: unknown, path: string) => {
    if (value === undefined || (value === null && path === '')) return
    if (typeof value !== 'object' || value === null || Array.isArray(value) || isEmpty(value)) {
      found.set(path, textOf(value))
      return
    }
    for (const [name, member] of Object.entries(value)) visit(member, path === '' ? name : `${path}.${name}`)
  }
  visit(document, '')
  return found
}

function isEmpty(value: object): boolean {
  return Object.keys(value).length === 0
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  const isPlainList = Array.isArray(value) && value.every((member) => typeof member !== 'object')
  return isPlainList ? value.join(', ') : JSON.stringify(value)
}
