/** Tax as a part of issuing: what an invoice and a live bill say about it, and what of it holds an invoice. */
import { pino } from 'pino'
import { afterEach, describe, expect, it } from 'vitest'
import {
  getInstant,
  generateId,
  secureRandomBytes,
  systemActor,
  type CurrencyCode,
  type TariffId,
} from '../../core/index.ts'
import type { CreateCustomerInput } from '../billing-changes.ts'
import type { Contract, Invoice } from '../billing-types.ts'
import { contractPeriodAt } from '../contracts/contract-periods.ts'
import { openBillingFixture, siteAddress, type BillingFixture } from '../testing/billing-fixture.ts'
import { rateForIssue } from './close-period.ts'
import { issueInvoice } from './issue-invoice.ts'

let fixture: BillingFixture
afterEach(async () => {
  await fixture.close()
})

const german = {
  place: 'DE',
  category: 'standard',
  percent: '19',
  kind: 'standard',
  from: '2021-01-01',
} as const
const october = getInstant('2026-10-15T00:00:00Z')
const vienna = { lines: ['Am Kai 1'], postalCode: '1010', city: 'Wien', country: 'AT' }

const flat = (id: string, price: string, taxCategory?: string) => ({
  type: 'flat',
  id,
  description: id,
  price,
  ...(taxCategory !== undefined && { taxCategory }),
})

async function publish(items: readonly object[], more: object = {}): Promise<TariffId> {
  const { tariffId } = await fixture.billing.publishTariff(fixture.acme, {
    name: 'Flat',
    effectiveAt: getInstant('2026-08-01T00:00:00Z'),
    document: { currency: 'EUR' as CurrencyCode, items, ...more },
  })
  return tariffId
}

async function addContract(
  tariffId: TariffId,
  customer: Partial<CreateCustomerInput> = {},
): Promise<Contract> {
  const { id: customerId } = await fixture.billing.createCustomer(fixture.acme, {
    name: 'Site',
    email: 'site@example.com',
    address: siteAddress,
    ...customer,
  })
  return await fixture.addContract({ customerId, tariffId })
}

async function issuedOf(contract: Contract): Promise<Invoice> {
  const { waiting } = await fixture.billing.runBilling({})
  expect(waiting).toEqual([])
  const { items } = await fixture.billing.listInvoices(fixture.acme, { limit: 1, contractId: contract.id })
  const [invoice] = items
  if (invoice === undefined) throw new Error('no invoice was issued')
  return invoice
}

const amountsOf = ({ prices, netMinor, taxMinor, totalMinor }: Invoice) => [
  prices,
  netMinor,
  taxMinor,
  totalMinor,
]
const groupsOf = ({ taxes }: Invoice) =>
  taxes.map(({ code, percent, netMinor, taxMinor, notes }) => [
    `${code} ${percent}`,
    netMinor,
    taxMinor,
    ...notes.map(({ de }) => de),
  ])

describe('the tax of an invoice', () => {
  it('comes on top of net prices, per rate on the sum of its lines, as docs/tax.md works it out', async () => {
    fixture = await openBillingFixture({}, german)
    await fixture.billing.addTaxRate(fixture.acme, {
      ...german,
      category: 'reduced',
      percent: '7',
      kind: 'reduced',
    })
    const items = [flat('a', '10.03'), flat('b', '10.03'), flat('c', '10.03'), flat('d', '49.50', 'reduced')]
    const contract = await addContract(await publish([...items, flat('e', '500.00', 'outside')]))
    const forecast = await fixture.billing.forecastBilling(fixture.acme)
    expect(forecast.ready.map(({ totalMinor }) => totalMinor)).toEqual([58_878n])
    const draft = await fixture.billing.draftBill(fixture.acme, contract.id, october)

    const invoice = await issuedOf(contract)
    expect(amountsOf(invoice)).toEqual(['net', 57_959n, 919n, 58_878n])
    expect(groupsOf(invoice)).toEqual([
      ['S 19', 3_009n, 572n],
      ['S 7', 4_950n, 347n],
      ['O 0', 50_000n, 0n, 'Nicht steuerbar'],
    ])
    expect(invoice.taxes[0]?.sentences.de).toContain('am 2026-10-31 gilt in DE seit 2021-01-01')
    // I6: the draft ends in the invoice, tax and all.
    const { taxes, netMinor, taxMinor, totalMinor } = invoice
    expect(draft.tax).toEqual({ prices: 'net', taxes, netMinor, taxMinor, totalMinor })
    const rates = await fixture.billing.listTaxRates(fixture.acme, { limit: 10 })
    expect(rates.items.map(({ usedUntil }) => usedUntil)).toEqual(['2026-10-31', '2026-10-31'])
    const entry = await fixture.ledger
      .selectFrom('audit_entries')
      .select('after')
      .where('action', '=', 'invoice.issued')
      .executeTakeFirstOrThrow()
    expect(JSON.parse(entry.after ?? '')).toMatchObject({ taxMinor: '919', totalMinor: '58878' })
  })

  it('is taken out of gross prices, which stay what is to be paid', async () => {
    fixture = await openBillingFixture({}, german)
    const tariffId = await publish([flat('a', '100.00'), flat('b', '19.00')], { prices: 'gross' })
    const invoice = await issuedOf(await addContract(tariffId))
    expect(amountsOf(invoice)).toEqual(['gross', 10_000n, 1_900n, 11_900n])
  })

  it.each([
    [
      'a business in another country of the EU owes itself',
      { address: vienna, taxId: 'ATU12345678' },
      ['AE 0', 490n, 0n, 'Steuerschuldnerschaft des Leistungsempfängers'],
    ],
    [
      'an exempt customer does not owe',
      { taxTreatment: { status: 'exempt', reason: 'NATO' } as const },
      ['E 0', 490n, 0n, 'Steuerfrei: NATO'],
    ],
  ])('is none where %s', async (_who, customer, group) => {
    fixture = await openBillingFixture({}, german)
    const invoice = await issuedOf(await addContract(fixture.tariffId, customer))
    expect([amountsOf(invoice), groupsOf(invoice)]).toEqual([['net', 490n, 0n, 490n], [group]])
  })

  it('is by the rate of the last day of the service period, whenever it is issued', async () => {
    fixture = await openBillingFixture({}, german)
    await fixture.billing.addTaxRate(fixture.acme, { ...german, percent: '20', from: '2026-11-01' })
    const contract = await addContract(fixture.tariffId)
    fixture.setNow('2026-12-05T00:00:00Z')
    await fixture.billing.runBilling({})
    const { items } = await fixture.billing.listInvoices(fixture.acme, { limit: 5, contractId: contract.id })
    const inOrder = items.toSorted((left, right) => left.period.from - right.period.from)
    // 0.931 and 0.98 EUR.
    expect(inOrder.map(groupsOf)).toEqual([[['S 19', 490n, 93n]], [['S 20', 490n, 98n]]])
  })
})

/** As a run has it, to stop between rating and issuing. */
function changingContext() {
  return {
    ledger: fixture.ledger,
    metering: fixture.metering,
    clock: { now: () => getInstant('2026-11-02T12:00:00Z') },
    randomBytes: secureRandomBytes,
    log: pino({ level: 'silent' }),
    onIssued: () => Promise.resolve([]),
    onRendered: () => Promise.resolve(),
    billUrlOf: () => undefined,
    minimumChargeOf: () => Promise.resolve(0n),
    onInvoiceChanged: () => Promise.resolve(),
    onPaid: () => Promise.resolve(),
    graceMs: 0,
    reachableSince: 0,
    actor: systemActor('test'),
    onMade: () => Promise.resolve(),
  }
}

describe('an invoice waits', () => {
  const waiting = async () =>
    (await fixture.billing.runBilling({})).waiting.map(({ code, detail }) => [code, detail])

  it('I8 for a rate that the table lacks, while its live bill says why it has no total', async () => {
    fixture = await openBillingFixture({}, null)
    const contract = await addContract(fixture.tariffId)
    const missing = [
      'tax_rate_missing',
      'Add a tax rate for the category "standard" in DE that is in force on 2026-10-31.',
    ]
    expect(await waiting()).toEqual([missing])
    const { ready, waiting: forecast } = await fixture.billing.forecastBilling(fixture.acme)
    expect([ready, forecast.map(({ code }) => code)]).toEqual([[], ['tax_rate_missing']])
    const bill = await fixture.billing.draftBill(fixture.acme, contract.id, october)
    const [code, detail] = missing
    expect([bill.linesMinor, bill.tax]).toEqual([490n, { problem: { code, detail } }])

    await fixture.billing.addTaxRate(fixture.acme, german)
    expect(amountsOf(await issuedOf(contract))).toEqual(['net', 490n, 93n, 583n])
  })

  it('for the seller’s address and for a tax id that says nothing', async () => {
    fixture = await openBillingFixture({}, german)
    await addContract(fixture.tariffId, { address: vienna, taxId: 'K-17' })
    expect((await waiting()).map(([code]) => code)).toEqual(['tax_treatment_unclear'])
    await fixture.ledger.updateTable('manufacturers').set({ seller: null }).execute()
    expect((await waiting()).map(([code]) => code)).toEqual(['tax_place_missing'])
  })

  it('for tariff versions of one period of which some are net and some gross', async () => {
    fixture = await openBillingFixture({}, german)
    const tariffId = await publish([flat('a', '10.00')])
    const contract = await addContract(tariffId)
    await fixture.billing.publishTariff(fixture.acme, {
      tariffId,
      name: 'Flat',
      effectiveAt: october,
      document: { currency: 'EUR', prices: 'gross', items: [flat('a', '10.00')] },
    })
    expect((await waiting()).map(([code]) => code)).toEqual(['tax_prices_mixed'])
    const bill = await fixture.billing.draftBill(fixture.acme, contract.id, october)
    expect(bill.tax).toMatchObject({ problem: { code: 'tax_prices_mixed' } })
  })

  it('for a table that changed between rating and issuing, and nothing is left behind', async () => {
    fixture = await openBillingFixture({}, german)
    const contract = await addContract(fixture.tariffId)
    const context = changingContext()
    const bill = await rateForIssue(context, contract, contractPeriodAt(contract, october))
    await fixture.billing.addTaxRate(fixture.acme, { ...german, percent: '16', from: '2026-10-01' })
    const invoiceId = generateId('invoice', secureRandomBytes)
    await expect(issueInvoice(context, { invoiceId, bill, replaced: undefined })).rejects.toMatchObject({
      code: 'billing_basis_changed',
    })
    expect(await fixture.ledger.selectFrom('invoices').selectAll().execute()).toEqual([])
    expect(groupsOf(await issuedOf(contract))).toEqual([['S 16', 490n, 78n]])
  })

  it('for a customer that has another name when the invoice is issued than when it was rated', async () => {
    fixture = await openBillingFixture({}, german)
    const contract = await addContract(fixture.tariffId)
    const context = changingContext()
    const bill = await rateForIssue(context, contract, contractPeriodAt(contract, october))
    await fixture.billing.updateCustomer(fixture.acme, contract.customerId, { legalName: 'Lisa Bau GmbH' })
    const invoiceId = generateId('invoice', secureRandomBytes)
    await expect(issueInvoice(context, { invoiceId, bill, replaced: undefined })).rejects.toMatchObject({
      code: 'billing_basis_changed',
    })
    const rated = await rateForIssue(context, contract, contractPeriodAt(contract, october))
    expect((await issueInvoice(context, { invoiceId, bill: rated, replaced: undefined })).isNew).toBe(true)
  })
})
