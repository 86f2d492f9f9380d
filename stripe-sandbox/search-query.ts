/**
 * Stripe's search language, as far as it is needed: clauses of equality joined by AND, such as `metadata['bill']:'7' AND status:'open'`.
 * An unknown field, another operator or OR is refused, so that nobody believes it took effect.
 */
import { invalidRequest } from './stripe-failure.ts'

export type SearchClause = { readonly field: string; readonly wanted: string }

const clausePattern =
  /^\s*(?<field>[a-z_]+)(?:\[(?<keyQuote>["'])(?<key>(?:(?!\k<keyQuote>).)+)\k<keyQuote>\])?\s*:\s*(?<quote>["'])(?<wanted>(?:\\.|(?!\k<quote>).)*)\k<quote>\s*(?:\bAND\b|$)/u

/** @throws StripeFailure 400 for what cannot be read or names a field that is not among `fields` (`metadata` stands for its keys) */
export function parseSearchQuery(query: string, fields: readonly string[]): SearchClause[] {
  const clauses: SearchClause[] = []
  let rest = query
  while (rest.trim() !== '') {
    const match = clausePattern.exec(rest)
    const { field = '', key, wanted = '' } = match?.groups ?? {}
    if (match === null || !fields.includes(field) || (field === 'metadata') !== (key !== undefined)) {
      throw invalidRequest(
        `This stand-in cannot search for ${rest.trim()}: it knows clauses of ${fields.join(', ')} with ":" and AND.`,
        'parameter_invalid',
        'query',
      )
    }
    clauses.push({
      field: key === undefined ? field : `metadata.${key}`,
      wanted: wanted.replaceAll(/\\(.)/g, '$1'),
    })
    rest = rest.slice(match[0].length)
    if (rest.trim() === '' && /\bAND\s*$/.test(match[0])) {
      throw invalidRequest('A clause is missing after AND.', 'parameter_invalid', 'query')
    }
  }
  if (clauses.length === 0) throw invalidRequest('The query is empty.', 'parameter_invalid_empty', 'query')
  return clauses
}
