import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { getDeviceId, getInstant, type ContractId, type CustomerId, type TariffId } from '../../core/index.ts'
import { openBillingFixture, tariffDocument, type BillingFixture } from '../testing/billing-fixture.ts'

let fixture: BillingFixture

beforeEach(async () => {
  fixture = await openBillingFixture()
})

afterEach(async () => {
  await fixture.close()
})

describe('createContract', () => {
  it.each([
    ['an unknown time zone', { timeZone: 'Europe/Bonn' }, 'time_zone_unknown'],
    ['an offset as time zone', { timeZone: '+02:00' }, 'time_zone_unknown'],
    ['30 February as anchor', { anchorOn: '2026-02-30' }, 'civil_date_invalid'],
    ['a cadence of zero months', { cadence: { unit: 'month' as const, count: 0 } }, 'billing_input_invalid'],
    ['134 quarters', { cadence: { unit: 'quarter' as const, count: 134 } }, 'billing_input_invalid'],
    ['an end before the start', { endsAt: getInstant('2026-09-30T22:00:00Z') }, 'billing_input_invalid'],
    ['an unknown customer', { customerId: 'cust_0' as CustomerId }, 'customer_not_found'],
    ['an unknown tariff', { tariffId: 'tar_0' as TariffId }, 'tariff_not_found'],
  ])('refuses %s', async (_name, input, code) => {
    await expect(fixture.addContract(input)).rejects.toMatchObject({ code })
  })

  it('keeps two quarters as six months', async () => {
    const contract = await fixture.addContract({ cadence: { unit: 'quarter', count: 2 } })
    expect(contract.cadence).toEqual({ unit: 'month', count: 6 })
  })

  it('gives back what it stored', async () => {
    const contract = await fixture.addContract({ endsAt: getInstant('2027-10-01T00:00:00Z') })
    expect(await fixture.billing.findContract(fixture.acme, contract.id)).toEqual(contract)
  })

  it('lists contracts page by page, of one customer or of all', async () => {
    const made = [await fixture.addContract(), await fixture.addContract(), await fixture.addContract()]
    const ids = made.map((contract) => contract.id).sort()
    const first = await fixture.billing.listContracts(fixture.acme, { limit: 2 })
    const rest = await fixture.billing.listContracts(fixture.acme, { limit: 2, after: first.nextAfter ?? '' })
    expect([...first.items, ...rest.items].map((contract) => contract.id)).toEqual(ids)
    expect(rest.nextAfter).toBe(undefined)
    const customerId = made[1]?.customerId ?? ''
    const own = await fixture.billing.listContracts(fixture.acme, { limit: 2, customerId })
    expect(own.items).toEqual([made[1]])
  })
})

describe('assignDevice', () => {
  it('refuses a span in which another contract has the device, and takes the one after it', async () => {
    const drill = await fixture.addDevice('drill-1')
    const [first, second] = [await fixture.addContract(), await fixture.addContract()]
    const assigned = await fixture.assign(first, drill, '2026-10-01T00:00:00Z', '2026-10-10T00:00:00Z')
    await expect(fixture.assign(second, drill, '2026-10-09T23:59:59.999Z')).rejects.toMatchObject({
      code: 'assignment_overlaps',
      kind: 'conflict',
    })
    const next = await fixture.assign(second, drill, '2026-10-10T00:00:00Z')
    expect(await fixture.billing.listAssignments(fixture.acme, { deviceId: drill })).toEqual([assigned, next])
    expect(await fixture.billing.listAssignments(fixture.acme, { contractId: second.id })).toEqual([next])
  })

  it('refuses a device that is not registered', async () => {
    const contract = await fixture.addContract()
    await expect(fixture.assign(contract, getDeviceId('drill-9'))).rejects.toMatchObject({
      code: 'device_not_found',
    })
  })

  it('refuses a contract that is not there', async () => {
    const contractId = 'con_0' as ContractId
    await expect(
      fixture.billing.assignDevice(fixture.acme, { contractId, deviceId: getDeviceId('drill-9'), from: 0 }),
    ).rejects.toMatchObject({ code: 'contract_not_found' })
  })

  it('refuses a device of which the tariff prices no register', async () => {
    const [, run] = tariffDocument.items
    const { tariffId } = await fixture.billing.publishTariff(fixture.acme, {
      name: 'Air',
      effectiveAt: 0,
      document: { currency: 'EUR', items: [{ ...run, register: 'air_l' }] },
    })
    const contract = await fixture.addContract({ tariffId })
    await expect(fixture.assign(contract, await fixture.addDevice('drill-1'))).rejects.toMatchObject({
      code: 'tariff_register_unknown',
      message:
        'Assign a device that has one of the registers that the tariff prices (air_l), or correct the tariff; this device has run_s, energy_wh.',
    })
  })

  it.each([
    [
      'before the contract starts',
      '2026-09-30T21:59:59Z',
      '2026-10-02T00:00:00Z',
      'assignment_outside_contract',
    ],
    [
      'after the contract ends',
      '2026-10-02T00:00:00Z',
      '2026-12-02T00:00:00Z',
      'assignment_outside_contract',
    ],
    [
      'without end under a contract with one',
      '2026-10-02T00:00:00Z',
      undefined,
      'assignment_outside_contract',
    ],
    ['of no length', '2026-10-02T00:00:00Z', '2026-10-02T00:00:00Z', 'billing_input_invalid'],
  ])('refuses a span %s', async (_name, from, to, code) => {
    const contract = await fixture.addContract({ endsAt: getInstant('2026-12-01T00:00:00Z') })
    const device = getDeviceId('drill-1')
    await expect(fixture.assign(contract, device, from, to)).rejects.toMatchObject({ code })
  })

  it('refuses to begin or end inside a period that is already invoiced', async () => {
    const [drill, other] = [await fixture.addDevice('drill-1'), await fixture.addDevice('drill-2')]
    const contract = await fixture.addContract()
    const { id } = await fixture.assign(contract, drill)
    await fixture.report(drill, '2026-11-01T00:00:00Z', 2_000)
    expect((await fixture.billing.runBilling({})).issued).toHaveLength(1)
    await expect(fixture.assign(contract, other, '2026-10-31T22:59:59Z')).rejects.toMatchObject({
      code: 'period_already_issued',
    })
    await expect(
      fixture.billing.endAssignment(fixture.acme, id, { to: getInstant('2026-10-31T22:59:59Z') }),
    ).rejects.toMatchObject({ code: 'period_already_issued' })
    await fixture.assign(contract, other, '2026-10-31T23:00:00Z')
  })
})

describe('endAssignment', () => {
  it('ends an assignment once', async () => {
    const drill = await fixture.addDevice('drill-1')
    const { id } = await fixture.assign(await fixture.addContract(), drill)
    const to = getInstant('2026-10-10T00:00:00Z')
    const ended = await fixture.billing.endAssignment(fixture.acme, id, { to })
    expect(ended.to).toBe(to)
    expect(await fixture.billing.endAssignment(fixture.acme, id, { to })).toEqual(ended)
    await expect(fixture.billing.endAssignment(fixture.acme, id, { to: to + 1 })).rejects.toMatchObject({
      code: 'assignment_already_ended',
    })
  })

  it('refuses an end before the beginning', async () => {
    const drill = await fixture.addDevice('drill-1')
    const { id, from } = await fixture.assign(await fixture.addContract(), drill)
    await expect(fixture.billing.endAssignment(fixture.acme, id, { to: from })).rejects.toMatchObject({
      code: 'billing_input_invalid',
    })
  })
})
