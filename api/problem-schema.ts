/** The problem details of RFC 9457 as every operation of the OpenAPI document names them. */
import { Type } from 'typebox'

import { PROBLEM_MEDIA_TYPE } from './problem.ts'
import { closedObject, component } from './schema-parts.ts'

export const ProblemComponent = component('Problem', {
  type: Type.String({ format: 'uri', description: 'The page that explains the code' }),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.Optional(Type.String({ description: 'What to do about this occurrence' })),
  instance: Type.String({ description: 'The id of the request' }),
  code: Type.String({ description: 'Stable; the last part of `type`' }),
  errors: Type.Optional(
    Type.Array(closedObject({ detail: Type.String(), pointer: Type.String({ description: 'RFC 6901' }) })),
  ),
})

/** To be spread into the `response` of every route. */
export const problemResponses = {
  default: {
    description: 'A problem; `code` says which',
    content: { [PROBLEM_MEDIA_TYPE]: { schema: ProblemComponent.ref } },
  },
} as const
