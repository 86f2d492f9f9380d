/**
 * Everything that an issued invoice was computed from, as one JSON document: what `rate` was given for the period and for each
 * period whose fees were charged in advance, and what its tax was decided by. Tariff documents are named by their ids, which are
 * their hashes. `format…` and `parse…` are inverses.
 *
 * `formatVersion` is of this JSON, `ratingVersion` of the computation. A change of rating that would change a line of an invoice
 * that exists gets a new number and keeps the old way beside it (`replay-inputs.ts`).
 */
import { JsonCheck } from '../rating/json-check.ts'
import { ratingErrors } from '../rating/errors.ts'
import { formatRatingInput, parseRatingInput, type RatingInputJson } from '../rating/rating-json.ts'
import type { RatingInput } from '../rating/rating-types.ts'
import { formatTaxPins, parseTaxPins, type TaxPins, type TaxPinsJson } from './tax-pins.ts'

export const FORMAT_VERSION = 1
const RATING_VERSION = 1

export type InvoiceInputs = {
  readonly ratingVersion: number
  readonly ratings: readonly RatingInput[]
  /** Absent where no tax was computed. */
  readonly tax: TaxPins | undefined
}

type NamedVersionJson = { readonly id: string; readonly from: string; readonly to: string }
export type InvoiceInputsJson = {
  readonly formatVersion: typeof FORMAT_VERSION
  readonly ratingVersion: number
  readonly ratings: readonly {
    readonly versions: readonly NamedVersionJson[]
    readonly usage: RatingInputJson['usage']
  }[]
  readonly tax: TaxPinsJson | null
}

/** Documents of tariff versions by id. */
export type VersionDocuments = ReadonlyMap<string, unknown>

/** Of an invoice that is rated now. */
export function formatInvoiceInputs({
  ratings,
  tax,
}: Omit<InvoiceInputs, 'ratingVersion'>): InvoiceInputsJson {
  return {
    formatVersion: FORMAT_VERSION,
    ratingVersion: RATING_VERSION,
    ratings: ratings.map((input) => {
      const { tariff, usage } = formatRatingInput(input)
      return { versions: tariff.versions.map(({ id, from, to }) => ({ id, from, to })), usage }
    }),
    tax: tax === undefined ? null : formatTaxPins(tax),
  }
}

/** The ids of the tariff versions that the inputs name, each once. @throws AppError `rating_input_invalid` */
export function versionIdsOf(json: unknown): readonly string[] {
  const { ratings } = readForm(json)
  return [...new Set(ratings.flatMap(({ versions }) => versions.map(({ id }) => id)))]
}

/** @throws AppError `rating_input_invalid`, `tariff_invalid`, also for a document that is missing */
export function parseInvoiceInputs(json: unknown, documents: VersionDocuments): InvoiceInputs {
  const { ratingVersion, ratings, tax } = readForm(json)
  return {
    ratingVersion,
    ratings: ratings.map(({ versions, usage }) => {
      const dated = versions.map((version) => ({ ...version, document: documents.get(version.id) }))
      return parseRatingInput({ versions: dated }, usage)
    }),
    tax: tax === null ? undefined : parseTaxPins(tax),
  }
}

type Form = Pick<InvoiceInputs, 'ratingVersion'> & {
  readonly ratings: readonly { readonly versions: readonly NamedVersionJson[]; readonly usage: unknown }[]
  readonly tax: unknown
}

function readForm(json: unknown): Form {
  const check = new JsonCheck()
  const members = check.object(json ?? null, '', ['formatVersion', 'ratingVersion', 'ratings', 'tax'])
  if (members['formatVersion'] !== FORMAT_VERSION) {
    check.refuse('/formatVersion', `Read these inputs with a program that knows their format.`)
  }
  const form = {
    ratingVersion: check.count(members['ratingVersion'], '/ratingVersion', 1),
    ratings: check.list(members['ratings'], '/ratings', (rating, at) => {
      const { versions, usage } = check.object(rating, at, ['versions', 'usage'])
      return {
        versions: check.list(versions, `${at}/versions`, (each, to) => readVersion(check, each, to)),
        usage,
      }
    }),
    tax: members['tax'] ?? null,
  }
  const summary = check.summary()
  if (summary === undefined) return form
  throw ratingErrors.rating_input_invalid(`Correct the inputs of the invoice. ${summary}`, {
    issues: check.issues,
  })
}

/** The instants are read with the rest of the rating's input. */
function readVersion(check: JsonCheck, json: unknown, pointer: string): NamedVersionJson {
  const members = check.object(json, pointer, ['id', 'from', 'to'])
  const textOf = (name: string) => check.text(members[name], `${pointer}/${name}`)
  return { id: textOf('id'), from: textOf('from'), to: textOf('to') }
}
