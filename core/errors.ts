/**
 * The error taxonomy: every failure a caller may branch on has a stable code, a fixed title and a kind.
 *
 * A domain declares its errors once, in its own `errors.ts`, with `declareErrors`. Codes are API: they are sent to
 * people and devices and are never renamed. `InvariantError` stands apart: it means our own reasoning was wrong, so
 * it is never mapped, retried or swallowed.
 */

export type ErrorKind =
  | 'validation'
  | 'not_found'
  | 'conflict'
  | 'precondition'
  | 'unauthenticated'
  | 'forbidden'
  | 'rate_limited'
  | 'dependency'

export type ErrorDeclaration = { readonly kind: ErrorKind; readonly title: string }

export type InputIssue = {
  /** One sentence that says what to do. */
  readonly detail: string
  /** JSON pointer (RFC 6901) to the offending member; "" is the whole document. */
  readonly pointer: string
}

export type ErrorOptions = {
  readonly cause?: unknown
  /** Ids that help whoever reads the log; never payloads or secrets. */
  readonly meta?: Readonly<Record<string, string | number>>
  readonly issues?: readonly InputIssue[]
}

export class AppError extends Error {
  readonly code: string
  readonly kind: ErrorKind
  readonly title: string
  readonly meta: Readonly<Record<string, string | number>>
  readonly issues: readonly InputIssue[]

  constructor(code: string, declaration: ErrorDeclaration, detail: string, options: ErrorOptions = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'AppError'
    this.code = code
    this.kind = declaration.kind
    this.title = declaration.title
    this.meta = options.meta ?? {}
    this.issues = options.issues ?? []
  }
}

/** A state that our own code must never reach. Log it as fatal and stop that unit of work. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError'
}

export function assertInvariant(condition: boolean, sentence: string): asserts condition {
  if (!condition) throw new InvariantError(sentence)
}

export type ErrorCatalogue<Declarations extends Readonly<Record<string, ErrorDeclaration>>> = {
  readonly declarations: Declarations
} & { readonly [Code in keyof Declarations]: (detail: string, options?: ErrorOptions) => AppError }

/** Turns a table of declarations into one constructor per code: `throw billingErrors.tariff_invalid('…')`. */
export function declareErrors<const Declarations extends Readonly<Record<string, ErrorDeclaration>>>(
  declarations: Declarations,
): ErrorCatalogue<Declarations> {
  const constructors = Object.entries(declarations).map(([code, declaration]) => [
    code,
    (detail: string, options?: ErrorOptions) => new AppError(code, declaration, detail, options),
  ])
  return { declarations, ...Object.fromEntries(constructors) } as ErrorCatalogue<Declarations>
}

/** The errors that `core/` itself throws. */
export const coreErrors = declareErrors({
  decimal_invalid: { kind: 'validation', title: 'Not an exact decimal number' },
  currency_unsupported: { kind: 'validation', title: 'Currency is not supported' },
  currency_mismatch: { kind: 'validation', title: 'Amounts in different currencies cannot be combined' },
  time_zone_unknown: { kind: 'validation', title: 'Unknown time zone' },
  instant_invalid: { kind: 'validation', title: 'Not an instant' },
  civil_date_invalid: { kind: 'validation', title: 'Not a calendar date' },
  id_invalid: { kind: 'validation', title: 'Not a valid identifier' },
  cursor_invalid: { kind: 'validation', title: 'The page cursor is not one that was given out' },
  etag_stale: { kind: 'precondition', title: 'What you want to change was changed meanwhile' },
})
