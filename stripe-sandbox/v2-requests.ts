/**
 * What is different in Stripe's v2: bodies are JSON, and an error is a code and a sentence. The endpoints here take texts and objects of texts
 * alone, which is what a decoded form is made of too.
 */
import type { FormTree } from './form-decoding.ts'
import { invalidRequest, type FailureBody } from './stripe-failure.ts'

export function isV2({ path }: { readonly path: string }): boolean {
  return path.startsWith('/v2/')
}

/** @throws StripeFailure 400 for what is no JSON object of texts and such objects. */
export function decodeJson(text: string): FormTree {
  return text === '' ? toTree({}, 'The body') : toTree(parse(text), 'The body')
}

/** The reading of parameters is v1's, and so are its codes: in v2 they are one. A type is there only where the SDK knows one of v2. */
export function toV2Failure({ type, code, message }: FailureBody): object {
  if (type === 'idempotency_error') return { type, message, ...(code === undefined ? {} : { code }) }
  if (code === 'rate_limit') return { type: code, code, message }
  return { code: code === undefined || code.startsWith('parameter') ? 'invalid_fields' : code, message }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw invalidRequest('The body must be JSON.')
  }
}

function toTree(given: unknown, name: string): FormTree {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw invalidRequest(`${name} must be an object.`)
  }
  const tree = Object.create(null) as FormTree
  for (const [member, content] of Object.entries(given)) {
    if (typeof content === 'object') tree[member] = toTree(content, member)
    else if (typeof content === 'string') tree[member] = content
    else throw invalidRequest(`${member} must be a string.`)
  }
  return tree
}
