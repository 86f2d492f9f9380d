import { describe, expect, it } from 'vitest'
import { getCurrency, type InvoiceId } from '../../core/index.ts'
import { composeCredit } from './compose-credit.ts'
import type { AskedCredit, Creditable, CreditableRate } from './credit-note-types.ts'

const EUR = getCurrency('EUR').code
const nothing = { netMinor: 0n, taxMinor: 0n }

function aRate(percent: string, netMinor: bigint, taxMinor: bigint, category: string): CreditableRate {
  const charged = { netMinor, taxMinor }
  return { rate: { code: 'S', percent }, categories: [category], charged, credited: nothing }
}

/** Lines of 100.00 and 50.00 at 19 %, and one of 40.00 at 7 %: 190.00 and 28.50 and 2.80 tax, 221.30 together. */
function anInvoice(overrides: Partial<Creditable> = {}): Creditable {
  const lines = (
    [
      [1, 'standard', 10_000n],
      [2, 'standard', 5_000n],
      [3, 'reduced', 4_000n],
    ] as const
  ).map(([position, taxCategory, chargedMinor]) => ({
    position,
    itemId: `item-${position}`,
    description: `Line ${position}`,
    taxCategory,
    period: undefined,
    chargedMinor,
    creditedMinor: 0n,
  }))
  return {
    invoiceId: 'inv_1' as InvoiceId,
    number: 'ACME-000001',
    currency: EUR,
    prices: 'net',
    rates: [aRate('19', 15_000n, 2_850n, 'standard'), aRate('7', 4_000n, 280n, 'reduced')],
    lines,
    restMinor: 22_130n,
    ...overrides,
  }
}

const say = (percent: string | undefined) => `all at ${percent ?? 'any'}`

/** Lines as "position amount", rates as "percent net tax", and the total. */
function compose(asked: AskedCredit, invoice = anInvoice()) {
  const { lines, taxes, totalMinor } = composeCredit(invoice, asked, say)
  return {
    lines: lines.map((line) => `${line.invoicePosition ?? line.description} ${line.amountMinor}`),
    taxes: taxes.map(({ percent, netMinor, taxMinor }) => `${percent} ${netMinor} ${taxMinor}`),
    totalMinor,
  }
}

describe('a credit note of an invoice at 19 % and 7 %', () => {
  it.each<[string, AskedCredit, ReturnType<typeof compose>]>([
    [
      'over the whole invoice gives back its lines and taxes',
      { whole: true },
      { lines: ['1 10000', '2 5000', '3 4000'], taxes: ['19 15000 2850', '7 4000 280'], totalMinor: 22_130n },
    ],
    [
      'over one line gives back its net amount and its tax',
      { lines: [{ position: 2 }] },
      { lines: ['2 5000'], taxes: ['19 5000 950'], totalMinor: 5_950n },
    ],
    [
      'over a part of a line and all of another',
      { lines: [{ position: 3 }, { position: 1, amountMinor: 3_333n }] },
      // 33.33 × 0.19 = 6.3327
      { lines: ['1 3333', '3 4000'], taxes: ['19 3333 633', '7 4000 280'], totalMinor: 8_246n },
    ],
    [
      'over an amount with tax spreads it over the rates in proportion',
      { amountMinor: 10_000n },
      // Of 221.30: 178.50 and 42.80, so 80.6597… and 19.3402…; 80.66 has 12.88 tax (80.66 × 19 / 119 = 12.8785), 19.34 has 1.27 (1.2652).
      {
        lines: ['all at 19 6778', 'all at 7 1807'],
        taxes: ['19 6778 1288', '7 1807 127'],
        totalMinor: 10_000n,
      },
    ],
    [
      'with a line of its own text',
      { lines: [{ description: 'Late usage', taxCategory: 'reduced', amountMinor: 1_000n }] },
      { lines: ['Late usage 1000'], taxes: ['7 1000 70'], totalMinor: 1_070n },
    ],
  ])('%s', (_what, asked, expected) => {
    expect(compose(asked)).toEqual(expected)
  })

  it('takes exactly the rest of lines and taxes last', () => {
    const invoice = anInvoice({
      rates: [
        { ...aRate('19', 15_000n, 2_850n, 'standard'), credited: { netMinor: 3_333n, taxMinor: 633n } },
        aRate('7', 4_000n, 280n, 'reduced'),
      ],
      lines: anInvoice().lines.map((line) =>
        line.position === 1 ? { ...line, creditedMinor: 3_333n } : line,
      ),
      restMinor: 22_130n - 3_966n,
    })
    expect(compose({ amountMinor: 18_164n }, invoice)).toEqual({
      lines: ['1 6667', '2 5000', '3 4000'],
      taxes: ['19 11667 2217', '7 4000 280'],
      totalMinor: 18_164n,
    })
  })

  it('takes the rest by rate where an earlier one named no lines', () => {
    const invoice = anInvoice({
      rates: [
        { ...aRate('19', 15_000n, 2_850n, 'standard'), credited: { netMinor: 6_778n, taxMinor: 1_288n } },
        { ...aRate('7', 4_000n, 280n, 'reduced'), credited: { netMinor: 1_807n, taxMinor: 127n } },
      ],
      restMinor: 12_130n,
    })
    expect(compose({ whole: true }, invoice)).toEqual({
      lines: ['all at 19 8222', 'all at 7 2193'],
      taxes: ['19 8222 1562', '7 2193 153'],
      totalMinor: 12_130n,
    })
  })

  it('keeps the tax of small parts near the rate and never above the invoice’s', () => {
    // 0.03 at 19 % are 0.01 tax (0.0057). One cent at a time: 0.0019, 0.0038, and the rest.
    let credited = nothing
    const taxes = [1, 2, 3].map(() => {
      const rate = { ...aRate('19', 3n, 1n, 'standard'), credited }
      const line = { ...anInvoice().lines[0]!, chargedMinor: 3n, creditedMinor: credited.netMinor }
      const invoice = anInvoice({ rates: [rate], lines: [line], restMinor: 4n - credited.netMinor })
      const { taxMinor } = composeCredit(invoice, { lines: [{ position: 1, amountMinor: 1n }] }, say)
      credited = { netMinor: credited.netMinor + 1n, taxMinor: credited.taxMinor + taxMinor }
      return taxMinor
    })
    expect(taxes).toEqual([0n, 0n, 1n])
  })

  it('of gross prices takes the tax out of the amount', () => {
    const rates = [aRate('19', 10_000n, 1_900n, 'standard')]
    const [line] = anInvoice().lines
    const lines = [{ ...line!, chargedMinor: 11_900n }]
    const invoice = anInvoice({ prices: 'gross', rates, lines, restMinor: 11_900n })
    // 50.00 × 19 / 119 = 7.9831
    const expected = { taxes: ['19 4202 798'], totalMinor: 5_000n }
    expect(compose({ lines: [{ position: 1, amountMinor: 5_000n }] }, invoice)).toEqual({
      lines: ['1 5000'],
      ...expected,
    })
    expect(compose({ amountMinor: 5_000n }, invoice)).toEqual({ lines: ['all at any 5000'], ...expected })
  })

  it('gives back a reduction with what it reduced', () => {
    const rates = [aRate('19', 8_000n, 1_520n, 'standard')]
    const [first, second] = anInvoice().lines
    const lines = [first!, { ...second!, chargedMinor: -2_000n }]
    const invoice = anInvoice({ rates, lines, restMinor: 9_520n })
    expect(compose({ whole: true }, invoice)).toEqual({
      lines: ['1 10000', '2 -2000'],
      taxes: ['19 8000 1520'],
      totalMinor: 9_520n,
    })
    expect(() => compose({ lines: [{ position: 1 }] }, invoice)).toThrow(
      expect.objectContaining({ code: 'credit_exceeds_invoice' }),
    )
  })

  it('of an invoice from before there was tax has none', () => {
    const charged = { netMinor: 19_000n, taxMinor: 0n }
    const rates = [{ rate: undefined, categories: undefined, charged, credited: nothing }]
    const invoice = anInvoice({ rates, restMinor: 19_000n })
    expect(compose({ amountMinor: 500n }, invoice)).toEqual({
      lines: ['all at any 500'],
      taxes: [],
      totalMinor: 500n,
    })
  })

  it.each<[string, AskedCredit, string, string]>([
    [
      'more than the invoice',
      { amountMinor: 22_131n },
      'credit_exceeds_invoice',
      'Give back at most 221.30 EUR of invoice ACME-000001 with tax: that is what is left of it.',
    ],
    [
      'more than a line',
      { lines: [{ position: 3, amountMinor: 4_001n }] },
      'credit_exceeds_line',
      'Give back at most 40.00 EUR of line 3: that is what is left of it.',
    ],
    [
      'more than its rate charged',
      { lines: [{ description: 'Too much', taxCategory: 'reduced', amountMinor: 4_001n }] },
      'credit_exceeds_invoice',
      'Give back at most 42.80 EUR of invoice ACME-000001, taxed at 7 %, with tax: that is what is left of it.',
    ],
    ['a negative line', { lines: [{ position: 1, amountMinor: -1n }] }, 'credit_exceeds_line', ''],
    ['nothing', { amountMinor: 0n }, 'billing_input_invalid', ''],
    ['no lines', { lines: [] }, 'billing_input_invalid', ''],
    ['a line that is none', { lines: [{ position: 4 }] }, 'billing_input_invalid', ''],
    ['a line twice', { lines: [{ position: 1 }, { position: 1 }] }, 'billing_input_invalid', ''],
    [
      'a tax category that the invoice lacks',
      { lines: [{ description: 'Other', taxCategory: 'zero', amountMinor: 1n }] },
      'billing_input_invalid',
      '',
    ],
  ])('is refused over %s', (_what, asked, code, message) => {
    expect(() => compose(asked)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) }),
    )
  })
})
