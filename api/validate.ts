/**
 * Checks what came in against a route's schema. Nothing is dropped, filled in or rounded: a body must fit as it is, and
 * of a query, which is all text, only members that the schema calls integers are read, when they are plain digits.
 */
import type { FastifySchemaCompiler } from 'fastify'
import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'

const wholeNumberPattern = /^(0|[1-9]\d{0,14})$/

export const compileValidator: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const validator = Compile(schema)
  const integers = httpPart === 'querystring' ? integerMembers(schema) : []
  return (input: unknown) => {
    const value = integers.length === 0 ? input : readIntegers(input, integers)
    return validator.Check(value) ? { value } : { error: validator.Errors(value) }
  }
}

function integerMembers(schema: TSchema): string[] {
  if (!('properties' in schema) || typeof schema.properties !== 'object') return []
  return Object.entries(schema.properties ?? {})
    .filter(([, member]: [string, unknown]) => isIntegerSchema(member))
    .map(([name]) => name)
}

function isIntegerSchema(schema: unknown): boolean {
  return typeof schema === 'object' && schema !== null && 'type' in schema && schema.type === 'integer'
}

function readIntegers(query: unknown, names: readonly string[]): unknown {
  const members = Object.entries(query as Readonly<Record<string, unknown>>)
  return Object.fromEntries(
    members.map(([name, text]) => [
      name,
      names.includes(name) && typeof text === 'string' && wholeNumberPattern.test(text) ? Number(text) : text,
    ]),
  )
}
