/**
 * Says for each mismatch with a schema what to do, with the JSON pointer of the member it is about (RFC 6901): in a
 * query or path the members are its parameters. Values are never repeated: a body may hold secrets.
 */
import type { FastifySchemaValidationError } from 'fastify'

import type { InputIssue } from '../core/index.ts'

export function toInputIssues(mismatches: readonly FastifySchemaValidationError[]): InputIssue[] {
  return mismatches.flatMap(toIssues)
}

function toIssues({ keyword, instancePath, params, message }: FastifySchemaValidationError): InputIssue[] {
  switch (keyword) {
    case 'required':
      return textsOf(params['requiredProperties']).map((name) => ({
        detail: `Add "${name}".`,
        pointer: `${instancePath}/${escapePointer(name)}`,
      }))
    // Reported twice: once for the object, once as a schema that is false for each member too many.
    case 'additionalProperties':
      return []
    case 'boolean':
      return [{ detail: 'Leave this out; there is no such member.', pointer: instancePath }]
    case 'enum':
      return [{ detail: `Use one of ${textsOf(params['allowedValues']).join(', ')}.`, pointer: instancePath }]
    default:
      return [{ detail: `Change this: it ${message ?? 'does not fit'}.`, pointer: instancePath }]
  }
}

function textsOf(list: unknown): string[] {
  return Array.isArray(list) ? list.map(String) : []
}

function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}
