/**
 * Turns answers into JSON. What an answer holds is decided by the presenters, whose types are those of the schemas; so JSON as the
 * language makes it is enough. Serializers compiled from each schema were tried: with a hundred routes they cost seconds of every start.
 *
 * `isChecking` compares every answer with its schema and fails where they differ. Tests switch it on; the first answer of a
 * route compiles its check.
 */
import type { FastifySerializerCompiler } from 'fastify'
import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'

import { assertInvariant } from '../core/index.ts'

type Component = { readonly id: string; readonly schema: TSchema }

export function createSerializerCompiler(
  components: readonly Component[],
  isChecking: boolean,
): FastifySerializerCompiler<TSchema> {
  if (!isChecking) return () => toJson
  const named = Object.fromEntries(components.map(({ id, schema }) => [id, readable(schema)]))
  return ({ schema, method, url, httpStatus }) => {
    let check: ReturnType<typeof Compile> | undefined
    return (answer) => {
      const text = toJson(answer)
      check ??= Compile(named, readable(schema))
      const sent: unknown = JSON.parse(text)
      const [first] = check.Errors(sent)
      assertInvariant(
        first === undefined,
        `The answer ${httpStatus} of ${method} ${url} differs from its schema: ${JSON.stringify(first)}`,
      )
      return text
    }
  }
}

function toJson(answer: unknown): string {
  return JSON.stringify(answer)
}

/** As plain JSON Schema with references to the names of `Compile`: ours end in "#", as Fastify wants them. */
function readable(schema: TSchema): TSchema {
  return JSON.parse(JSON.stringify(schema), (name, member: unknown) => {
    if (name === '$id') return undefined
    return name === '$ref' && typeof member === 'string' ? member.replace(/#$/, '') : member
  }) as TSchema
}
