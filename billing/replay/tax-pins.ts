/** What the tax of an invoice was computed from besides its lines, as JSON. `format…` and `parse…` are inverses. */
import { ratingErrors } from '../rating/errors.ts'
import { JsonCheck } from '../rating/json-check.ts'
import type { Taxation, TaxInput, TaxRate, TaxResult } from '../tax/tax-types.ts'

export type TaxPins = Pick<TaxInput, 'prices' | 'date' | 'taxation' | 'table'>

type TaxRateJson = {
  readonly [Member in keyof TaxRate]: TaxRate[Member] extends string ? string : string | null
}
export type TaxPinsJson = Omit<TaxPins, 'table'> & { readonly table: readonly TaxRateJson[] }

/** Of the table only the rows that the result rests on. */
export function taxPinsOf({ prices, date, taxation, table }: TaxPins, { groups }: TaxResult): TaxPins {
  const used = new Set(
    groups.flatMap(({ explanation }) =>
      explanation.categories.flatMap(({ basis }) => (basis.kind === 'rate' ? [basis.rateId] : [])),
    ),
  )
  return { prices, date, taxation, table: table.filter(({ id }) => used.has(id)) }
}

export function formatTaxPins({ prices, date, taxation, table }: TaxPins): TaxPinsJson {
  return {
    prices,
    date,
    taxation,
    table: table.map(({ id, place, category, percent, kind, code, note = null, from, to = null }) => {
      return { id, place, category, percent, kind, code, note, from, to }
    }),
  }
}

/** @throws AppError `rating_input_invalid` */
export function parseTaxPins(json: unknown): TaxPins {
  const check = new JsonCheck()
  const members = check.object(json, '/tax', ['prices', 'date', 'taxation', 'table'])
  const pins = {
    prices: check.oneOf(members['prices'], '/tax/prices', ['net', 'gross']),
    date: check.text(members['date'], '/tax/date'),
    taxation: readTaxation(check, members['taxation']),
    table: check.list(members['table'], '/tax/table', (rate, at) => readRate(check, rate, at)),
  }
  const summary = check.summary()
  if (summary === undefined) return pins
  throw ratingErrors.rating_input_invalid(`Correct the inputs of the invoice. ${summary}`, {
    issues: check.issues,
  })
}

function readTaxation(check: JsonCheck, json: unknown): Taxation {
  const members = check.object(json, '/tax/taxation', ['place', 'treatment'])
  const treatment = check.object(members['treatment'], '/tax/taxation/treatment', ['kind'], ['reason'])
  const at = '/tax/taxation/treatment'
  const kind = check.oneOf(treatment['kind'], `${at}/kind`, ['rates', 'reverse_charge', 'exempt'])
  return {
    place: check.text(members['place'], '/tax/taxation/place'),
    treatment:
      kind === 'exempt'
        ? { kind, reason: readNote(check, treatment['reason'], `${at}/reason`) ?? '' }
        : { kind },
  }
}

function readRate(check: JsonCheck, json: unknown, pointer: string): TaxRate {
  const names = ['id', 'place', 'category', 'percent', 'kind', 'code', 'note', 'from', 'to']
  const members = check.object(json, pointer, names)
  const textOf = (name: string) => check.text(members[name], `${pointer}/${name}`)
  const { to, note } = members
  return {
    id: textOf('id'),
    place: textOf('place'),
    category: textOf('category'),
    percent: textOf('percent'),
    kind: check.oneOf(members['kind'], `${pointer}/kind`, ['standard', 'reduced', 'zero', 'exempt']),
    code: check.oneOf(members['code'], `${pointer}/code`, ['S', 'Z', 'E', 'AE', 'O', 'G']),
    note: readNote(check, note, `${pointer}/note`),
    from: textOf('from'),
    to: to === null ? undefined : textOf('to'),
  }
}

/** A sentence may be longer than a name. */
function readNote(check: JsonCheck, json: unknown, pointer: string): string | undefined {
  if (json === null || json === undefined) return undefined
  if (typeof json === 'string') return json
  check.refuse(pointer, 'Write a text here.')
  return undefined
}
