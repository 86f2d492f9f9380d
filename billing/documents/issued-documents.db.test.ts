import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { CreateCustomerInput } from '../billing-changes.ts'
import type { Contract } from '../billing-types.ts'
import { openBillingFixture, siteAddress, type BillingFixture } from '../testing/billing-fixture.ts'
import { parseDocument } from './document-json.ts'

let fixture: BillingFixture
let rendered: string[]
beforeEach(async () => {
  rendered = []
  fixture = await openBillingFixture(
    {
      billUrlOf: (invoiceId) => `https://bills.example/app/bills/${invoiceId}`,
      async onRendered(transaction, documentId) {
        const { state } = await transaction
          .selectFrom('issued_documents')
          .select('state')
          .where('id', '=', documentId)
          .executeTakeFirstOrThrow()
        rendered.push(`${documentId} ${state}`)
      },
    },
    { place: 'DE', category: 'standard', percent: '19', kind: 'standard', from: '2021-01-01' },
  )
})
afterEach(async () => {
  await fixture.close()
})

async function addContract(customer: Partial<CreateCustomerInput> = {}): Promise<Contract> {
  const { id: customerId } = await fixture.billing.createCustomer(fixture.acme, {
    name: 'Site',
    email: 'site@example.com',
    address: siteAddress,
    ...customer,
  })
  return await fixture.addContract({ customerId })
}

async function issueOne(customer: Partial<CreateCustomerInput> = {}) {
  await addContract(customer)
  const { issued, waiting } = await fixture.billing.runBilling({})
  const [invoiceId] = issued
  if (invoiceId === undefined) throw new Error(JSON.stringify(waiting))
  return invoiceId
}

async function contentOf(invoiceId: string) {
  const { content } = await fixture.ledger
    .selectFrom('issued_documents')
    .select('content')
    .where('id', '=', invoiceId)
    .executeTakeFirstOrThrow()
  return parseDocument(content)
}

describe('what an invoice says', () => {
  it('is frozen when it is issued, in the language of the customer', async () => {
    const invoiceId = await issueOne({
      language: 'de',
      legalName: 'Zeche Süd GmbH',
      purchaseOrderNumber: 'PO-7',
    })
    await fixture.billing.updateCustomer(fixture.acme, (await customerOf(invoiceId)) ?? '', {
      legalName: 'Zeche Nord GmbH',
    })
    expect(await contentOf(invoiceId)).toMatchObject({
      kind: 'invoice',
      number: 'ACME-000001',
      corrects: null,
      issuedOn: '2026-11-02',
      // 14 days after it.
      dueOn: '2026-11-16',
      timeZone: 'Europe/Berlin',
      currency: 'EUR',
      language: 'de',
      seller: { legalName: 'Acme GmbH', vatNumber: 'DE123456789', taxNumber: null, bank: null },
      buyer: {
        legalName: 'Zeche Süd GmbH',
        address: {
          street: 'Am Schacht 1',
          addition: null,
          postalCode: '44137',
          city: 'Dortmund',
          country: 'DE',
        },
        purchaseOrder: 'PO-7',
      },
      lines: [
        {
          description: 'Base fee',
          unitPrice: '4.90',
          netMinor: 490n,
          tax: { code: 'S', ratePercent: '19' },
          explanation: expect.stringMatching(/^Base fee: 4,90 EUR, einmal/),
        },
        { description: 'Run time', quantity: '0', unit: 'min', unitPrice: '0.12', netMinor: 0n },
      ],
      // 4.90 × 19 % = 0.931.
      taxGroups: [{ netMinor: 490n, taxMinor: 93n, exemptionNote: null }],
      totals: { netMinor: 490n, taxMinor: 93n, grossMinor: 583n, paidMinor: 0n, payableMinor: 583n },
      billUrl: `https://bills.example/app/bills/${invoiceId}`,
    })
    expect(await fixture.billing.findInvoice(fixture.acme, invoiceId)).toMatchObject({
      dueOn: '2026-11-16',
      document: { state: 'waiting', problem: undefined },
    })
  })

  it('waits for an address of the customer, and the forecast says so too', async () => {
    await addContract({ address: null })
    const waits = {
      code: 'document_incomplete',
      detail: "Enter the town of the customer's address.",
    }
    expect(await fixture.billing.forecastBilling(fixture.acme)).toMatchObject({ ready: [], waiting: [waits] })
    expect(await fixture.billing.runBilling({})).toMatchObject({ issued: [], waiting: [waits] })
  })

  it('waits for a number of the seller', async () => {
    const seller = JSON.stringify({
      legalName: 'Acme GmbH',
      addressLines: ['Werkstr. 1'],
      postalCode: '10115',
      city: 'Berlin',
      country: 'DE',
    })
    await fixture.ledger.updateTable('manufacturers').set({ seller }).where('id', '=', fixture.acme).execute()
    await addContract()
    expect(await fixture.billing.runBilling({})).toMatchObject({
      issued: [],
      waiting: [{ code: 'document_incomplete', detail: expect.stringMatching(/VAT number, tax number/) }],
    })
  })

  it('names a term of payment of its own', async () => {
    await fixture.ledger
      .updateTable('manufacturers')
      .set({ payment_term_days: 30 })
      .where('id', '=', fixture.acme)
      .execute()
    expect((await contentOf(await issueOne())).dueOn).toBe('2026-12-02')
  })
})

describe('what a credit note says', () => {
  it('is frozen with it: what is given back and its tax, of which invoice and why', async () => {
    const invoiceId = await issueOne({ language: 'de' })
    const note = await fixture.billing.creditInvoice(fixture.acme, invoiceId, {
      kind: 'goodwill',
      reason: 'Zwei Tage Regen',
      credit: { lines: [{ position: 1, amountMinor: 100n }] },
    })
    expect(note.document).toEqual({ state: 'waiting', problem: undefined })
    expect(await contentOf(note.id)).toMatchObject({
      kind: 'credit_note',
      number: 'ACME-C-000001',
      corrects: { number: 'ACME-000001', issuedOn: '2026-11-02' },
      issuedOn: '2026-11-02',
      dueOn: null,
      lines: [
        {
          description: 'Base fee',
          quantity: '1',
          unitPrice: null,
          netMinor: 100n,
          tax: { code: 'S', ratePercent: '19' },
        },
      ],
      taxGroups: [{ netMinor: 100n, taxMinor: 19n, exemptionNote: null }],
      totals: { netMinor: 100n, taxMinor: 19n, grossMinor: 119n, paidMinor: 0n, payableMinor: 119n },
      notes: ['Grund: Zwei Tage Regen'],
      billUrl: `https://bills.example/app/bills/${invoiceId}`,
    })
    expect(await fixture.billing.renderDocuments()).toEqual({ rendered: 2, failed: 0 })
    const { number, pdf, xml } = await fixture.billing.readDocument(fixture.acme, 'credit_note', note.id)
    expect([number, Buffer.from(pdf).subarray(0, 5).toString()]).toEqual(['ACME-C-000001', '%PDF-'])
    expect(xml).toContain('<cbc:CreditNoteTypeCode>381</cbc:CreditNoteTypeCode>')
    expect(rendered).toContain(`${note.id} done`)
    await expect(fixture.billing.readDocument(fixture.acme, 'invoice', note.id)).rejects.toMatchObject({
      code: 'document_not_found',
    })
  })

  it('adds up over several, also where the tax of one bears the rounding twice', async () => {
    // 5.83 with tax, in parts of 0.03, whose tax of 0.00479 is 0.00 or 0.01.
    const invoiceId = await issueOne()
    for (let count = 0; count < 6; count += 1) {
      await fixture.billing.creditInvoice(fixture.acme, invoiceId, {
        kind: 'goodwill',
        reason: 'Rain',
        credit: { amountMinor: 3n },
      })
    }
    await fixture.billing.creditInvoice(fixture.acme, invoiceId, {
      kind: 'cancellation',
      reason: 'All of it',
      credit: { whole: true },
    })
    const { items } = await fixture.billing.listCreditNotes(fixture.acme, { limit: 10 })
    const totals = await Promise.all(items.map(async ({ id }) => (await contentOf(id)).totals))
    expect(totals.reduce((sum, { taxMinor }) => sum + taxMinor, 0n)).toBe(93n)
    expect(totals.reduce((sum, { grossMinor }) => sum + grossMinor, 0n)).toBe(583n)
  })
})

describe('rendering', () => {
  it('makes PDF and XML once, and what hangs on it in the same transaction', async () => {
    const invoiceId = await issueOne()
    await expect(fixture.billing.readDocument(fixture.acme, 'invoice', invoiceId)).rejects.toMatchObject({
      code: 'document_not_rendered',
    })
    expect(await fixture.billing.renderDocuments()).toEqual({ rendered: 1, failed: 0 })
    const { number, pdf, xml } = await fixture.billing.readDocument(fixture.acme, 'invoice', invoiceId)
    expect([number, Buffer.from(pdf.subarray(0, 5)).toString()]).toEqual(['ACME-000001', '%PDF-'])
    expect(xml).toContain('<cbc:PayableAmount currencyID="EUR">5.83</cbc:PayableAmount>')
    expect(await fixture.billing.renderDocuments()).toEqual({ rendered: 0, failed: 0 })
    expect(rendered).toEqual([`${invoiceId} done`])
    const changed = fixture.ledger.updateTable('issued_documents').set({ xml: '<x/>' }).execute()
    await expect(changed).rejects.toThrow('document_frozen')
  })

  it('that fails is seen, stays so, and is done when somebody asks for it again', async () => {
    const invoiceId = await issueOne()
    const broken = fixture.openAnother({
      onRendered: () => Promise.reject(new Error('the mails are not there')),
    })
    await expect(broken.renderDocuments()).rejects.toThrow('the mails are not there')
    await fixture.ledger
      .updateTable('issued_documents')
      .set({ state: 'failed', problem: 'Look for it in the log.' })
      .where('id', '=', invoiceId)
      .execute()
    expect(await fixture.billing.renderDocuments()).toEqual({ rendered: 0, failed: 0 })
    await expect(fixture.billing.readDocument(fixture.acme, 'invoice', invoiceId)).rejects.toMatchObject({
      code: 'document_not_rendered',
      message: 'Look for it in the log.',
    })
    await fixture.billing.retryDocument(fixture.acme, 'invoice', invoiceId)
    await fixture.billing.retryDocument(fixture.acme, 'invoice', invoiceId)
    expect(await fixture.billing.renderDocuments()).toEqual({ rendered: 1, failed: 0 })
    expect(rendered).toEqual([`${invoiceId} done`])
  })

  it('shows nothing to others (I12)', async () => {
    const invoiceId = await issueOne()
    await fixture.billing.renderDocuments()
    const other = await fixture.addManufacturer('Other', 'OTHER')
    await expect(fixture.billing.readDocument(other, 'invoice', invoiceId)).rejects.toMatchObject({
      code: 'document_not_found',
    })
    await expect(fixture.billing.retryDocument(other, 'invoice', invoiceId)).rejects.toMatchObject({
      code: 'document_not_found',
    })
  })
})

async function customerOf(invoiceId: string): Promise<string | undefined> {
  return (await fixture.billing.findInvoice(fixture.acme, invoiceId))?.customerId
}
