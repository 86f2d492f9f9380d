/** Credit notes as the API takes and shows them. What is given back is positive. */
import { Type, type Static } from 'typebox'

import { creditNoteSorts, type AskedCredit, type CreditNote } from '../../billing/index.ts'
import { moneyOf, moneyToDecimal, formatInstant } from '../../core/index.ts'
import {
  closedObject,
  component,
  GeneratedIdText,
  Instant,
  listQuery,
  nullable,
  pageComponent,
  PeriodComponent,
  presentPeriod,
  SearchText,
  spanMembers,
  withExample,
} from '../schema-parts.ts'
import { DocumentState, presentDocument } from './document-schemas.ts'
import { AmountMajor, AmountMinor, Currency } from './line-schemas.ts'

export const ReasonText = Type.String({
  minLength: 1,
  maxLength: 500,
  description: 'Kept with the document and in the audit trail',
})

const CreditNoteKindText = Type.Enum(['correction', 'goodwill', 'cancellation'], {
  description:
    '`correction`: usage that became known later, made by the billing run; `cancellation`: what was not owed; `goodwill`: what was owed and is given all the same',
})

const CreditNoteLineComponent = component('CreditNoteLine', {
  invoicePosition: nullable(
    Type.Integer({ minimum: 1, description: 'The line of the invoice that is given back, or a part of it' }),
  ),
  itemId: nullable(Type.String()),
  description: Type.String(),
  taxCategory: Type.String(),
  amount: AmountMajor,
  amountMinor: AmountMinor,
  period: nullable(PeriodComponent.ref),
})

const CreditNoteTaxComponent = component('CreditNoteTax', {
  code: Type.Enum(['S', 'Z', 'E', 'AE', 'O', 'G'], { description: 'Of EN 16931 (UNCL 5305)' }),
  percent: Type.String(),
  net: AmountMajor,
  netMinor: AmountMinor,
  tax: AmountMajor,
  taxMinor: AmountMinor,
})

export const CreditNoteComponent = component('CreditNote', {
  id: Type.String(),
  number: Type.String(),
  kind: CreditNoteKindText,
  invoiceId: Type.String(),
  invoiceNumber: Type.String(),
  customerId: Type.String(),
  reason: Type.String(),
  currency: Currency,
  prices: Type.Enum(['net', 'gross'], {
    description: 'Whether the amounts of the lines are before tax or hold it',
  }),
  lines: Type.Array(CreditNoteLineComponent.ref),
  taxes: Type.Array(CreditNoteTaxComponent.ref, { description: 'By the rates of the invoice' }),
  tax: AmountMajor,
  taxMinor: AmountMinor,
  total: AmountMajor,
  totalMinor: Type.String({ pattern: '^[1-9][0-9]*$', description: 'With tax: what is given back' }),
  issuedAt: Instant,
  document: DocumentState,
})
export const CreditNotePageComponent = pageComponent('CreditNotePage', CreditNoteComponent)

export const creditNoteComponents = [
  CreditNoteLineComponent,
  CreditNoteTaxComponent,
  CreditNoteComponent,
  CreditNotePageComponent,
]

export const CreditNoteQuery = listQuery(creditNoteSorts, {
  customerId: Type.Optional(GeneratedIdText),
  contractId: Type.Optional(GeneratedIdText),
  invoiceId: Type.Optional(GeneratedIdText),
  kind: Type.Optional(CreditNoteKindText),
  text: SearchText('Part of its number or of the invoice’s, or its id'),
  ...spanMembers,
})

const GivenMinor = Type.String({ pattern: '^-?[1-9][0-9]{0,15}$', description: 'Minor units: "490"' })

export const CreditInvoiceBody = withExample(
  closedObject({
    kind: Type.Enum(['goodwill', 'cancellation']),
    reason: ReasonText,
    credit: Type.Union([
      closedObject({ whole: Type.Literal(true) }, { description: 'All that is left of the invoice' }),
      closedObject(
        { amountMinor: Type.String({ pattern: '^[1-9][0-9]{0,15}$', description: 'With tax' }) },
        { description: 'An amount, spread over the rates of tax in proportion' },
      ),
      closedObject({
        lines: Type.Array(
          closedObject({
            position: Type.Integer({ minimum: 1, description: 'Of the invoice’s line; the first is 1' }),
            amountMinor: Type.Optional(GivenMinor),
          }),
          {
            minItems: 1,
            maxItems: 500,
            description:
              'Lines, each in the terms of its amount; what is left of it unless an amount is given',
          },
        ),
      }),
    ]),
  }),
  {
    kind: 'goodwill',
    reason: 'The drill stood still for two days',
    credit: { lines: [{ position: 1, amountMinor: '100' }] },
  },
)

export const DecideBody = withExample(closedObject({ reason: ReasonText }), {
  reason: 'Made out to the wrong site',
})

export function readCredit(credit: Static<typeof CreditInvoiceBody>['credit']): AskedCredit {
  if ('whole' in credit) return { whole: true }
  if ('amountMinor' in credit) return { amountMinor: BigInt(credit.amountMinor) }
  return {
    lines: credit.lines.map(({ position, amountMinor }) => ({
      position,
      ...(amountMinor !== undefined && { amountMinor: BigInt(amountMinor) }),
    })),
  }
}

export function presentCreditNote(note: CreditNote): Static<typeof CreditNoteComponent.schema> {
  const major = (amountMinor: bigint) => moneyToDecimal(moneyOf(amountMinor, note.currency))
  return {
    id: note.id,
    number: note.number,
    kind: note.kind,
    invoiceId: note.invoiceId,
    invoiceNumber: note.invoiceNumber,
    customerId: note.customerId,
    reason: note.reason,
    currency: note.currency,
    prices: note.prices,
    lines: note.lines.map((line) => ({
      invoicePosition: line.invoicePosition ?? null,
      itemId: line.itemId ?? null,
      description: line.description,
      taxCategory: line.taxCategory,
      amount: major(line.amountMinor),
      amountMinor: line.amountMinor.toString(),
      period: line.period === undefined ? null : presentPeriod(line.period),
    })),
    taxes: note.taxes.map(({ code, percent, netMinor, taxMinor }) => ({
      code,
      percent,
      net: major(netMinor),
      netMinor: netMinor.toString(),
      tax: major(taxMinor),
      taxMinor: taxMinor.toString(),
    })),
    tax: major(note.taxMinor),
    taxMinor: note.taxMinor.toString(),
    total: major(note.totalMinor),
    totalMinor: note.totalMinor.toString(),
    issuedAt: formatInstant(note.issuedAt),
    document: presentDocument(note.document),
  }
}
