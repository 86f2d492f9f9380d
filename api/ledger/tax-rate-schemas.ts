/** Tax rates as the API takes and shows them: dated rows that are added and ended, never changed. */
import { Type, type Static } from 'typebox'

import { taxRateSorts, type StoredTaxRate } from '../../billing/index.ts'
import { formatInstant } from '../../core/index.ts'
import { closedObject, component, Instant, listQuery, nullable, pageComponent } from '../schema-parts.ts'

export const TAX_PLACE_PATTERN = '^[A-Z]{2}(-[A-Z0-9]{1,3})?$'

const TaxPlaceText = Type.String({
  pattern: TAX_PLACE_PATTERN,
  description: 'ISO 3166: a country, "DE", or a part of one, "ES-CN"',
})
const Category = Type.String({
  pattern: '^[a-z0-9][a-z0-9_-]{0,63}$',
  description: 'What items of a tariff name as `taxCategory`; "standard" if they name none',
})
const Percent = Type.String({
  pattern: '^(0|[1-9][0-9]{0,2})([.][0-9]{1,4})?$',
  description: 'An exact decimal: "19", "8.1"',
})
const Kind = Type.Enum(['standard', 'reduced', 'zero', 'exempt'])
const Code = Type.Enum(['S', 'Z', 'E', 'AE', 'O', 'G'], { description: 'The category code of EN 16931' })
const Note = Type.String({
  minLength: 1,
  maxLength: 200,
  description: 'What the invoice says about it, such as why no tax is due',
})
const Day = Type.String({ format: 'date' })
const To = Type.String({ format: 'date', description: 'The day after the last one' })

export const TaxRateComponent = component('TaxRate', {
  id: Type.String(),
  place: TaxPlaceText,
  category: Category,
  percent: Percent,
  kind: Kind,
  code: Code,
  note: nullable(Note),
  from: Day,
  to: nullable(To),
  usedUntil: nullable(
    Type.String({ format: 'date', description: 'The last day that an issued invoice was taxed for by it' }),
  ),
  createdAt: Instant,
})
export const TaxRatePageComponent = pageComponent('TaxRatePage', TaxRateComponent)

export const AddTaxRateBody = closedObject(
  {
    place: TaxPlaceText,
    category: Category,
    percent: Percent,
    kind: Kind,
    code: Type.Optional({ ...Code, description: 'S, Z or E by kind if left out' }),
    note: Type.Optional({ ...Note, description: 'Needed for what is exempt: the invoice has to say why' }),
    from: Day,
  },
  { examples: [{ place: 'DE', category: 'standard', percent: '19', kind: 'standard', from: '2021-01-01' }] },
)
export const EndTaxRateBody = closedObject({ to: To }, { examples: [{ to: '2027-01-01' }] })
export const TaxRateQuery = listQuery(taxRateSorts, {
  place: Type.Optional(TaxPlaceText),
  category: Type.Optional(Category),
})

export const taxRateComponents = [TaxRateComponent, TaxRatePageComponent]

export function presentTaxRate(rate: StoredTaxRate): Static<typeof TaxRateComponent.schema> {
  const { id, place, category, percent, kind, code, note, from, to, usedUntil, createdAt } = rate
  return {
    id,
    place,
    category,
    percent,
    kind,
    code,
    note: note ?? null,
    from,
    to: to ?? null,
    usedUntil: usedUntil ?? null,
    createdAt: formatInstant(createdAt),
  }
}
