/**
 * Everything that an issued invoice was computed from, as one JSON document: what `rate` was given for the period and for each
 * period whose fees were charged in advance, and what its tax was decided by. Tariff documents are named by their ids, which are
 * their hashes. `format…` and `parse…` are inverses.
 *
 * `formatVersion` is of this JSON, `ratingVersion` of the computation. A change of rating that would change a line of an invoice
 * that exists gets a new number and keeps the old way beside it (`replay-inputs.ts`).
 */
import type { InvoiceId } from '../../core/index.ts'
import type { CorrectionInputs } from '../invoices/correction-lines.ts'
import { JsonCheck } from '../rating/json-check.ts'
import { ratingErrors } from '../rating/errors.ts'
import {
  formatLine,
  formatRatingInput,
  parseLine,
  parseRatingInput,
  type RatedLineJson,
  type RatingInputJson,
} from '../rating/rating-json.ts'
import type { RatedLine, RatingInput } from '../rating/rating-types.ts'
import { formatTaxPins, parseTaxPins, type TaxPins, type TaxPinsJson } from './tax-pins.ts'

export const FORMAT_VERSION = 1
const RATING_VERSION = 1

export type InvoiceInputs = {
  readonly ratingVersion: number
  readonly ratings: readonly RatingInput[]
  /** Of each corrected invoice what is billed for it, and what `rate` was given for its periods. */
  readonly corrections: readonly CorrectionInputs[]
  /** Lines that a person put on the invoice. */
  readonly manualLines: readonly RatedLine[]
  /** Absent where no tax was computed. */
  readonly tax: TaxPins | undefined
}

type NamedRatingJson = {
  readonly versions: readonly NamedVersionJson[]
  readonly usage: RatingInputJson['usage']
}
type NamedVersionJson = { readonly id: string; readonly from: string; readonly to: string }
export type InvoiceInputsJson = {
  readonly formatVersion: typeof FORMAT_VERSION
  readonly ratingVersion: number
  readonly ratings: readonly NamedRatingJson[]
  /** Left out where there are none. */
  readonly corrections?: readonly {
    readonly correctsId: string
    readonly billed: readonly { readonly number: string; readonly line: RatedLineJson }[]
    readonly ratings: readonly NamedRatingJson[]
    /** Left out where all are meant. */
    readonly taxCategories?: readonly string[]
  }[]
  /** Left out where there are none. */
  readonly manualLines?: readonly RatedLineJson[]
  readonly tax: TaxPinsJson | null
}

/** Documents of tariff versions by id. */
export type VersionDocuments = ReadonlyMap<string, unknown>

/** Of an invoice that is rated now. */
export function formatInvoiceInputs({
  ratings,
  corrections,
  manualLines,
  tax,
}: Omit<InvoiceInputs, 'ratingVersion'>): InvoiceInputsJson {
  return {
    formatVersion: FORMAT_VERSION,
    ratingVersion: RATING_VERSION,
    ratings: ratings.map(formatRating),
    ...(corrections.length > 0 && {
      corrections: corrections.map(({ correctsId, billed, ratings: ratedNow, taxCategories }) => ({
        correctsId,
        billed: billed.map(({ number, line }) => ({ number, line: formatLine(line) })),
        ratings: ratedNow.map(formatRating),
        ...(taxCategories !== undefined && { taxCategories }),
      })),
    }),
    ...(manualLines.length > 0 && { manualLines: manualLines.map(formatLine) }),
    tax: tax === undefined ? null : formatTaxPins(tax),
  }
}

function formatRating(input: RatingInput): NamedRatingJson {
  const { tariff, usage } = formatRatingInput(input)
  return { versions: tariff.versions.map(({ id, from, to }) => ({ id, from, to })), usage }
}

/** The ids of the tariff versions that the inputs name, each once. @throws AppError `rating_input_invalid` */
export function versionIdsOf(json: unknown): readonly string[] {
  const { ratings, corrections } = readForm(json)
  const all = [...ratings, ...corrections.flatMap((each) => each.ratings)]
  return [...new Set(all.flatMap(({ versions }) => versions.map(({ id }) => id)))]
}

/** @throws AppError `rating_input_invalid`, `tariff_invalid`, also for a document that is missing */
export function parseInvoiceInputs(json: unknown, documents: VersionDocuments): InvoiceInputs {
  const { ratingVersion, ratings, corrections, manualLines, tax } = readForm(json)
  const parseRating = ({ versions, usage }: NamedRating): RatingInput => {
    const dated = versions.map((version) => ({ ...version, document: documents.get(version.id) }))
    return parseRatingInput({ versions: dated }, usage)
  }
  return {
    ratingVersion,
    ratings: ratings.map(parseRating),
    corrections: corrections.map(({ correctsId, billed, ratings: ratedNow, taxCategories }) => ({
      correctsId: correctsId as InvoiceId,
      billed: billed.map(({ number, line }) => ({ number, line: parseLine(line) })),
      ratings: ratedNow.map(parseRating),
      ...(taxCategories !== undefined && { taxCategories }),
    })),
    manualLines: manualLines.map(parseLine),
    tax: tax === null ? undefined : parseTaxPins(tax),
  }
}

type NamedRating = { readonly versions: readonly NamedVersionJson[]; readonly usage: unknown }
type Form = Pick<InvoiceInputs, 'ratingVersion'> & {
  readonly ratings: readonly NamedRating[]
  readonly corrections: readonly {
    readonly correctsId: string
    readonly billed: readonly { readonly number: string; readonly line: unknown }[]
    readonly ratings: readonly NamedRating[]
    readonly taxCategories: readonly string[] | undefined
  }[]
  readonly manualLines: readonly unknown[]
  readonly tax: unknown
}

function readForm(json: unknown): Form {
  const check = new JsonCheck()
  const members = check.object(
    json ?? null,
    '',
    ['formatVersion', 'ratingVersion', 'ratings', 'tax'],
    ['corrections', 'manualLines'],
  )
  if (members['formatVersion'] !== FORMAT_VERSION) {
    check.refuse('/formatVersion', `Read these inputs with a program that knows their format.`)
  }
  const form = {
    ratingVersion: check.count(members['ratingVersion'], '/ratingVersion', 1),
    ratings: check.list(members['ratings'], '/ratings', (rating, at) => readRating(check, rating, at)),
    corrections: check.list(members['corrections'] ?? [], '/corrections', (correction, at) => {
      const own = check.object(correction, at, ['correctsId', 'billed', 'ratings'], ['taxCategories'])
      return {
        correctsId: check.text(own['correctsId'], `${at}/correctsId`),
        billed: check.list(own['billed'], `${at}/billed`, (each, to) => {
          const { number, line } = check.object(each, to, ['number', 'line'])
          return { number: check.text(number, `${to}/number`), line }
        }),
        ratings: check.list(own['ratings'], `${at}/ratings`, (each, to) => readRating(check, each, to)),
        taxCategories:
          own['taxCategories'] === undefined
            ? undefined
            : check.list(own['taxCategories'], `${at}/taxCategories`, (each, to) => check.text(each, to)),
      }
    }),
    manualLines: check.list(members['manualLines'] ?? [], '/manualLines', (line) => line),
    tax: members['tax'] ?? null,
  }
  const summary = check.summary()
  if (summary === undefined) return form
  throw ratingErrors.rating_input_invalid(`Correct the inputs of the invoice. ${summary}`, {
    issues: check.issues,
  })
}

function readRating(check: JsonCheck, json: unknown, pointer: string): NamedRating {
  const { versions, usage } = check.object(json, pointer, ['versions', 'usage'])
  return {
    versions: check.list(versions, `${pointer}/versions`, (each, to) => readVersion(check, each, to)),
    usage,
  }
}

/** The instants are read with the rest of the rating's input. */
function readVersion(check: JsonCheck, json: unknown, pointer: string): NamedVersionJson {
  const members = check.object(json, pointer, ['id', 'from', 'to'])
  const textOf = (name: string) => check.text(members[name], `${pointer}/${name}`)
  return { id: textOf('id'), from: textOf('from'), to: textOf('to') }
}
