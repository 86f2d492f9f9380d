/** What is asked of a preview, and the bill that comes out beside the one under the tariff in force. */
import { Type, type Static } from 'typebox'

import type { BillChoice, BillDifference, BillPreview, TariffChoice } from '../../billing/index.ts'
import { moneyOf, moneyToDecimal, type InputIssue, type TariffId } from '../../core/index.ts'
import { apiErrors } from '../errors.ts'
import { closedObject, component, GeneratedIdText, nullable, readInstant } from '../schema-parts.ts'
import { LiveBillComponent, presentLiveBill } from './ledger-schemas.ts'
import { AmountMajor, AmountMinor, Currency } from './line-schemas.ts'

const at = (description: string) => Type.Optional(Type.String({ format: 'date-time', description }))

export const PreviewBody = closedObject(
  {
    contractId: GeneratedIdText,
    at: at('Any instant in the period; the one that usage just before the cutoff falls in if left out'),
    from: at('With `to` instead of `at`: exactly one of the contract’s periods'),
    to: at('Exclusive'),
    cutoffAt: at('Only usage before this instant; now, or the end of the period if that has come'),
    tariff: Type.Optional(
      closedObject(
        {
          tariffId: Type.Optional(GeneratedIdText),
          versionId: Type.Optional(
            Type.String({
              pattern: '^[0-9a-f]{64}$',
              description: 'Only this version, whatever its dates; with `tariffId`',
            }),
          ),
          document: Type.Optional(
            Type.Unsafe<Readonly<Record<string, unknown>>>({
              type: 'object',
              additionalProperties: true,
              description: 'A tariff document, instead of `tariffId`. Not for a customer',
            }),
          ),
          from: at('Until then the tariff in force prices; the start of the contract if left out'),
        },
        { description: 'The one in force if left out' },
      ),
    ),
  },
  {
    examples: [
      {
        contractId: 'con_1',
        tariff: {
          document: {
            currency: 'EUR',
            items: [{ type: 'flat', id: 'base', description: 'Base fee', price: '9.90' }],
          },
        },
      },
    ],
  },
)

const comparedMembers = {
  amount: AmountMajor,
  amountMinor: AmountMinor,
  inForce: AmountMajor,
  inForceMinor: AmountMinor,
  difference: AmountMajor,
  differenceMinor: AmountMinor,
}

export const BillPreviewComponent = component('BillPreview', {
  ...LiveBillComponent.schema.properties,
  difference: nullable(
    closedObject(
      {
        currency: Currency,
        items: Type.Array(
          closedObject({ itemId: Type.String(), description: Type.String(), ...comparedMembers }),
        ),
        ...comparedMembers,
      },
      {
        description:
          'To the bill under the tariff in force at the same cutoff: each item’s lines together, and all lines together',
      },
    ),
  ),
  notCompared: nullable(
    closedObject(
      {
        code: Type.String({ description: 'Has a page under /problems' }),
        detail: Type.String({ description: 'What to do' }),
      },
      { description: 'Why there is no difference' },
    ),
  ),
})

/** @throws AppError `instant_invalid`, `request_invalid` for members that exclude each other */
export function readBillChoice(body: Static<typeof PreviewBody>): BillChoice {
  const { from, to, cutoffAt, tariff } = body
  refuse([
    ...((from === undefined) === (to === undefined)
      ? []
      : [{ pointer: '/to', detail: 'Give both from and to, or neither.' }]),
    ...(body.at !== undefined && from !== undefined
      ? [{ pointer: '/at', detail: 'Give at, or from and to.' }]
      : []),
  ])
  return {
    ...(body.at !== undefined && { at: readInstant(body.at, '/at') }),
    ...(from !== undefined &&
      to !== undefined && { period: { from: readInstant(from, '/from'), to: readInstant(to, '/to') } }),
    ...(cutoffAt !== undefined && { cutoffAt: readInstant(cutoffAt, '/cutoffAt') }),
    ...(tariff !== undefined && { tariff: readTariffChoice(tariff) }),
  }
}

function readTariffChoice({
  tariffId,
  versionId,
  document,
  from,
}: NonNullable<Static<typeof PreviewBody>['tariff']>): TariffChoice {
  const since = from === undefined ? {} : { from: readInstant(from, '/tariff/from') }
  if (document !== undefined && tariffId === undefined && versionId === undefined) {
    return { document, ...since }
  }
  if (tariffId === undefined || document !== undefined) {
    refuse([{ pointer: '/tariff', detail: 'Give either tariffId, with versionId if you like, or document.' }])
  }
  return { tariffId: tariffId as TariffId, ...(versionId !== undefined && { versionId }), ...since }
}

function refuse(issues: readonly InputIssue[]): void {
  const [first] = issues
  if (first !== undefined) throw apiErrors.request_invalid(first.detail, { issues })
}

export function presentPreview({
  difference,
  ...bill
}: BillPreview): Static<typeof BillPreviewComponent.schema> {
  const isCompared = 'items' in difference
  return {
    ...presentLiveBill(bill),
    difference: isCompared ? presentDifference(difference) : null,
    notCompared: isCompared ? null : difference.problem,
  }
}

function presentDifference({ currency, items, ...sums }: BillDifference) {
  type Compared = Pick<BillDifference, 'amountMinor' | 'inForceMinor' | 'differenceMinor'>
  const majorOf = (minor: bigint) => moneyToDecimal(moneyOf(minor, currency))
  const present = ({ amountMinor, inForceMinor, differenceMinor }: Compared) => ({
    amount: majorOf(amountMinor),
    amountMinor: amountMinor.toString(),
    inForce: majorOf(inForceMinor),
    inForceMinor: inForceMinor.toString(),
    difference: majorOf(differenceMinor),
    differenceMinor: differenceMinor.toString(),
  })
  return {
    currency,
    items: items.map(({ itemId, description, ...compared }) => ({
      itemId,
      description,
      ...present(compared),
    })),
    ...present(sums),
  }
}
