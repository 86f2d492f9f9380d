/**
 * The JSON Schema of tariff documents as it is published in `docs/tariff.schema.json`: what `parse-tariff.ts` checks by, with each part
 * that has a name written once, under `$defs`.
 *
 * A document that does not fit is refused; one that fits may still be (`tariff-rules.ts`).
 */
import { canonicalJson } from '../../core/index.ts'
import { itemSchemas, namedParts, TariffDocumentSchema } from './tariff-schema.ts'
import * as values from './tariff-values.ts'

type Named = readonly [name: string, schema: unknown]
type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }

export function tariffJsonSchema(): Json {
  const named = [...Object.entries({ ...values, ...namedParts }), ...namedItems()].map(([name, schema]) => {
    return { name, json: plain(schema) }
  })
  const names = new Map(named.map(({ name, json }) => [canonicalJson(json), name]))
  const definitions = named.map(({ name, json }) => [name, referParts(json, names)] as const)
  const { $schema, title, ...document } = plain(TariffDocumentSchema) as Record<string, Json>
  const body = referParts(document, names) as Record<string, Json>
  return { $schema: $schema ?? null, title: title ?? null, ...body, $defs: Object.fromEntries(definitions) }
}

function namedItems(): readonly Named[] {
  return Object.entries(itemSchemas).flatMap(([type, [first, second]]): readonly Named[] =>
    second === undefined
      ? [[type, first]]
      : [
          [`${type}_of_register`, first],
          [`${type}_of_events`, second],
        ],
  )
}

function plain(schema: unknown): Json {
  return JSON.parse(JSON.stringify(schema)) as Json
}

/** The schema itself stays; whatever has a name inside of it becomes a reference. */
function referParts(schema: Json, names: ReadonlyMap<string, string>): Json {
  const refer = (part: Json): Json => {
    const name = typeof part === 'object' && part !== null ? names.get(canonicalJson(part)) : undefined
    return name === undefined ? referParts(part, names) : { $ref: `#/$defs/${name}` }
  }
  if (Array.isArray(schema)) return schema.map(refer)
  if (typeof schema !== 'object' || schema === null) return schema
  return Object.fromEntries(Object.entries(schema).map(([member, part]) => [member, refer(part)]))
}
