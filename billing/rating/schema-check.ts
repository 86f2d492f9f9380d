/**
 * Checks JSON against a schema and says each mistake in a sentence: the description of the schema that does not fit completes
 * "Write …". Interpreted, never compiled to code, so that it runs under a content security policy.
 */
import type { TSchema } from 'typebox'
import { Settings } from 'typebox/system'
import { Errors } from 'typebox/value'
import type { JsonCheck } from './json-check.ts'

type SchemaError = ReturnType<typeof Errors>[number]

/** Mistakes go to `check` with their pointers below `pointer`. */
export function checkForm(check: JsonCheck, schema: TSchema, json: unknown, pointer: string): void {
  const errors = errorsOf(schema, json)
  const unions = errors.filter(({ keyword }) => keyword === 'anyOf').map(({ schemaPath }) => schemaPath)
  const seen = new Set<string>()
  for (const error of errors) {
    // Of a union only that nothing of it fits; of an unknown member only its name.
    if (unions.some((union) => error.schemaPath.startsWith(`${union}/anyOf/`))) continue
    if (error.keyword === 'boolean') continue
    for (const issue of issuesOf(schema, error, pointer)) {
      if (seen.has(issue.pointer)) continue
      seen.add(issue.pointer)
      check.refuse(issue.pointer, issue.detail)
    }
  }
}

/** TypeBox stops at the 8th error, which may be inside a union whose own error then never comes. */
const MAX_ERRORS = 1_000

function errorsOf(schema: TSchema, json: unknown): readonly SchemaError[] {
  const { maxErrors } = Settings.Get()
  Settings.Set({ maxErrors: MAX_ERRORS })
  try {
    return Errors(schema, json)
  } finally {
    Settings.Set({ maxErrors })
  }
}

type Issue = { readonly pointer: string; readonly detail: string }

function issuesOf(schema: TSchema, error: SchemaError, pointer: string): readonly Issue[] {
  const at = `${pointer}${error.instancePath}`
  if (error.keyword === 'required') {
    const { requiredProperties } = error.params
    return requiredProperties.map((name) => {
      return { pointer: pointerTo(at, name), detail: `Add the member "${name}".` }
    })
  }
  if (error.keyword === 'additionalProperties') {
    return error.params.additionalProperties.map((name) => {
      return { pointer: pointerTo(at, name), detail: `Remove the unknown member "${name.slice(0, 40)}".` }
    })
  }
  const place = placeOf(schema, error.schemaPath)
  return [{ pointer: at, detail: `Write ${place?.description ?? 'something else here'}.` }]
}

/** The schema that an error is about, found by its path "#/properties/tiers/items". */
function placeOf(schema: TSchema, schemaPath: string): { readonly description?: string } | undefined {
  let place: unknown = schema
  for (const part of schemaPath.split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~')
    place = typeof place === 'object' && place !== null ? (place as Record<string, unknown>)[name] : undefined
  }
  return place as { readonly description?: string } | undefined
}

function pointerTo(pointer: string, member: string): string {
  return `${pointer}/${member.replaceAll('~', '~0').replaceAll('/', '~1')}`
}
