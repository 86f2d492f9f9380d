/**
 * Strict reading of parameters: each endpoint names the ones it takes, and anything else is refused with
 * `parameter_unknown`, as Stripe does. A parameter that Stripe has and this stand-in has not is refused too, so that
 * nobody believes it took effect.
 */
import { MAX_PRICE_DECIMALS, Rational } from '../core/index.ts'
import type { FormTree } from './form-decoding.ts'
import { invalidRequest } from './stripe-failure.ts'

export type Reader<T> = (given: FormTree | string, name: string) => T
export type Readers = Readonly<Record<string, Reader<unknown>>>
/** For `satisfies`: each parameter is one of the SDK's, none of our own making. */
export type ReadersOf<Params> = { readonly [Name in keyof Params]?: Reader<unknown> }
export type Parameters<R extends Readers> = { readonly [Name in keyof R]?: ReturnType<R[Name]> }

/** @throws StripeFailure 400 `parameter_unknown`, `parameter_missing` or `parameter_invalid…` */
export function readParameters<R extends Readers, Required extends keyof R & string = never>(
  form: FormTree,
  readers: R,
  required: readonly Required[] = [],
  parent?: string,
): Parameters<R> & { readonly [Name in Required]: ReturnType<R[Name]> } {
  const fullName = (name: string) => (parent === undefined ? name : `${parent}[${name}]`)
  for (const name of required) {
    if (form[name] === undefined) {
      throw invalidRequest(`Missing required param: ${fullName(name)}.`, 'parameter_missing', fullName(name))
    }
  }
  const read: Record<string, unknown> = {}
  for (const [name, given] of Object.entries(form)) {
    const reader = Object.hasOwn(readers, name) ? readers[name] : undefined
    if (reader === undefined) {
      throw invalidRequest(
        `Received unknown parameter: ${fullName(name)}`,
        'parameter_unknown',
        fullName(name),
      )
    }
    read[name] = reader(given, fullName(name))
  }
  return read as Parameters<R> & { readonly [Name in Required]: ReturnType<R[Name]> }
}

export function text(maxLength: number): Reader<string> {
  return (given, name) => {
    if (typeof given !== 'string') throw invalidRequest(`Invalid string: ${name}`, 'parameter_invalid', name)
    if (given === '') {
      throw invalidRequest(`You passed an empty string for '${name}'.`, 'parameter_invalid_empty', name)
    }
    if (given.length > maxLength) {
      throw invalidRequest(`${name} must be ${maxLength} characters or less.`, 'parameter_invalid', name)
    }
    return given
  }
}

export function oneOf<const Words extends readonly string[]>(words: Words): Reader<Words[number]> {
  return (given, name) => {
    const word = words.find((candidate) => candidate === given)
    if (word === undefined) {
      throw invalidRequest(`Invalid ${name}: must be one of ${words.join(', ')}`, 'parameter_invalid', name)
    }
    return word
  }
}

export const truth: Reader<boolean> = (given, name) => oneOf(['true', 'false'])(given, name) === 'true'

/** A whole number whose size a JSON number carries exactly. */
export const integer: Reader<number> = (given, name) => {
  if (
    typeof given !== 'string' ||
    !/^-?(?:0|[1-9]\d*)$/.test(given) ||
    !Number.isSafeInteger(Number(given))
  ) {
    throw invalidRequest(`Invalid integer: ${name}`, 'parameter_invalid_integer', name)
  }
  return Number(given)
}

/** Of at most twelve decimals, exact. */
export const decimal: Reader<Rational> = (given, name) => {
  const match = typeof given === 'string' ? /^-?(?:0|[1-9]\d{0,29})(?:\.(\d+))?$/.exec(given) : null
  if (match === null) throw invalidRequest(`Invalid decimal: ${name}`, 'parameter_invalid', name)
  if ((match[1] ?? '').length > MAX_PRICE_DECIMALS) {
    throw invalidRequest(
      `Invalid decimal: ${match[0]}; must contain at maximum ${MAX_PRICE_DECIMALS} decimal places.`,
      'parameter_invalid',
      name,
    )
  }
  return Rational.parseDecimal(match[0])
}

/** At most 50 pairs, names up to 40 and contents up to 500 characters; an empty content takes a pair away, `''` all of them. */
export const metadata: Reader<MetadataPatch> = (given, name) => {
  if (given === '') return ''
  const pairs = typeof given === 'string' ? [] : Object.entries(given)
  if (typeof given === 'string' || pairs.length > 50) {
    throw invalidRequest(`Invalid metadata: ${name}`, 'parameter_invalid', name)
  }
  return Object.fromEntries(
    pairs.map(([key, content]) => {
      if (key.length > 40) {
        throw invalidRequest('Metadata keys have at most 40 characters', 'parameter_invalid', name)
      }
      return [key, content === '' ? '' : text(500)(content, `${name}[${key}]`)]
    }),
  )
}

export type MetadataPatch = Readonly<Record<string, string>> | ''

export function patchMetadata(
  before: Readonly<Record<string, string>> | null,
  patch: MetadataPatch | undefined,
): Record<string, string> {
  if (patch === '') return {}
  return Object.fromEntries(Object.entries({ ...before, ...patch }).filter(([, content]) => content !== ''))
}

/** An empty string takes the content away. */
export function emptyable<T>(reader: Reader<T>): Reader<T | null> {
  return (given, name) => (given === '' ? null : reader(given, name))
}

/** Those of ISO 4217, some more than Stripe has. */
const currencies = new Set(Intl.supportedValuesOf('currency').map((code) => code.toLowerCase()))

export const currency: Reader<string> = (given, name) => {
  const code = text(3)(given, name).toLowerCase()
  if (!currencies.has(code)) throw invalidRequest(`Invalid currency: ${code}`, 'parameter_invalid', name)
  return code
}

/** A percentage with at most four decimals, as a tax rate shows it. */
export const percentage: Reader<number> = (given, name) => {
  if (typeof given !== 'string' || !/^(?:100|\d{1,2})(?:\.\d{1,4})?$/.test(given) || Number(given) > 100) {
    throw invalidRequest(`Invalid decimal: ${name} must be between 0 and 100`, 'parameter_invalid', name)
  }
  return Number(given)
}

export function object<R extends Readers, Required extends keyof R & string = never>(
  readers: R,
  required: readonly Required[] = [],
): Reader<Parameters<R> & { readonly [Name in Required]: ReturnType<R[Name]> }> {
  return (given, name) => {
    if (typeof given === 'string') throw invalidRequest(`Invalid object: ${name}`, 'parameter_invalid', name)
    return readParameters(given, readers, required, name)
  }
}

/** A list written with the indices 0, 1, 2 and so on. */
export function list<T>(item: Reader<T>): Reader<readonly T[]> {
  return (given, name) => {
    if (typeof given === 'string') throw invalidRequest(`Invalid array: ${name}`, 'parameter_invalid', name)
    return Object.keys(given).map((_, index) => {
      const member = given[String(index)]
      if (member === undefined) throw invalidRequest(`Invalid array: ${name}`, 'parameter_invalid', name)
      return item(member, `${name}[${index}]`)
    })
  }
}

/** `created=5`, or `created[gte]=5` and its siblings. */
export const range: Reader<(second: number) => boolean> = (given, name) => {
  if (typeof given === 'string') {
    const wanted = integer(given, name)
    return (second) => second === wanted
  }
  const bounds = readParameters(given, { gt: integer, gte: integer, lt: integer, lte: integer }, [], name)
  return (second) =>
    (bounds.gt === undefined || second > bounds.gt) &&
    (bounds.gte === undefined || second >= bounds.gte) &&
    (bounds.lt === undefined || second < bounds.lt) &&
    (bounds.lte === undefined || second <= bounds.lte)
}

export const idText = text(255)

export const webUrl: Reader<string> = (given, name) => {
  const address = text(2048)(given, name)
  if (!/^https?:\/\//.test(address) || !URL.canParse(address)) {
    throw invalidRequest(
      'Invalid URL: An explicit scheme (such as https) must be provided.',
      'url_invalid',
      name,
    )
  }
  return address
}

export const address = object({
  city: emptyable(text(200)),
  country: emptyable(text(2)),
  line1: emptyable(text(500)),
  line2: emptyable(text(500)),
  postal_code: emptyable(text(50)),
  state: emptyable(text(200)),
})
