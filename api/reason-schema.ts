/** Code and facts of a problem that is kept (`core/said-problems.ts`), beside its English sentence: for pages that say it in another language. */
import { Type } from 'typebox'

import type { ProblemCatalogue, ProblemDeclarations, ReasonOf } from '../core/index.ts'
import { closedObject, nullable } from './schema-parts.ts'

/** One object for each declared code, with exactly its facts. */
export function reasonComponent<Declarations extends ProblemDeclarations>(
  id: string,
  { problems }: ProblemCatalogue<Declarations>,
) {
  const members = Object.entries(problems).map(([code, { factNames }]) =>
    closedObject({
      code: Type.Literal(code),
      facts: closedObject(Object.fromEntries(factNames.map((name) => [name, Type.String()]))),
    }),
  )
  const schema = Type.Unsafe<ReasonOf<Declarations>>(Type.Union(members, { $id: id }))
  const ref = Type.Unsafe<ReasonOf<Declarations>>({ $ref: `${id}#` })
  return { id, schema, orNull: nullable(ref) }
}
