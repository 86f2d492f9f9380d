import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { getInstant, type InvoiceId } from '../../core/index.ts'
import { openBillingFixture, type BillingFixture } from '../testing/billing-fixture.ts'
import { creditableRest } from './read-creditable.ts'

let fixture: BillingFixture

beforeEach(async () => {
  fixture = await openBillingFixture()
})

afterEach(async () => {
  await fixture.close()
})

/** October of one drill: the base fee of 4.90 and 1,000 s at 0.12 a minute, 2.00. */
async function issueOctober(drillId = 'drill-1'): Promise<{ invoiceId: InvoiceId; contractId: string }> {
  const drill = await fixture.addDevice(drillId)
  const contract = await fixture.addContract()
  await fixture.assign(contract, drill)
  await fixture.report(drill, '2026-09-30T22:00:00Z', 2_000)
  await fixture.report(drill, '2026-10-31T23:00:00Z', 3_000)
  const invoiceId = await fixture.billing.billPeriod(
    fixture.acme,
    contract.id,
    getInstant('2026-10-10T00:00:00Z'),
  )
  return { invoiceId, contractId: contract.id }
}

const wrong = { kind: 'cancellation', reason: 'The drill was broken' } as const

async function audited(action: string) {
  return await fixture.ledger.selectFrom('audit_entries').selectAll().where('action', '=', action).execute()
}

describe('a credit note', () => {
  it('is a document of its own with a number, and lowers the balance of its invoice', async () => {
    const { invoiceId } = await issueOctober()
    const note = await fixture.billing.creditInvoice(fixture.acme, invoiceId, {
      ...wrong,
      credit: { lines: [{ position: 2, amountMinor: 150n }] },
    })
    expect(note).toMatchObject({
      number: 'ACME-C-000001',
      invoiceId,
      invoiceNumber: 'ACME-000001',
      kind: 'cancellation',
      reason: 'The drill was broken',
      taxMinor: 0n,
      totalMinor: 150n,
      lines: [{ invoicePosition: 2, itemId: 'run', description: 'Run time', amountMinor: 150n }],
    })
    expect(await fixture.billing.findCreditNote(fixture.acme, note.id)).toEqual(note)
    const invoice = await fixture.billing.findInvoice(fixture.acme, invoiceId)
    expect(invoice).toMatchObject({ totalMinor: 690n, creditedMinor: 150n, balanceMinor: 540n })
    expect(await audited('credit_note.issued')).toMatchObject([
      { subject_id: note.id, reason: 'The drill was broken' },
    ])
  })

  it('of what is left settles the invoice, and nothing is left for another', async () => {
    const { invoiceId } = await issueOctober()
    const credit = (asked: Parameters<typeof fixture.billing.creditInvoice>[2]['credit']) =>
      fixture.billing.creditInvoice(fixture.acme, invoiceId, { ...wrong, credit: asked })
    await credit({ amountMinor: 100n })
    expect((await credit({ whole: true })).totalMinor).toBe(590n)
    expect(await fixture.billing.findInvoice(fixture.acme, invoiceId)).toMatchObject({
      status: 'issued',
      balanceMinor: 0n,
    })
    await expect(credit({ amountMinor: 1n })).rejects.toMatchObject({ code: 'credit_exceeds_invoice' })
  })

  it('on a paid invoice leaves the customer something owed', async () => {
    const { invoiceId } = await issueOctober()
    await fixture.billing.creditInvoice(fixture.acme, invoiceId, { ...wrong, credit: { amountMinor: 90n } })
    fixture.setNow('2026-11-03T12:00:00Z')
    await fixture.billing.markPaid(invoiceId, getInstant('2026-11-03T00:00:00Z'))
    expect(await fixture.billing.findInvoice(fixture.acme, invoiceId)).toMatchObject({ balanceMinor: 0n })
    const goodwill = { kind: 'goodwill', reason: 'Bad weather', credit: { amountMinor: 100n } } as const
    await fixture.billing.creditInvoice(fixture.acme, invoiceId, goodwill)
    expect(await fixture.billing.findInvoice(fixture.acme, invoiceId)).toMatchObject({ balanceMinor: -100n })
  })

  it('never changes once it is issued', async () => {
    const { invoiceId } = await issueOctober()
    const { id } = await fixture.billing.creditInvoice(fixture.acme, invoiceId, {
      ...wrong,
      credit: { whole: true },
    })
    const { ledger } = fixture
    const attempts = [
      ledger.updateTable('credit_notes').set({ total_minor: 1n }).where('id', '=', id),
      ledger.updateTable('credit_notes').set({ reason: 'Other' }).where('id', '=', id),
      ledger.updateTable('credit_note_lines').set({ amount_minor: 1n }).where('credit_note_id', '=', id),
      ledger.deleteFrom('credit_note_lines').where('credit_note_id', '=', id),
      ledger.deleteFrom('credit_notes').where('id', '=', id),
    ]
    for (const attempt of attempts) await expect(attempt.execute()).rejects.toThrow('credit_note_frozen')
  })

  it('is numbered without gaps, apart from invoices, whoever is refused in between', async () => {
    const { invoiceId } = await issueOctober()
    const others = [fixture.billing, fixture.openAnother(), fixture.openAnother()]
    const outcomes = await Promise.allSettled(
      Array.from({ length: 12 }, (_unused, index) =>
        others[index % 3]!.creditInvoice(fixture.acme, invoiceId, {
          ...wrong,
          credit: { amountMinor: index % 4 === 3 ? 10_000n : 50n },
        }),
      ),
    )
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(3)
    const { items } = await fixture.billing.listCreditNotes(fixture.acme, { limit: 50, sort: 'number' })
    expect(items.map(({ number }) => number)).toEqual(
      ['1', '2', '3', '4', '5', '6', '7', '8', '9'].map((number) => `ACME-C-00000${number}`),
    )
    const { invoiceId: next } = await issueOctober('drill-2')
    expect(await fixture.billing.findInvoice(fixture.acme, next)).toMatchObject({ number: 'ACME-000002' })
  })

  it('is refused by the ledger itself beyond the invoice, a line, or with other sums', async () => {
    const { invoiceId } = await issueOctober()
    const { ledger } = fixture
    const { customerId } = (await fixture.billing.findInvoice(fixture.acme, invoiceId))!
    let no = 0
    const issue = async (total: bigint, lines: readonly (readonly [number | null, bigint])[]) => {
      no += 1
      const id = `crn_${no}`
      const note = {
        id,
        manufacturer_id: fixture.acme,
        customer_id: customerId,
        invoice_id: invoiceId,
        kind: 'goodwill' as const,
        number: null,
        reason: 'Test',
        currency: 'EUR',
        prices: 'net' as const,
        tax_minor: 0n,
        total_minor: total,
        created_at: 1,
        issued_at: null,
      }
      await ledger.insertInto('credit_notes').values(note).execute()
      for (const [index, [invoice_position, amount_minor]] of lines.entries()) {
        await ledger
          .insertInto('credit_note_lines')
          .values({
            credit_note_id: id,
            position: index + 1,
            invoice_position,
            item_id: null,
            description: 'Test',
            tax_category: 'standard',
            amount_minor,
            period_from_at: null,
            period_to_at: null,
          })
          .execute()
      }
      await ledger
        .updateTable('credit_notes')
        .set({ number: `T-${no}`, issued_at: 1 })
        .where('id', '=', id)
        .execute()
    }
    await expect(issue(100n, [[null, 99n]])).rejects.toThrow('credit_note_total_wrong')
    await expect(issue(100n, [])).rejects.toThrow('credit_note_total_wrong')
    await expect(issue(691n, [[null, 691n]])).rejects.toThrow('credit_exceeds_invoice')
    await expect(issue(201n, [[2, 201n]])).rejects.toThrow('credit_exceeds_line')
    await expect(issue(1n, [[9, 1n]])).rejects.toThrow('credit_exceeds_line')
    await issue(200n, [[2, 200n]])
    await expect(issue(1n, [[2, 1n]])).rejects.toThrow('credit_exceeds_line')
  })

  it('of another manufacturer or customer is not there', async () => {
    const { invoiceId } = await issueOctober()
    const other = await fixture.addManufacturer('Other', 'OTH')
    await expect(
      fixture.billing.creditInvoice(other, invoiceId, { ...wrong, credit: { whole: true } }),
    ).rejects.toMatchObject({ code: 'invoice_not_found' })
    const note = await fixture.billing.creditInvoice(fixture.acme, invoiceId, {
      ...wrong,
      credit: { whole: true },
    })
    const own = { manufacturerId: fixture.acme, customerId: note.customerId }
    const foreign = { manufacturerId: fixture.acme, customerId: await fixture.addCustomer() }
    const list = async (tenant: typeof own) =>
      (await fixture.billing.listCreditNotes(tenant, { limit: 10 })).items.length
    expect([await list(own), await list(foreign)]).toEqual([1, 0])
    expect(await fixture.billing.findCreditNote(foreign, note.id)).toBeUndefined()
  })

  it.each([
    ['without a reason', { reason: '' }],
    ['with spaces around it', { reason: ' lost ' }],
  ])('is refused %s', async (_what, input) => {
    const { invoiceId } = await issueOctober()
    await expect(
      fixture.billing.creditInvoice(fixture.acme, invoiceId, { ...wrong, ...input, credit: { whole: true } }),
    ).rejects.toMatchObject({ code: 'billing_input_invalid' })
  })
})

describe('a credit note on an invoice with taxes', () => {
  /** 490 and 200 at 19 %: 131 tax (131.1). The ledger's own rows, since what writes them is not this folder's. */
  async function issueTaxed(): Promise<InvoiceId> {
    const { invoiceId } = await issueOctober()
    const { ledger } = fixture
    const { contract_id, customer_id } = await ledger
      .selectFrom('invoices')
      .select(['contract_id', 'customer_id'])
      .where('id', '=', invoiceId)
      .executeTakeFirstOrThrow()
    const id = 'inv_taxed'
    const draft = { id, manufacturer_id: fixture.acme, contract_id, customer_id, currency: 'EUR' }
    const period = { period_from_at: 1, period_to_at: 2, cutoff_at: 2, created_at: 2 }
    const amounts = { tax_minor: 131n, total_minor: 821n, prices: 'net' as const }
    await ledger
      .insertInto('invoices')
      .values({
        ...draft,
        ...period,
        ...amounts,
        kind: 'final',
        status: 'draft',
        number: null,
        issued_at: null,
        paid_at: null,
      })
      .execute()
    for (const [position, amount_minor] of [
      [1, 490n],
      [2, 200n],
    ] as const) {
      const row = { invoice_id: id, position, item_id: 'run', description: 'Run', quantity: '1', unit: 'min' }
      const money = { unit_price: null, tax_category: 'standard', unrounded_amount: '1', amount_minor }
      await ledger
        .insertInto('invoice_lines')
        .values({ ...row, ...money, explanation: '{}' })
        .execute()
    }
    const detail = JSON.stringify({ explanation: { categories: [{ category: 'standard' }] } })
    const tax = {
      invoice_id: id,
      position: 1,
      code: 'S' as const,
      percent: '19',
      net_minor: 690n,
      tax_minor: 131n,
    }
    await ledger
      .insertInto('invoice_taxes')
      .values({ ...tax, detail })
      .execute()
    await ledger
      .updateTable('invoices')
      .set({ status: 'issued', number: 'ACME-000099', issued_at: 2 })
      .where('id', '=', id)
      .execute()
    return id as InvoiceId
  }

  it('bears the invoice’s tax, and the last one takes the rest of it', async () => {
    const invoiceId = await issueTaxed()
    const credit = (asked: Parameters<typeof fixture.billing.creditInvoice>[2]['credit']) =>
      fixture.billing.creditInvoice(fixture.acme, invoiceId, { ...wrong, credit: asked })
    // 1.00 and 0.19; 1.00 with tax is 0.84 and 0.16 (2.19 × 19 / 119 = 0.3497, less 0.19).
    expect(await credit({ lines: [{ position: 2, amountMinor: 100n }] })).toMatchObject({
      taxes: [{ code: 'S', percent: '19', netMinor: 100n, taxMinor: 19n }],
      totalMinor: 119n,
    })
    expect(await credit({ amountMinor: 100n })).toMatchObject({
      taxes: [{ netMinor: 84n, taxMinor: 16n }],
      lines: [{ description: 'Credit on invoice ACME-000099', amountMinor: 84n }],
    })
    expect(await credit({ whole: true })).toMatchObject({
      taxes: [{ netMinor: 506n, taxMinor: 96n }],
      totalMinor: 602n,
    })
    expect(await creditableRest(fixture.ledger, fixture.acme, invoiceId)).toMatchObject({ restMinor: 0n })
  })
})
