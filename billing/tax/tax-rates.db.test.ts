import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { getCurrency, type ManufacturerId } from '../../core/index.ts'
import type { AddTaxRateInput } from '../billing-changes.ts'
import { withLedgerErrors } from '../ledger-errors.ts'
import { openBillingFixture, type BillingFixture } from '../testing/billing-fixture.ts'
import { decideTaxation } from './decide-taxation.ts'
import { noteRatesUsed, readTaxFacts, readTaxTable, toTaxFacts } from './read-tax.ts'
import { taxLines } from './tax-lines.ts'

let fixture: BillingFixture
let acme: ManufacturerId
beforeEach(async () => {
  fixture = await openBillingFixture({}, null)
  acme = fixture.acme
})
afterEach(() => fixture.close())

const german: AddTaxRateInput = {
  place: 'DE',
  category: 'standard',
  percent: '19',
  kind: 'standard',
  from: '2021-01-01',
}
const exemption = { category: 'insurance', percent: '0', kind: 'exempt', note: '§ 4 Nr. 10 UStG' } as const

async function add(over: Partial<AddTaxRateInput> = {}) {
  return await fixture.billing.addTaxRate(acme, { ...german, ...over })
}

async function list(over: { readonly place?: string; readonly category?: string } = {}) {
  const { items } = await fixture.billing.listTaxRates(acme, { limit: 10, ...over })
  return items.map(({ place, category, percent, from, to }) => [place, category, percent, from, to])
}

async function trail() {
  const rows = await fixture.ledger
    .selectFrom('audit_entries')
    .select(['action', 'subject_id', 'before', 'after'])
    .where('subject_kind', '=', 'tax_rate')
    .orderBy('no')
    .execute()
  return rows.map(({ before, after, ...entry }) => ({
    ...entry,
    before: before === null ? null : (JSON.parse(before) as unknown),
    after: after === null ? null : (JSON.parse(after) as unknown),
  }))
}

/** Bills 100.00 EUR of the standard category for the day, and notes it. */
async function bill(date: string) {
  const table = await readTaxTable(fixture.ledger, acme, 'DE', date)
  const { code: currency } = getCurrency('EUR')
  const result = taxLines({
    lines: [{ amountMinor: 10_000n, currency, taxCategory: 'standard' }],
    currency,
    prices: 'net',
    date,
    taxation: { place: 'DE', treatment: { kind: 'rates' } },
    table,
  })
  await fixture.ledger.transaction().execute((transaction) => noteRatesUsed(transaction, acme, result))
  return result.taxMinor
}

describe('addTaxRate', () => {
  it('keeps the row, with an entry in the trail', async () => {
    const rate = await add({ percent: '19.00' })
    expect(rate).toEqual({
      id: expect.stringMatching(/^tax_/),
      ...german,
      code: 'S',
      note: undefined,
      to: undefined,
      usedUntil: undefined,
      createdAt: Date.UTC(2026, 10, 2, 12),
    })
    expect(await fixture.billing.findTaxRate(acme, rate.id)).toEqual(rate)
    expect(await trail()).toEqual([
      {
        action: 'tax_rate.added',
        subject_id: rate.id,
        before: null,
        after: { ...german, code: 'S', note: null, to: null },
      },
    ])
  })

  it.each<[Partial<AddTaxRateInput>, string]>([
    [{ kind: 'reduced', percent: '7' }, 'S'],
    [{ kind: 'zero', percent: '0.0' }, 'Z'],
    [exemption, 'E'],
    [{ ...exemption, code: 'AE' }, 'AE'],
    [{ ...exemption, code: 'G' }, 'G'],
  ])('gives %j the code %s', async (over, code) => {
    expect((await add(over)).code).toBe(code)
  })

  it.each<[string, Partial<AddTaxRateInput>, string]>([
    ['a place in words', { place: 'Germany' }, '/place'],
    ['a category in capitals', { category: 'Standard' }, '/category'],
    ['a rate for deposits', { category: 'outside' }, '/category'],
    ['a rate that is no number', { percent: '19 %' }, '/percent'],
    ['an exponent', { percent: '1e1' }, '/percent'],
    ['five decimals', { percent: '8.12345' }, '/percent'],
    ['a rate below zero', { percent: '-1' }, '/percent'],
    ['more than everything', { percent: '100.0001' }, '/percent'],
    ['a standard rate of zero', { percent: '0' }, '/percent'],
    ['a zero rate above zero', { kind: 'zero' }, '/percent'],
    ['an exemption that is taxed', { ...exemption, percent: '7' }, '/percent'],
    ['the code of an exemption for a rate', { code: 'E' }, '/code'],
    ['the code of a rate for an exemption', { ...exemption, code: 'S' }, '/code'],
    ['an empty note', { note: '' }, '/note'],
    ['a day that does not exist', { from: '2026-02-30' }, '/from'],
  ])('refuses %s', async (_what, over, pointer) => {
    await expect(add(over)).rejects.toMatchObject({ code: 'billing_input_invalid', issues: [{ pointer }] })
    expect(await trail()).toEqual([])
  })

  it('refuses an exemption without a reason', async () => {
    const { note: _note, ...silent } = exemption
    await expect(add(silent)).rejects.toMatchObject({ issues: [{ pointer: '/note' }] })
  })

  it('refuses a second row from the same day', async () => {
    await add()
    await expect(add({ percent: '20' })).rejects.toMatchObject({ code: 'tax_rate_exists' })
  })

  it('takes the same day for another category, place and manufacturer', async () => {
    await add()
    const other = await fixture.addManufacturer('Other', 'OTHER')
    await fixture.billing.addTaxRate(other, german)
    await add({ category: 'reduced', percent: '7', kind: 'reduced' })
    await add({ place: 'AT', percent: '20' })
    expect(await list()).toEqual([
      ['AT', 'standard', '20', '2021-01-01', undefined],
      ['DE', 'reduced', '7', '2021-01-01', undefined],
      ['DE', 'standard', '19', '2021-01-01', undefined],
    ])
    expect(await list({ place: 'DE', category: 'reduced' })).toHaveLength(1)
  })

  it('begins after the last day that an issued invoice used the earlier row for', async () => {
    await add()
    await bill('2026-10-31')
    await bill('2026-09-30')
    await expect(add({ percent: '20', from: '2026-10-31' })).rejects.toMatchObject({
      code: 'tax_rate_in_use',
      message: expect.stringContaining('after 2026-10-31'),
    })
    await add({ percent: '20', from: '2026-11-01' })
    expect([await bill('2026-10-31'), await bill('2026-11-01')]).toEqual([1_900n, 2_000n])
  })

  it('may begin before a row that was used: that one goes on replacing it', async () => {
    await add()
    await bill('2026-10-31')
    await add({ percent: '16', from: '2020-07-01' })
    expect([await bill('2020-12-31'), await bill('2026-10-31')]).toEqual([1_600n, 1_900n])
  })

  it('refuses an unknown manufacturer', async () => {
    const unknown = fixture.billing.addTaxRate('man_0' as ManufacturerId, german)
    await expect(unknown).rejects.toMatchObject({ code: 'manufacturer_not_found' })
  })
})

describe('endTaxRate', () => {
  it('ends a row once, with an entry in the trail', async () => {
    const { id } = await add()
    const ended = await fixture.billing.endTaxRate(acme, id, '2027-01-01')
    expect(ended.to).toBe('2027-01-01')
    expect(await fixture.billing.endTaxRate(acme, id, '2027-01-01')).toEqual(ended)
    const again = fixture.billing.endTaxRate(acme, id, '2028-01-01')
    await expect(again).rejects.toMatchObject({ code: 'tax_rate_already_ended' })
    expect((await trail()).slice(1)).toEqual([
      {
        action: 'tax_rate.ended',
        subject_id: id,
        before: { ...german, code: 'S', note: null, to: null },
        after: { ...german, code: 'S', note: null, to: '2027-01-01' },
      },
    ])
  })

  it('takes a row back that was never used, which leaves its day free', async () => {
    const { id } = await add({ percent: '91' })
    await fixture.billing.endTaxRate(acme, id, german.from)
    await add()
    expect(await bill('2026-10-31')).toBe(1_900n)
  })

  it('ends no row before the last day that an issued invoice used it for', async () => {
    const { id } = await add()
    await bill('2026-10-31')
    for (const to of ['2021-01-01', '2026-10-31']) {
      const early = fixture.billing.endTaxRate(acme, id, to)
      await expect(early).rejects.toMatchObject({ code: 'tax_rate_in_use' })
    }
    const ended = await fixture.billing.endTaxRate(acme, id, '2026-11-01')
    expect(ended).toMatchObject({ to: '2026-11-01', usedUntil: '2026-10-31' })
    await expect(bill('2026-11-01')).rejects.toMatchObject({ code: 'tax_rate_missing' })
  })

  it.each(['2020-12-31', '2026-13-01', 'tomorrow'])('refuses to end a row on %s', async (to) => {
    const { id } = await add()
    const wrong = fixture.billing.endTaxRate(acme, id, to)
    await expect(wrong).rejects.toMatchObject({ code: 'billing_input_invalid', issues: [{ pointer: '/to' }] })
  })

  it('I12 finds no row of another manufacturer', async () => {
    const { id } = await add()
    const other = await fixture.addManufacturer('Other', 'OTHER')
    const foreign = fixture.billing.endTaxRate(other, id, '2027-01-01')
    await expect(foreign).rejects.toMatchObject({ code: 'tax_rate_not_found' })
    expect(await fixture.billing.findTaxRate(other, id)).toBe(undefined)
    expect((await fixture.billing.listTaxRates(other, { limit: 10 })).items).toEqual([])
    expect(await readTaxTable(fixture.ledger, other, 'DE', '2026-10-31')).toEqual([])
  })
})

describe('a tax rate', () => {
  it('is not changed by anybody', async () => {
    await add()
    const change = fixture.ledger.updateTable('tax_rates').set({ percent: '16' })
    await expect(withLedgerErrors(() => change.execute())).rejects.toMatchObject({
      code: 'tax_rate_immutable',
    })
  })
})

describe('noteRatesUsed', () => {
  it('notes nothing for what no row decided', async () => {
    await add()
    const { code: currency } = getCurrency('EUR')
    const result = taxLines({
      lines: ['standard', 'outside'].map((taxCategory) => ({ amountMinor: 1n, currency, taxCategory })),
      currency,
      prices: 'net',
      date: '2026-10-31',
      taxation: { place: 'AT', treatment: { kind: 'reverse_charge' } },
      table: [],
    })
    await fixture.ledger.transaction().execute((transaction) => noteRatesUsed(transaction, acme, result))
    const { items } = await fixture.billing.listTaxRates(acme, { limit: 10 })
    expect(items.map(({ usedUntil }) => usedUntil)).toEqual([undefined])
  })

  it('notes nothing of another manufacturer', async () => {
    const { id } = await add()
    const other = await fixture.addManufacturer('Other', 'OTHER')
    const { code: currency } = getCurrency('EUR')
    const result = taxLines({
      lines: [{ amountMinor: 1n, currency, taxCategory: 'standard' }],
      currency,
      prices: 'net',
      date: '2026-10-31',
      taxation: { place: 'DE', treatment: { kind: 'rates' } },
      table: await readTaxTable(fixture.ledger, acme, 'DE', '2026-10-31'),
    })
    await fixture.ledger.transaction().execute((transaction) => noteRatesUsed(transaction, other, result))
    expect(await fixture.billing.findTaxRate(acme, id)).toMatchObject({ usedUntil: undefined })
  })
})

describe('readTaxTable', () => {
  it('gives the rows of a place and of its country that have begun', async () => {
    await add({ place: 'ES', percent: '21', from: '2012-09-01' })
    await add({ place: 'ES', percent: '22', from: '2027-01-01' })
    await add({ place: 'ES-CN', percent: '7' })
    await add({ place: 'ES-CE', percent: '4' })
    await add()
    const percents = async (place: string, date: string) =>
      (await readTaxTable(fixture.ledger, acme, place, date)).map(({ percent }) => percent).toSorted()
    expect(await percents('ES-CN', '2026-10-31')).toEqual(['21', '7'])
    expect(await percents('ES', '2026-10-31')).toEqual(['21'])
    expect(await percents('ES', '2027-01-01')).toEqual(['21', '22'])
    expect(await percents('ES-CN', '2020-12-31')).toEqual(['21'])
    expect(await percents('PT', '2026-10-31')).toEqual([])
  })
})

describe('the tax facts of a customer', () => {
  const address = { lines: ['Am Kai 1'], postalCode: '1010', city: 'Wien', country: 'AT' }
  const seller = JSON.stringify({ legalName: 'Acme GmbH', country: 'DE' })

  it('come from its account and from who invoices', async () => {
    await fixture.ledger.updateTable('manufacturers').set({ seller }).where('id', '=', acme).execute()
    const { id } = await fixture.billing.createCustomer(acme, {
      name: 'Bau',
      email: 'bau@example.com',
      taxId: 'ATU12345678',
      address,
    })
    const facts = await readTaxFacts(fixture.ledger, acme, id)
    expect(facts).toEqual({
      sellerPlace: 'DE',
      customerPlace: 'AT',
      taxId: 'ATU12345678',
      treatment: undefined,
    })
    expect(decideTaxation(facts)).toEqual({ place: 'AT', treatment: { kind: 'reverse_charge' } })

    await fixture.billing.updateCustomer(acme, id, {
      taxTreatment: { status: 'exempt', reason: 'NATO' },
      taxPlace: 'AT-8',
    })
    const changed = await readTaxFacts(fixture.ledger, acme, id)
    expect(changed).toMatchObject({
      customerPlace: 'AT-8',
      treatment: { status: 'exempt', reason: 'NATO' },
    })

    await fixture.billing.updateCustomer(acme, id, { taxTreatment: null, taxPlace: null })
    expect(await readTaxFacts(fixture.ledger, acme, id)).toEqual(facts)
  })

  it('may be unknown', () => {
    const unknown = { address: undefined, taxId: undefined, taxPlace: undefined, taxTreatment: undefined }
    expect(toTaxFacts(null, unknown)).toEqual({
      sellerPlace: undefined,
      customerPlace: undefined,
      taxId: undefined,
      treatment: undefined,
    })
  })

  it('change with an entry in the trail that says from what to what', async () => {
    const { id } = await fixture.billing.createCustomer(acme, { name: 'Bau', email: 'bau@example.com' })
    const treatment = { status: 'exempt', reason: 'NATO' } as const
    await fixture.billing.updateCustomer(acme, id, { taxTreatment: treatment })
    await fixture.billing.updateCustomer(acme, id, { taxTreatment: { status: 'standard' } })
    const rows = await fixture.ledger
      .selectFrom('audit_entries')
      .select(['before', 'after'])
      .where('action', '=', 'customer.changed')
      .orderBy('no')
      .execute()
    const states = rows.map(({ before, after }) =>
      [before, after].map((text) => (JSON.parse(text ?? '') as { taxTreatment: unknown }).taxTreatment),
    )
    expect(states).toEqual([
      [null, treatment],
      [treatment, { status: 'standard' }],
    ])
  })

  it.each([
    [{ taxPlace: 'Austria' }, '/taxPlace'],
    [{ taxTreatment: { status: 'exempt', reason: '' } }, '/taxTreatment/reason'],
  ] as const)('are refused as %j', async (changes, pointer) => {
    const wrong = fixture.billing.createCustomer(acme, { name: 'B', email: 'b@example.com', ...changes })
    await expect(wrong).rejects.toMatchObject({ code: 'billing_input_invalid', issues: [{ pointer }] })
  })
})
