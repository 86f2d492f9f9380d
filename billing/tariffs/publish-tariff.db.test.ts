import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { getInstant } from '../../core/index.ts'
import { withLedgerErrors } from '../ledger-errors.ts'
import { openBillingFixture, tariffDocument, type BillingFixture } from '../testing/billing-fixture.ts'

let fixture: BillingFixture

beforeEach(async () => {
  fixture = await openBillingFixture()
})

afterEach(async () => {
  await fixture.close()
})

const january = getInstant('2027-01-01T00:00:00Z')

async function publish(document: unknown, effectiveAt = january, runningFrom?: number) {
  const { tariffId } = fixture
  return await fixture.billing.publishTariff(fixture.acme, {
    tariffId,
    name: 'Drill',
    effectiveAt,
    document,
    ...(runningFrom !== undefined && { runningFrom }),
  })
}

describe('publishTariff', () => {
  it('identifies a version by the SHA-256 of its canonical document', async () => {
    const { versionId } = await publish({
      items: [{ price: '1', id: 'base', type: 'flat', description: 'Base' }],
      currency: 'JPY',
    })
    // printf '{"currency":"JPY","items":[{"description":"Base","id":"base","price":"1","type":"flat"}],"rounding":"half_even"}' | sha256sum
    expect(versionId).toBe('5e049fca8b0fb2cc0f99798a8504888da09cad13c25d6efcdd46087ba425bd69')
  })

  it('keeps dated versions in order of time', async () => {
    await publish({ ...tariffDocument, rounding: 'up' }, january + 1)
    await publish({ ...tariffDocument, rounding: 'down' })
    const versions = await fixture.billing.listTariffVersions(fixture.acme, fixture.tariffId)
    expect(versions.map((version) => version.effectiveAt)).toEqual([
      getInstant('2026-08-01T00:00:00Z'),
      january,
      january + 1,
    ])
  })

  it('changes nothing when the same version is published again', async () => {
    const document = { ...tariffDocument, rounding: 'up' }
    expect(await publish(document)).toEqual(await publish(document))
    expect(await fixture.billing.listTariffVersions(fixture.acme, fixture.tariffId)).toHaveLength(2)
  })

  it.each([
    ['the same document from another instant', tariffDocument, january],
    [
      'another document from the same instant',
      { ...tariffDocument, rounding: 'up' },
      getInstant('2026-08-01T00:00:00Z'),
    ],
  ])('refuses %s', async (_name, document, effectiveAt) => {
    await expect(publish(document, effectiveAt)).rejects.toMatchObject({ code: 'tariff_version_exists' })
  })

  it.each([
    ['without currency', { items: tariffDocument.items }, '/currency'],
    [
      'with a float price',
      { ...tariffDocument, items: [{ ...tariffDocument.items[0], price: 4.9 }] },
      '/items/0/price',
    ],
    [
      'with overlapping items',
      { ...tariffDocument, items: [tariffDocument.items[1], { ...tariffDocument.items[1], id: 'again' }] },
      '/items/1/register',
    ],
  ])('refuses a tariff %s and keeps nothing of it', async (_name, document, pointer) => {
    await expect(
      fixture.billing.publishTariff(fixture.acme, { name: 'Bad', effectiveAt: january, document }),
    ).rejects.toMatchObject({
      code: 'tariff_invalid',
      kind: 'validation',
      issues: [{ pointer }],
    })
    expect(await fixture.ledger.selectFrom('tariffs').select('name').execute()).toEqual([{ name: 'Drill' }])
  })

  it('refuses to begin inside a period that is already invoiced, and takes its end', async () => {
    await fixture.addContract()
    await fixture.billing.runBilling({})
    const document = { ...tariffDocument, rounding: 'up' }
    const end = getInstant('2026-10-31T23:00:00Z')
    await expect(publish(document, end - 1)).rejects.toMatchObject({
      code: 'period_already_issued',
      message:
        'Let the version begin at 2026-10-31T23:00:00.000Z or later: usage before it is already invoiced.',
    })
    await publish(document, end)
    expect(await fixture.billing.listTariffVersions(fixture.acme, fixture.tariffId)).toHaveLength(2)
  })

  it('reaches contracts that ran before it on a date of its own, and later ones from their start', async () => {
    const [base] = tariffDocument.items
    const december = getInstant('2026-11-30T23:00:00Z')
    const february = getInstant('2027-01-31T23:00:00Z')
    await publish({ currency: 'EUR', items: [{ ...base, price: '7.00' }] }, december, february)
    const { tariffId } = await fixture.billing.publishTariff(fixture.acme, {
      name: 'Other',
      effectiveAt: 0,
      document: { currency: 'EUR', items: [{ ...base, price: '1.00' }] },
    })
    const running = await fixture.addContract()
    const fresh = await fixture.addContract({ startsAt: december })
    // It has the tariff only since 1 January: to the tariff it is a new contract.
    const joined = await fixture.addContract({ tariffId })
    const input = { tariffId: fixture.tariffId, from: getInstant('2026-12-31T23:00:00Z') }
    await fixture.billing.changeTariff(fixture.acme, joined.id, input)
    fixture.setNow('2027-03-05T00:00:00Z')
    expect((await fixture.billing.runBilling({})).waiting).toEqual([])
    const totals = async (contractId: string) => {
      const { items } = await fixture.billing.listInvoices(fixture.acme, { limit: 10, contractId })
      const inOrder = items.toSorted((left, right) => left.period.from - right.period.from)
      return inOrder.map(({ totalMinor }) => totalMinor)
    }
    expect(await totals(running.id)).toEqual([490n, 490n, 490n, 490n, 700n])
    expect(await totals(fresh.id)).toEqual([700n, 700n, 700n])
    expect(await totals(joined.id)).toEqual([100n, 100n, 100n, 700n, 700n])
  })

  it('refuses to reach running contracts before others, or before an earlier version does', async () => {
    const later = { ...tariffDocument, rounding: 'up' }
    await expect(publish(later, january, january - 1)).rejects.toMatchObject({
      code: 'billing_input_invalid',
      issues: [{ pointer: '/runningFrom' }],
    })
    await publish(later, january, january + 100)
    const next = { ...tariffDocument, rounding: 'down' }
    await expect(publish(next, january + 1)).rejects.toMatchObject({
      issues: [{ pointer: '/runningFrom' }],
    })
    await expect(publish(next, january - 1, january + 101)).rejects.toMatchObject({
      issues: [{ pointer: '/runningFrom' }],
    })
    await expect(publish(later, january, january + 101)).rejects.toMatchObject({
      code: 'tariff_version_exists',
    })
    await publish(next, january + 1, january + 100)
  })

  it('is back-dated by neither date into what is invoiced', async () => {
    await fixture.addContract()
    await fixture.billing.runBilling({})
    const end = getInstant('2026-10-31T23:00:00Z')
    const document = { ...tariffDocument, rounding: 'up' }
    await expect(publish(document, end - 1, end - 1)).rejects.toMatchObject({ code: 'period_already_issued' })
    await publish(document, end - 1, end)
    // The contract began after this version came into force, so it would have been priced by it from its start.
    const earlier = { ...tariffDocument, rounding: 'down' }
    await expect(publish(earlier, getInstant('2026-09-01T00:00:00Z'), end)).rejects.toMatchObject({
      code: 'period_already_issued',
      message:
        'Let the version begin, and reach running contracts, at 2026-10-31T23:00:00.000Z or later: usage before it is already invoiced.',
    })
  })

  it('may begin where contracts are invoiced that had left the tariff by then', async () => {
    const contract = await fixture.addContract()
    const { tariffId } = await fixture.billing.publishTariff(fixture.acme, {
      name: 'Other',
      effectiveAt: 0,
      document: tariffDocument,
    })
    const left = getInstant('2026-10-10T00:00:00Z')
    await fixture.billing.changeTariff(fixture.acme, contract.id, { tariffId, from: left })
    await fixture.billing.runBilling({})
    const document = { ...tariffDocument, rounding: 'up' }
    await expect(publish(document, left - 1)).rejects.toMatchObject({ code: 'period_already_issued' })
    await publish(document, left)
  })

  it('never changes a version', async () => {
    await expect(
      withLedgerErrors(() =>
        fixture.ledger.updateTable('tariff_versions').set({ effective_at: 1 }).execute(),
      ),
    ).rejects.toMatchObject({ code: 'tariff_version_immutable' })
  })
})

describe('what can be known to be wrong', () => {
  const items = (register: string) => [
    { type: 'per_unit', id: 'run', description: 'Run', register, price: '1', per: 60, unit: 'min' },
  ]
  const wash = { type: 'matrix', id: 'wash', description: 'Wash', event: 'wash', per: 1, unit: 'wash' }
  const cells = { labels: ['programme'], cells: [{ labels: { programme: 'eco' }, price: '1' }] }

  it('is a register that no model has, once there is a model', async () => {
    const document = { currency: 'EUR', items: items('run_h') }
    await publish(document, january)
    await fixture.addDevice('drill-1')
    await expect(publish({ ...document, rounding: 'up' }, january + 1)).rejects.toMatchObject({
      code: 'tariff_register_unknown',
      message:
        'Correct "run_h" or register the model that has it first: none of your models has such a register.',
    })
    await publish({ ...document, items: items('run_s') }, january + 1)
  })

  it('is an event type that no model declares', async () => {
    await fixture.addDevice('drill-1')
    const document = { currency: 'EUR', items: [{ ...wash, ...cells }] }
    await expect(publish(document)).rejects.toMatchObject({ code: 'tariff_event_unknown' })
  })

  it('is another currency from inside a period of a contract, also of one that is made later', async () => {
    const inPounds = { ...tariffDocument, currency: 'GBP' }
    await fixture.addContract()
    await expect(publish(inPounds, january)).rejects.toMatchObject({ code: 'currency_mismatch' })
    // Berlin's January begins an hour before UTC's.
    await publish(inPounds, getInstant('2026-12-31T23:00:00Z'))
    await fixture.addContract()
    await expect(fixture.addContract({ timeZone: 'Europe/London' })).rejects.toMatchObject({
      code: 'currency_mismatch',
    })
  })
})
