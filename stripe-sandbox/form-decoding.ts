/**
 * Decodes the form encoding that Stripe's API takes: `lines[0][amount]=490` becomes a tree of names.
 *
 * Arrays stay objects with the names "0", "1", …: only the reader of a parameter knows whether it wants a list or a
 * map whose keys happen to be digits. Trees have no prototype, so `__proto__` is a name like any other.
 */
import { invalidRequest } from './stripe-failure.ts'

export type FormTree = { [name: string]: FormTree | string }

const MAX_DEPTH = 6
const namePattern = /^([^[\]]+)((?:\[[^[\]]+\])*)$/

/** @throws StripeFailure 400 for a name that cannot be read, is given twice, or is both text and a tree. */
export function decodeForm(text: string): FormTree {
  const root = newTree()
  for (const [name, content] of new URLSearchParams(text)) {
    const match = namePattern.exec(name)
    if (match === null) throw invalidRequest(`Invalid parameter name: ${name}`, 'parameter_invalid', name)
    const nested = match[2] ?? ''
    const path = [match[1] ?? '', ...nested.slice(1, -1).split('][')].filter((part) => part !== '')
    if (path.length > MAX_DEPTH) throw invalidRequest(`Nested too deeply: ${name}`, 'parameter_invalid', name)
    put(root, path, content, name)
  }
  return root
}

function put(root: FormTree, path: readonly string[], content: string, name: string): void {
  let tree = root
  for (const part of path.slice(0, -1)) {
    const next = (tree[part] ??= newTree())
    if (typeof next === 'string') throw invalidRequest(`Given twice: ${name}`, 'parameter_invalid', name)
    tree = next
  }
  const last = path.at(-1) ?? ''
  if (tree[last] !== undefined) throw invalidRequest(`Given twice: ${name}`, 'parameter_invalid', name)
  tree[last] = content
}

function newTree(): FormTree {
  return Object.create(null) as FormTree
}
