/** Random invoices and random credits on them, beside a plain model: what was charged, less what was given back. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { AppError, getCurrency, type CurrencyCode, type InvoiceId } from '../../core/index.ts'
import { taxLines } from '../tax/tax-lines.ts'
import { composeCredit, rateOf } from './compose-credit.ts'
import type { AskedCredit, Creditable } from './credit-note-types.ts'

const categories = ['standard', 'reduced', 'zero'] as const
const percents = { standard: '19', reduced: '7', zero: '0' }
const table = categories.map((category) => ({
  id: category,
  place: 'DE',
  category,
  percent: percents[category],
  kind: category,
  code: category === 'zero' ? ('Z' as const) : ('S' as const),
  note: undefined,
  from: '2020-01-01',
  to: undefined,
}))

const invoices = fc
  .record({
    code: fc.constantFrom('EUR', 'KWD', 'JPY'),
    prices: fc.constantFrom('net' as const, 'gross' as const),
    lines: fc.array(
      fc.record({
        taxCategory: fc.constantFrom(...categories),
        steps: fc.bigInt({ min: -300n, max: 2_000n }),
      }),
      { minLength: 1, maxLength: 6 },
    ),
  })
  .map(({ code, prices, lines }) => {
    const { code: currency, settlementStep } = getCurrency(code)
    return anInvoice(
      currency,
      prices,
      lines.map(({ taxCategory, steps }) => ({ taxCategory, amountMinor: steps * settlementStep })),
    )
  })

function anInvoice(
  currency: CurrencyCode,
  prices: 'net' | 'gross',
  lines: readonly { readonly taxCategory: string; readonly amountMinor: bigint }[],
): Creditable {
  const taxable = lines.map((line) => ({ ...line, currency }))
  const taxation = { place: 'DE', treatment: { kind: 'rates' as const } }
  const tax = taxLines({ lines: taxable, currency, prices, date: '2026-10-31', taxation, table })
  return {
    invoiceId: 'inv_1' as InvoiceId,
    number: 'ACME-000001',
    currency,
    prices,
    rates: tax.groups.map(({ code, percent, netMinor, taxMinor, explanation }) => ({
      rate: { code, percent },
      categories: explanation.categories.map(({ category }) => category),
      charged: { netMinor, taxMinor },
      credited: { netMinor: 0n, taxMinor: 0n },
    })),
    lines: lines.map(({ taxCategory, amountMinor }, index) => ({
      position: index + 1,
      itemId: 'item',
      description: 'Item',
      taxCategory,
      period: undefined,
      chargedMinor: amountMinor,
      creditedMinor: 0n,
    })),
    restMinor: tax.grossMinor,
  }
}

/** As reading the ledger again after the credit note would give it. */
function afterCredit(invoice: Creditable, asked: AskedCredit): Creditable {
  const note = composeCredit(invoice, asked, () => 'Credit')
  expect(note.totalMinor > 0n).toBe(true)
  const lineSum = note.lines.reduce((sum, line) => sum + line.amountMinor, 0n)
  expect(lineSum).toBe(note.totalMinor - (invoice.prices === 'net' ? note.taxMinor : 0n))
  return {
    ...invoice,
    rates: invoice.rates.map((rate) => {
      const own = note.taxes.filter(
        (tax) => tax.code === rate.rate?.code && tax.percent === rate.rate.percent,
      )
      return {
        ...rate,
        credited: own.reduce(
          (sum, tax) => ({
            netMinor: sum.netMinor + tax.netMinor,
            taxMinor: sum.taxMinor + tax.taxMinor,
          }),
          rate.credited,
        ),
      }
    }),
    lines: invoice.lines.map((line) => ({
      ...line,
      creditedMinor: note.lines
        .filter(({ invoicePosition }) => invoicePosition === line.position)
        .reduce((sum, { amountMinor }) => sum + amountMinor, line.creditedMinor),
    })),
    restMinor: invoice.restMinor - note.totalMinor,
  }
}

const wishes = fc.array(
  fc.record({
    kind: fc.constantFrom('amount', 'line', 'part', 'own'),
    pick: fc.nat(),
    share: fc.bigInt({ min: 1n, max: 99n }),
  }),
  { maxLength: 8 },
)
type Wish = { readonly kind: string; readonly pick: number; readonly share: bigint }

function toAsked(invoice: Creditable, { kind, pick, share }: Wish): AskedCredit {
  const { settlementStep: step } = getCurrency(invoice.currency)
  const part = (amountMinor: bigint) => (((amountMinor / step) * share) / 100n) * step
  const line = invoice.lines[pick % invoice.lines.length]!
  if (kind === 'amount') return { amountMinor: part(invoice.restMinor) }
  if (kind === 'line') return { lines: [{ position: line.position }] }
  const amountMinor = part(line.chargedMinor)
  if (kind === 'part') return { lines: [{ position: line.position, amountMinor }] }
  return { lines: [{ description: 'Own', taxCategory: line.taxCategory, amountMinor }] }
}

function within(given: bigint, charged: bigint): boolean {
  return charged < 0n ? given <= 0n && given >= charged : given >= 0n && given <= charged
}

it('credit notes never exceed the invoice, and together reach exactly its taxes and its total', () => {
  fc.assert(
    fc.property(invoices, wishes, (charged, wanted) => {
      let invoice = charged
      for (const wish of wanted) {
        try {
          invoice = afterCredit(invoice, toAsked(invoice, wish))
        } catch (error) {
          if (!(error instanceof AppError)) throw error
        }
        for (const { charged: own, credited } of invoice.rates) {
          expect([within(credited.netMinor, own.netMinor), within(credited.taxMinor, own.taxMinor)]).toEqual([
            true,
            true,
          ])
        }
        for (const line of invoice.lines) expect(within(line.creditedMinor, line.chargedMinor)).toBe(true)
        expect(within(charged.restMinor - invoice.restMinor, charged.restMinor)).toBe(
          charged.restMinor >= 0n || invoice === charged,
        )
      }
      if (invoice.restMinor <= 0n) return
      invoice = afterCredit(invoice, { whole: true })
      expect(invoice.restMinor).toBe(0n)
      for (const { charged: own, credited } of invoice.rates) expect(credited).toEqual(own)
    }),
    { numRuns: 500 },
  )
})

it('every line is of exactly one rate', () => {
  fc.assert(
    fc.property(invoices, (invoice) => {
      for (const { taxCategory } of invoice.lines) {
        expect(rateOf(invoice, taxCategory)?.categories).toContain(taxCategory)
      }
    }),
    { numRuns: 50 },
  )
})
