import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { getInstant, type ManufacturerId } from '../../core/index.ts'
import { openBillingFixture, tariffDocument, type BillingFixture } from '../testing/billing-fixture.ts'

let fixture: BillingFixture
let other: ManufacturerId

beforeEach(async () => {
  fixture = await openBillingFixture()
  other = await fixture.addManufacturer('Other', 'OTHER')
})

afterEach(async () => {
  await fixture.close()
})

describe('what belongs to another manufacturer', () => {
  it('reads as absent', async () => {
    const { billing, acme, tariffId } = fixture
    const contract = await fixture.addContract()
    const drill = await fixture.addDevice('drill-1')
    const assignment = await fixture.assign(contract, drill)
    await fixture.report(drill, '2026-11-01T00:00:00Z', 2_000)
    const [invoiceId = ''] = (await billing.runBilling({})).issued
    const page = { limit: 10 }

    expect(await billing.findCustomer(other, contract.customerId)).toBe(undefined)
    expect(await billing.findContract(other, contract.id)).toBe(undefined)
    expect(await billing.findInvoice(other, invoiceId)).toBe(undefined)
    expect((await billing.findInvoice(acme, invoiceId))?.id).toBe(invoiceId)
    expect((await billing.listCustomers(other, page)).items).toEqual([])
    expect((await billing.listContracts(other, page)).items).toEqual([])
    expect((await billing.listInvoices(other, page)).items).toEqual([])
    expect((await billing.listInvoices(other, { ...page, contractId: contract.id })).items).toEqual([])
    expect(await billing.listAssignments(other, { contractId: contract.id })).toEqual([])
    expect(await billing.listTariffVersions(other, tariffId)).toEqual([])
    const span = { from: getInstant('2026-10-01T00:00:00Z'), to: getInstant('2026-11-01T00:00:00Z') }
    expect(await billing.reconcile(other, span)).toEqual([])

    const dates = { timeZone: 'UTC', anchorOn: '2026-10-01', startsAt: 0 }
    const terms = { ...dates, cadence: { unit: 'month' as const, count: 1 } }
    const foreign = await billing.createCustomer(other, { name: 'Site', email: 'site@example.com' })
    const attempts: [string, () => Promise<unknown>][] = [
      ['contract_not_found', () => billing.liveBill(other, contract.id)],
      ['contract_not_found', () => billing.billPeriod(other, contract.id, span.from)],
      [
        'contract_not_found',
        () => billing.assignDevice(other, { contractId: contract.id, deviceId: drill, from: span.to }),
      ],
      ['assignment_not_found', () => billing.endAssignment(other, assignment.id, { to: span.to })],
      [
        'tariff_not_found',
        () =>
          billing.publishTariff(other, {
            tariffId,
            name: 'Drill',
            effectiveAt: span.to,
            document: tariffDocument,
          }),
      ],
      [
        'customer_not_found',
        () => billing.createContract(other, { ...terms, customerId: contract.customerId, tariffId }),
      ],
      [
        'tariff_not_found',
        () => billing.createContract(other, { ...terms, customerId: foreign.id, tariffId }),
      ],
    ]
    for (const [code, attempt] of attempts) await expect(attempt()).rejects.toMatchObject({ code })
  })

  it('cannot be assigned: the device of another manufacturer is not found', async () => {
    const device = await fixture.addDevice('drill-9', other)
    await expect(fixture.assign(await fixture.addContract(), device)).rejects.toMatchObject({
      code: 'device_not_found',
    })
  })

  it('has invoice numbers of its own', async () => {
    const { billing } = fixture
    await fixture.addContract()
    const { id: customerId } = await billing.createCustomer(other, {
      name: 'Site',
      email: 'site@example.com',
      address: { lines: ['Baustr. 1'], postalCode: '10115', city: 'Berlin', country: 'DE' },
    })
    const { tariffId } = await billing.publishTariff(other, {
      name: 'Drill',
      effectiveAt: 0,
      document: { ...tariffDocument, items: [tariffDocument.items[0]] },
    })
    await billing.createContract(other, {
      customerId,
      tariffId,
      timeZone: 'UTC',
      anchorOn: '2026-10-01',
      cadence: { unit: 'month', count: 1 },
      startsAt: getInstant('2026-10-01T00:00:00Z'),
    })
    await billing.runBilling({})
    const numbers = await Promise.all(
      [fixture.acme, other].map(async (id) => (await billing.listInvoices(id, { limit: 10 })).items),
    )
    expect(numbers.flat().map((invoice) => invoice.number)).toEqual(['ACME-000001', 'OTHER-000001'])
  })
})

describe('the inputs of people', () => {
  it('are refused with an address that is none', async () => {
    await expect(
      fixture.billing.createCustomer(fixture.acme, { name: 'Site', email: 'site' }),
    ).rejects.toMatchObject({ code: 'billing_input_invalid', issues: [{ pointer: '/email' }] })
  })

  it('are found again', async () => {
    const { billing, acme } = fixture
    const customer = await billing.createCustomer(acme, { name: 'Site', email: 'site@example.com' })
    expect(await billing.findCustomer(acme, customer.id)).toEqual(customer)
    expect(await billing.findManufacturer(acme)).toEqual({ id: acme, name: 'Acme', invoicePrefix: 'ACME' })
    expect((await billing.listManufacturers()).map(({ id }) => id)).toEqual([acme, other].sort())
  })
})
