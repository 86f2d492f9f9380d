/**
 * The parts that the API's schemas are made of. One schema serves validation, types and the OpenAPI document.
 *
 * Instants are RFC 3339 strings; quantities and amounts are strings, since a reader's JSON parser would make floats of
 * them. Objects are closed. What has no value is null, never left out, so that a reader meets the same members always.
 */
import { Type, type Static, type TProperties, type TSchema, type TUnsafe, type TObject } from 'typebox'

import {
  coreErrors,
  DEVICE_ID_PATTERN,
  formatInstant,
  parseInstant,
  REGISTER_NAME_PATTERN,
} from '../core/index.ts'

export const Instant = Type.String({ format: 'date-time', description: 'RFC 3339 with offset' })

/** A whole number of base or minor units, in full. */
export const WholeNumberText = Type.String({ pattern: '^-?(0|[1-9][0-9]*)$' })
/** What a caller may send as a whole number: at most 16 digits, not negative. */
export const CounterText = Type.String({
  pattern: '^(0|[1-9][0-9]{0,15})$',
  description: 'A whole number as a decimal string',
})
export const PositiveCounterText = Type.String({
  pattern: '^[1-9][0-9]{0,15}$',
  description: 'A whole number above zero as a decimal string',
})
/** An exact decimal, or a fraction such as "1/3" where no decimal is exact. */
export const ExactNumberText = Type.String({ description: 'An exact decimal, or a fraction such as "1/3"' })

/** Sequence numbers and epochs: below 2^53, so a JSON number holds them. */
export const CounterNumber = Type.Integer({ minimum: 0 })
export const DeviceIdText = Type.String({ pattern: DEVICE_ID_PATTERN })
export const ModelIdText = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' })
export const CodeText = Type.String({ pattern: '^[a-z_]{1,64}$', description: 'A code of /problems' })
export const RegisterName = Type.String({ pattern: REGISTER_NAME_PATTERN })
/** What a manufacturer's own books call a thing. */
export const ReferenceText = Type.String({
  minLength: 1,
  maxLength: 200,
  description: 'What your own books call it; no two of a kind share one',
})
/** An id that we made, such as `inv_…`. */
export const GeneratedIdText = Type.String({ pattern: '^[a-z]{2,5}_[0-9a-z]{1,40}$' })

export function closedObject<Properties extends TProperties>(
  properties: Properties,
  options: {
    readonly description?: string
    readonly minProperties?: number
    readonly examples?: readonly unknown[]
  } = {},
): TObject<Properties> {
  const { examples, ...rest } = options
  return Type.Object(properties, {
    ...rest,
    ...(examples !== undefined && { examples: [...examples] }),
    additionalProperties: false,
  })
}

/** The schema with a body that it takes, for the document and for the test that walks it. */
export function withExample<Schema extends TSchema>(schema: Schema, example: unknown): Schema {
  return { ...schema, examples: [example] }
}

/** The path of a single thing that we named. */
export const IdParams = closedObject({ id: GeneratedIdText })

export function nullable<Schema extends TSchema>(schema: Schema) {
  return Type.Union([schema, Type.Null()])
}

type Component<Schema extends TSchema> = {
  readonly id: string
  readonly schema: Schema
  /** Stands for the schema where answers use it; has the schema's type. */
  readonly ref: TUnsafe<Static<Schema>>
}

/** A closed object with a name of its own in the OpenAPI document. */
export function component<Properties extends TProperties>(
  id: string,
  properties: Properties,
): Component<TObject<Properties>> {
  const schema = Type.Object(properties, { $id: id, additionalProperties: false })
  return { id, schema, ref: Type.Unsafe<Static<TObject<Properties>>>({ $ref: `${id}#` }) }
}

/** One of several closed objects with a name of its own in the OpenAPI document. */
export function unionComponent<Members extends TSchema[]>(id: string, members: [...Members]) {
  const schema = Type.Union(members, { $id: id })
  return { id, schema, ref: Type.Unsafe<Static<typeof schema>>({ $ref: `${id}#` }) }
}

export const PeriodComponent = component('Period', { from: Instant, to: Instant })

/** A page of a list; `nextAfter` is null on the last one. */
export function pageComponent<Schema extends TSchema>(id: string, item: Component<Schema>) {
  return component(id, { items: Type.Array(item.ref), nextAfter: nullable(Type.String()) })
}

/** The query members of every paged list. */
export const pageQueryMembers = {
  after: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 2_000,
      description: '`nextAfter` of the page before, with the same filter and order',
    }),
  ),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, description: '50 if left out' })),
}

/** The query of a list: its page, its order and what it takes to choose from. */
export function listQuery<Name extends string, Filters extends TProperties>(
  { by, usual }: { readonly by: Readonly<Record<Name, unknown>>; readonly usual: Name | `-${Name}` },
  filters: Filters,
) {
  const names = (Object.keys(by) as Name[]).flatMap((name) => [name, `-${name}` as const])
  return closedObject({
    ...pageQueryMembers,
    sort: Type.Optional(
      Type.Enum<(Name | `-${Name}`)[]>(names, {
        description: `\`${usual}\` if left out; \`-\` turns it round`,
      }),
    ),
    ...filters,
  })
}

export const SearchText = (description: string) =>
  Type.Optional(Type.String({ minLength: 1, maxLength: 200, description }))

/** The members of a query for a span of time. */
export const spanMembers = {
  from: Type.Optional(Instant),
  to: Type.Optional(Type.String({ format: 'date-time', description: 'Exclusive' })),
}

type SpanText = { readonly from?: string | undefined; readonly to?: string | undefined }

/** @throws AppError `instant_invalid` */
export function readSpan({ from, to }: SpanText): {
  readonly from?: number
  readonly to?: number
} {
  return {
    ...(from !== undefined && { from: readInstant(from, '/from') }),
    ...(to !== undefined && { to: readInstant(to, '/to') }),
  }
}

/** A cursor that is the number of the last item. @throws AppError `cursor_invalid` */
export function readNumberCursor(after: string): number {
  if (/^[0-9]{1,15}$/.test(after)) return Number(after)
  throw coreErrors.cursor_invalid('Ask for the next page with the cursor of the last one.')
}

/** A span that is open at an end reaches to the end of time there. */
export function readPeriod(query: SpanText) {
  if (query.from === undefined && query.to === undefined) return undefined
  const { from = 0, to = Number.MAX_SAFE_INTEGER } = readSpan(query)
  return { from, to }
}
const DEFAULT_PAGE_LIMIT = 50

/** What the caller asked for, as metering and billing take it; other query members are kept. */
export function readPage<Query extends { readonly after?: string | number; readonly limit?: number }>(
  query: Query,
): Query & { readonly limit: number } {
  return { ...query, limit: query.limit ?? DEFAULT_PAGE_LIMIT }
}

export function presentPage<Item, Presented>(
  page: { readonly items: readonly Item[]; readonly nextAfter: string | undefined },
  present: (item: Item) => Presented,
): { items: Presented[]; nextAfter: string | null } {
  return { items: page.items.map((item) => present(item)), nextAfter: page.nextAfter ?? null }
}

export function presentPeriod(period: { readonly from: number; readonly to: number }): {
  from: string
  to: string
} {
  return { from: formatInstant(period.from), to: formatInstant(period.to) }
}

export function presentInstant(at: number | undefined): string | null {
  return at === undefined ? null : formatInstant(at)
}

/** @throws AppError `instant_invalid` with the member's pointer, for example for 30 February. */
export function readInstant(text: string, pointer: string): number {
  const at = parseInstant(text)
  if (at === undefined) {
    const detail = 'Write the instant like "2026-11-22T07:12:03Z".'
    throw coreErrors.instant_invalid(detail, { issues: [{ detail, pointer }] })
  }
  return at
}
