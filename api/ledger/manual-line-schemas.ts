/** Manual lines as the API takes and shows them. */
import { Type, type Static } from 'typebox'

import { manualLineSorts, type ManualLine } from '../../billing/index.ts'
import { formatInstant, moneyOf, moneyToDecimal } from '../../core/index.ts'
import {
  closedObject,
  component,
  GeneratedIdText,
  Instant,
  listQuery,
  nullable,
  pageComponent,
  presentInstant,
  withExample,
} from '../schema-parts.ts'
import { ReasonText } from './credit-note-schemas.ts'
import { AmountMajor, AmountMinor, Currency } from './line-schemas.ts'

export const ManualLineComponent = component('ManualLine', {
  id: Type.String(),
  contractId: Type.String(),
  description: Type.String(),
  amount: AmountMajor,
  amountMinor: AmountMinor,
  currency: Currency,
  taxCategory: Type.String(),
  reason: Type.String(),
  madeBy: Type.String({ description: 'The person or key, as it was called then' }),
  createdAt: Instant,
  removedAt: nullable(Instant),
  invoiceId: nullable(Type.String({ description: 'The invoice that took it; null while it is pending' })),
})
export const ManualLinePageComponent = pageComponent('ManualLinePage', ManualLineComponent)

export const manualLineComponents = [ManualLineComponent, ManualLinePageComponent]

export const ManualLineQuery = listQuery(manualLineSorts, {
  contractId: Type.Optional(GeneratedIdText),
  state: Type.Optional(Type.Enum(['pending', 'invoiced', 'removed'])),
})

export const AddManualLineBody = withExample(
  closedObject({
    description: Type.String({ minLength: 1, maxLength: 200 }),
    amountMinor: Type.String({
      pattern: '^-?[1-9][0-9]{0,14}$',
      description:
        'Before tax, or with it where the prices of the contract’s tariff hold it; negative for a reduction',
    }),
    currency: Currency,
    taxCategory: Type.String({ minLength: 1, maxLength: 64, description: 'As in tariffs: "standard"' }),
    reason: ReasonText,
  }),
  {
    description: 'Delivery',
    amountMinor: '2500',
    currency: 'EUR',
    taxCategory: 'standard',
    reason: 'Second trip to the site',
  },
)

export function presentManualLine(line: ManualLine): Static<typeof ManualLineComponent.schema> {
  const { amountMinor, createdAt, removedAt, invoiceId, ...members } = line
  return {
    ...members,
    amount: moneyToDecimal(moneyOf(amountMinor, line.currency)),
    amountMinor: amountMinor.toString(),
    createdAt: formatInstant(createdAt),
    removedAt: presentInstant(removedAt),
    invoiceId: invoiceId ?? null,
  }
}
