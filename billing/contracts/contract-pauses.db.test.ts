import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { formatInstant, getInstant } from '../../core/index.ts'
import type { Contract, Invoice } from '../billing-types.ts'
import { openBillingFixture, tariffDocument, type BillingFixture } from '../testing/billing-fixture.ts'
import { versionOfContract } from './change-contract.ts'

let fixture: BillingFixture

beforeEach(async () => {
  fixture = await openBillingFixture()
})

afterEach(async () => {
  await fixture.close()
})

const pause = ({ id }: Contract, from: string, to?: string, expected?: readonly string[]) =>
  fixture.billing.pauseContract(
    fixture.acme,
    id,
    { from: getInstant(from), ...(to !== undefined && { to: getInstant(to) }), reason: 'Winter break' },
    expected,
  )
const resume = ({ id }: Contract, at: string, expected?: readonly string[]) =>
  fixture.billing.resumeContract(fixture.acme, id, { at: getInstant(at) }, expected)
const pausesOf = ({ pauses }: Contract) =>
  pauses.map(({ from, to }) => `${formatInstant(from)} ${to === undefined ? 'open' : formatInstant(to)}`)

/** 31 a month by the day, in arrears or in advance, in force since August. */
async function addContractByDay(charged: 'in_arrears' | 'in_advance'): Promise<Contract> {
  const fee = { type: 'flat', id: 'fee', description: 'Fee', price: '31.00', proration: 'day', charged }
  const { tariffId } = await fixture.billing.publishTariff(fixture.acme, {
    name: `By day ${charged}`,
    effectiveAt: getInstant('2026-08-01T00:00:00Z'),
    document: { currency: 'EUR', items: [fee, ...tariffDocument.items.slice(1)] },
  })
  return await fixture.addContract({ tariffId })
}

async function bill(): Promise<readonly Invoice[]> {
  expect((await fixture.billing.runBilling({})).waiting).toEqual([])
  const { items } = await fixture.billing.listInvoices(fixture.acme, { limit: 100 })
  return items.toSorted((left, right) => left.period.from - right.period.from)
}

const feesOf = ({ lines }: Pick<Invoice, 'lines'>) =>
  lines
    .filter(({ itemId }) => itemId === 'fee')
    .map(({ quantity, amountMinor, correctsId }) => [quantity, amountMinor, correctsId !== undefined])

describe('a pause', () => {
  it('takes its days off the fee, and usage in it is billed', async () => {
    const contract = await addContractByDay('in_arrears')
    const drill = await fixture.addDevice('drill-1')
    await fixture.assign(contract, drill)
    await fixture.report(drill, '2026-10-12T10:00:00Z', 1_000)
    await fixture.report(drill, '2026-10-12T11:00:00Z', 1_600)
    await fixture.report(drill, '2026-11-01T00:00:00Z', 1_600)
    await pause(contract, '2026-10-09T22:00:00Z', '2026-10-14T22:00:00Z')
    const [invoice] = await bill()
    expect(
      invoice?.lines.map(({ itemId, quantity, amountMinor }) => [itemId, quantity, amountMinor]),
    ).toEqual([
      ['fee', '26/31', 2_600n],
      ['run', '10', 120n],
    ])
  })

  it('that is open lasts to the end of the period in a live bill, until it is resumed', async () => {
    const contract = await addContractByDay('in_arrears')
    await pause(contract, '2026-10-10T22:00:00Z')
    fixture.setNow('2026-10-20T12:00:00Z')
    const live = () => fixture.billing.liveBill(fixture.acme, contract.id)
    expect(feesOf(await live())).toEqual([['10/31', 1_000n, false]])
    // 20 October has begun.
    await resume(contract, '2026-10-20T12:00:00Z')
    expect(feesOf(await live())).toEqual([['22/31', 2_200n, false]])
  })

  it('that is open makes no fee from period to period', async () => {
    const contract = await addContractByDay('in_arrears')
    await pause(contract, '2026-10-10T22:00:00Z')
    fixture.setNow('2027-01-02T12:00:00Z')
    expect((await bill()).map(feesOf)).toEqual([[['10/31', 1_000n, false]], [], []])
  })

  it('of a time whose fee was charged in advance is given back, and its end charged on the next invoice', async () => {
    const contract = await addContractByDay('in_advance')
    // October itself, and November ahead.
    expect((await bill()).map(feesOf)).toEqual([
      [
        ['1', 3_100n, false],
        ['1', 3_100n, false],
      ],
    ])
    await pause(contract, '2026-11-10T23:00:00Z')
    fixture.setNow('2026-12-02T12:00:00Z')
    // November: 10 of 30 days, so 20.67 back; December is paused.
    const [, november] = await bill()
    // An invoice cannot be negative, so it comes as a credit note against October's, which charged it.
    expect(november && feesOf(november)).toEqual([])
    const { items } = await fixture.billing.listCreditNotes(fixture.acme, { limit: 10 })
    expect(items.map(({ kind, totalMinor }) => [kind, totalMinor])).toEqual([['correction', 2_067n]])
    await resume(contract, '2026-12-15T23:00:00Z')
    fixture.setNow('2027-01-02T12:00:00Z')
    // December: the 16th to the 31st; and January ahead.
    const [, , december] = await bill()
    expect(december && feesOf(december)).toEqual([
      ['1', 3_100n, false],
      ['16/31', 1_600n, true],
    ])
  })

  it('is entered once, and may be ended early or taken back', async () => {
    const contract = await fixture.addContract()
    const paused = await pause(contract, '2026-11-10T00:00:00Z', '2026-11-20T00:00:00Z')
    expect(pausesOf(paused)).toEqual(['2026-11-10T00:00:00.000Z 2026-11-20T00:00:00.000Z'])
    expect(await pause(contract, '2026-11-10T00:00:00Z', '2026-11-20T00:00:00Z')).toEqual(paused)
    const earlier = await resume(contract, '2026-11-15T00:00:00Z')
    expect(pausesOf(earlier)).toEqual(['2026-11-10T00:00:00.000Z 2026-11-15T00:00:00.000Z'])
    expect(await resume(contract, '2026-11-15T00:00:00Z')).toEqual(earlier)
    expect(await resume(contract, '2026-11-10T00:00:00Z')).toEqual(contract)
    expect(pausesOf(await pause(contract, '2026-11-09T00:00:00Z'))).toEqual(['2026-11-09T00:00:00.000Z open'])
    const rows = await fixture.ledger
      .selectFrom('audit_entries')
      .select(['action', 'after'])
      .where('action', 'in', ['contract.paused', 'contract.resumed'])
      .orderBy('no')
      .execute()
    expect(rows.map(({ action }) => action)).toEqual([
      'contract.paused',
      'contract.resumed',
      'contract.resumed',
      'contract.paused',
    ])
    expect(JSON.parse(rows[0]?.after ?? '')).toEqual({
      pauses: [{ from: '2026-11-10T00:00:00.000Z', to: '2026-11-20T00:00:00.000Z', reason: 'Winter break' }],
    })
  })

  it('may begin where another ends, and does not overlap one', async () => {
    const contract = await fixture.addContract()
    await pause(contract, '2026-11-10T00:00:00Z', '2026-11-20T00:00:00Z')
    await expect(pause(contract, '2026-11-19T00:00:00Z')).rejects.toMatchObject({
      code: 'contract_already_paused',
    })
    expect(pausesOf(await pause(contract, '2026-11-20T00:00:00Z'))).toHaveLength(2)
  })

  it('is refused in what is invoiced, outside of the contract and without a reason', async () => {
    const contract = await fixture.addContract()
    await bill()
    const refused: readonly [() => Promise<unknown>, string][] = [
      [() => pause(contract, '2026-10-20T00:00:00Z'), 'period_already_issued'],
      [() => pause(contract, '2026-09-20T00:00:00Z'), 'contract_not_running'],
      [() => pause(contract, '2026-11-20T00:00:00Z', '2026-11-20T00:00:00Z'), 'billing_input_invalid'],
      [() => resume(contract, '2026-11-20T00:00:00Z'), 'contract_not_paused'],
      [
        () =>
          fixture.billing.pauseContract(fixture.acme, contract.id, { from: contract.startsAt, reason: ' ' }),
        'billing_input_invalid',
      ],
      [
        () => pause({ ...contract, id: 'con_of_others' as Contract['id'] }, '2026-11-20T00:00:00Z'),
        'contract_not_found',
      ],
    ]
    for (const [attempt, code] of refused) await expect(attempt()).rejects.toMatchObject({ code })
  })

  it('that is open cannot end in what is invoiced', async () => {
    const contract = await fixture.addContract()
    await pause(contract, '2026-10-20T00:00:00Z')
    await bill()
    await expect(resume(contract, '2026-10-25T00:00:00Z')).rejects.toMatchObject({
      code: 'period_already_issued',
    })
    expect(pausesOf(await resume(contract, '2026-10-31T23:00:00Z'))).toHaveLength(1)
  })

  it('is refused to who has not seen the last change', async () => {
    const contract = await fixture.addContract()
    const seen = [versionOfContract(contract)]
    await pause(contract, '2026-11-10T00:00:00Z', undefined, seen)
    await expect(resume(contract, '2026-11-15T00:00:00Z', seen)).rejects.toMatchObject({ code: 'etag_stale' })
  })
})
