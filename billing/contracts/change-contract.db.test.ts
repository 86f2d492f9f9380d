import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { formatInstant, getInstant, type TariffId } from '../../core/index.ts'
import type { Contract } from '../billing-types.ts'
import { openBillingFixture, tariffDocument, type BillingFixture } from '../testing/billing-fixture.ts'
import { versionOfContract } from './change-contract.ts'

let fixture: BillingFixture

beforeEach(async () => {
  fixture = await openBillingFixture()
})

afterEach(async () => {
  await fixture.close()
})

/** 9.90 a month and 0.24 a minute, in force since August. */
async function publishDearer(currency = 'EUR'): Promise<TariffId> {
  const [base, run] = tariffDocument.items
  const { tariffId } = await fixture.billing.publishTariff(fixture.acme, {
    name: `Dearer in ${currency}`,
    effectiveAt: getInstant('2026-08-01T00:00:00Z'),
    document: {
      currency,
      items: [
        { ...base, price: '9.90' },
        { ...run, price: '0.24' },
      ],
    },
  })
  return tariffId
}

const change = (contract: Contract, tariffId: TariffId, from: string, expected?: readonly string[]) =>
  fixture.billing.changeTariff(fixture.acme, contract.id, { tariffId, from: getInstant(from) }, expected)
const move = (contract: Contract, timeZone: string, from: string, expected?: readonly string[]) =>
  fixture.billing.changeTimeZone(fixture.acme, contract.id, { timeZone, from: getInstant(from) }, expected)

async function invoices() {
  const { items } = await fixture.billing.listInvoices(fixture.acme, { limit: 100 })
  return items.toSorted((left, right) => left.period.from - right.period.from)
}

async function trail(): Promise<readonly string[]> {
  const rows = await fixture.ledger
    .selectFrom('audit_entries')
    .select('action')
    .where('action', 'like', 'contract.%')
    .orderBy('no')
    .execute()
  return rows.map(({ action }) => action)
}

const namesOf = ({ tariffs }: Contract) =>
  tariffs.map(({ tariffName, from }) => `${tariffName} ${formatInstant(from)}`)

describe('changeTariff', () => {
  it('prices usage by the new tariff from the instant on, and the flat fee from the next period', async () => {
    const contract = await fixture.addContract()
    const drill = await fixture.addDevice('drill-1')
    await fixture.assign(contract, drill)
    await fixture.report(drill, '2026-10-15T09:00:00Z', 1_000)
    await fixture.report(drill, '2026-10-15T10:00:00Z', 1_600)
    await fixture.report(drill, '2026-10-15T11:00:00Z', 2_200)
    await fixture.report(drill, '2026-12-01T00:00:00Z', 2_200)
    const changed = await change(contract, await publishDearer(), '2026-10-15T10:00:00Z')
    expect(namesOf(changed)).toEqual([
      'Drill 2026-09-30T22:00:00.000Z',
      'Dearer in EUR 2026-10-15T10:00:00.000Z',
    ])
    fixture.setNow('2026-12-02T00:00:00Z')
    expect((await fixture.billing.runBilling({})).waiting).toEqual([])
    const lines = (await invoices()).map((invoice) =>
      invoice.lines.map(({ itemId, quantity, unitPrice, amountMinor }) => [
        itemId,
        quantity,
        unitPrice,
        amountMinor,
      ]),
    )
    expect(lines).toEqual([
      [
        ['base', '1', '4.90', 490n],
        ['run', '10', '0.12', 120n],
        ['run', '10', '0.24', 240n],
      ],
      [
        ['base', '1', '9.90', 990n],
        ['run', '0', '0.24', 0n],
      ],
    ])
  })

  it('again changes nothing, and another tariff from the same instant takes its place', async () => {
    const contract = await fixture.addContract()
    const dearer = await publishDearer()
    const changed = await change(contract, dearer, '2026-11-15T00:00:00Z')
    expect(await change(contract, dearer, '2026-11-15T00:00:00Z')).toEqual(changed)
    expect(await change(contract, dearer, '2026-11-20T00:00:00Z')).toEqual(changed)
    expect(await change(contract, fixture.tariffId, '2026-11-15T00:00:00Z')).toEqual(contract)
    expect(await trail()).toEqual(['contract.created', 'contract.tariff_changed', 'contract.tariff_changed'])
  })

  it('corrects a tariff that was chosen by mistake from the start', async () => {
    const contract = await fixture.addContract()
    const corrected = await change(contract, await publishDearer(), '2026-09-30T22:00:00Z')
    expect(namesOf(corrected)).toEqual(['Dearer in EUR 2026-09-30T22:00:00.000Z'])
    await fixture.billing.runBilling({})
    expect((await invoices())[0]?.totalMinor).toBe(990n)
  })

  it('refuses who has not seen the last change', async () => {
    const contract = await fixture.addContract()
    const seen = [versionOfContract(contract)]
    const dearer = await publishDearer()
    const changed = await change(contract, dearer, '2026-11-15T00:00:00Z', seen)
    await expect(change(contract, dearer, '2026-11-20T00:00:00Z', seen)).rejects.toMatchObject({
      code: 'etag_stale',
    })
    await expect(move(contract, 'UTC', '2026-11-20T00:00:00Z', seen)).rejects.toMatchObject({
      code: 'etag_stale',
    })
    expect(await fixture.billing.findContract(fixture.acme, contract.id)).toEqual(changed)
  })

  it('refuses what is invoiced, another time than that of the contract, and tariffs of nobody', async () => {
    const contract = await fixture.addContract({ endsAt: getInstant('2027-01-01T00:00:00Z') })
    const dearer = await publishDearer()
    await fixture.billing.runBilling({})
    const refusals = [
      [dearer, '2026-10-31T22:59:59.999Z', 'period_already_issued'],
      [dearer, '2026-09-30T21:59:59.999Z', 'contract_not_running'],
      [dearer, '2027-01-01T00:00:00Z', 'contract_not_running'],
      ['tar_0' as TariffId, '2026-12-01T00:00:00Z', 'tariff_not_found'],
    ] as const
    for (const [tariffId, from, code] of refusals) {
      await expect(change(contract, tariffId, from)).rejects.toMatchObject({ code })
    }
    await expect(
      fixture.billing.changeTariff(fixture.acme, 'con_0', { tariffId: dearer, from: 0 }),
    ).rejects.toMatchObject({ code: 'contract_not_found' })
    const half = { tariffId: dearer, from: 0.5 }
    await expect(fixture.billing.changeTariff(fixture.acme, contract.id, half)).rejects.toMatchObject({
      code: 'billing_input_invalid',
    })
    expect(namesOf(await change(contract, dearer, '2026-10-31T23:00:00Z'))).toHaveLength(2)
  })

  it('takes another currency at the start of a period only, which no new zone may move away', async () => {
    const contract = await fixture.addContract()
    const dollars = await publishDearer('USD')
    await expect(change(contract, dollars, '2026-11-15T00:00:00Z')).rejects.toMatchObject({
      code: 'currency_mismatch',
      message:
        'Change to a tariff in another currency at the start of a period, 2026-10-31T23:00:00.000Z or 2026-11-30T23:00:00.000Z: one bill cannot be in EUR and in USD.',
    })
    expect((await fixture.billing.findContract(fixture.acme, contract.id))?.tariffs).toHaveLength(1)
    await change(contract, dollars, '2026-12-31T23:00:00Z')
    await expect(move(contract, 'Asia/Tokyo', '2026-11-15T00:00:00Z')).rejects.toMatchObject({
      code: 'currency_mismatch',
    })
    await expect(change(contract, fixture.tariffId, '2027-01-15T00:00:00Z')).rejects.toMatchObject({
      code: 'currency_mismatch',
    })
  })

  it('stops an invoice that was rated before it', async () => {
    const contract = await fixture.addContract()
    const drill = await fixture.addDevice('drill-1')
    await fixture.assign(contract, drill)
    await fixture.report(drill, '2026-11-01T00:00:00Z', 1_000)
    const dearer = await publishDearer()
    const changes = [
      () => change(contract, dearer, '2026-10-20T00:00:00Z'),
      () => move(contract, 'Asia/Tokyo', '2026-10-20T00:00:00Z'),
    ]
    const racing = fixture.openAnother({
      metering: {
        ...fixture.metering,
        async readUsage(queries) {
          const answers = await fixture.metering.readUsage(queries)
          await changes.shift()?.()
          return answers
        },
      },
    })
    for (let race = 0; race < 2; race += 1) {
      const { waiting } = await racing.runBilling({})
      expect(waiting.map(({ code }) => code)).toEqual(['billing_basis_changed'])
    }
    expect((await racing.runBilling({})).issued).toHaveLength(1)
  })

  it('lets a customer see the tariffs of its own contracts, and lists contracts by each', async () => {
    const contract = await fixture.addContract()
    await fixture.addContract()
    const dearer = await publishDearer()
    const changed = await change(contract, dearer, '2026-11-15T00:00:00Z')
    const { customerId } = contract
    const tenant = { manufacturerId: fixture.acme, customerId }
    expect(await fixture.billing.findContract(tenant, contract.id)).toEqual(changed)
    const having = await fixture.billing.listContracts(fixture.acme, { limit: 5, tariffId: dearer })
    expect(having.items).toEqual([changed])
  })

  it('leaves a contract that came from a list as that line says', async () => {
    const { customerId } = await fixture.addContract()
    const line = {
      reference: 'C-1',
      customer: { id: customerId },
      tariffId: fixture.tariffId,
      timeZone: 'Europe/Berlin',
      anchorOn: '2026-10-01',
      cadence: { unit: 'quarter', count: 1 },
      startsAt: getInstant('2026-09-30T22:00:00Z'),
    } as const
    const [made] = await fixture.billing.importContracts(fixture.acme, [line])
    const contract = await fixture.billing.findContract(
      fixture.acme,
      made?.outcome === 'created' ? made.id : '',
    )
    expect(contract?.cadence).toEqual({ unit: 'month', count: 3 })
    if (contract === undefined) return
    await change(contract, await publishDearer(), '2026-11-15T00:00:00Z')
    await move(contract, 'Asia/Tokyo', '2026-11-15T00:00:00Z')
    expect(await fixture.billing.importContracts(fixture.acme, [line])).toEqual([
      { outcome: 'unchanged', id: contract.id },
    ])
  })

  it('is never undone in the ledger', async () => {
    await fixture.addContract()
    for (const table of ['contract_tariffs', 'contract_zones'] as const) {
      await expect(fixture.ledger.updateTable(table).set({ from_at: 1 }).execute()).rejects.toThrow(
        'contract_term_immutable',
      )
      await expect(fixture.ledger.deleteFrom(table).execute()).rejects.toThrow('contract_term_immutable')
    }
  })
})

describe('changeTimeZone', () => {
  it('goes on in the new zone with the next period, and bills every instant once', async () => {
    const contract = await fixture.addContract()
    const moved = await move(contract, 'Asia/Tokyo', '2026-11-10T00:00:00Z')
    expect(moved.timeZones).toEqual([
      { timeZone: 'Europe/Berlin', from: getInstant('2026-09-30T22:00:00Z') },
      { timeZone: 'Asia/Tokyo', from: getInstant('2026-11-10T00:00:00Z') },
    ])
    fixture.setNow('2027-02-01T00:00:00Z')
    await fixture.billing.runBilling({})
    const borders = (await invoices()).map(({ period }) => formatInstant(period.to))
    expect(borders).toEqual([
      '2026-10-31T23:00:00.000Z',
      '2026-11-30T23:00:00.000Z',
      '2026-12-31T15:00:00.000Z',
      '2027-01-31T15:00:00.000Z',
    ])
    expect(await trail()).toEqual(['contract.created', 'contract.time_zone_changed'])
  })

  it('refuses what is invoiced, another time than that of the contract, and no zones', async () => {
    const contract = await fixture.addContract()
    await fixture.billing.runBilling({})
    await expect(move(contract, 'Asia/Tokyo', '2026-10-31T22:59:59Z')).rejects.toMatchObject({
      code: 'period_already_issued',
    })
    await expect(move(contract, 'Asia/Tokyo', '2026-09-01T00:00:00Z')).rejects.toMatchObject({
      code: 'contract_not_running',
    })
    await expect(move(contract, '+09:00', '2026-12-01T00:00:00Z')).rejects.toMatchObject({
      code: 'time_zone_unknown',
    })
  })
})
