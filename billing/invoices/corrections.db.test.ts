/** What arrives, is rejected or is found out after a period was invoiced comes as a signed line on the next invoice. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { getInstant, systemActor, type DeviceId } from '../../core/index.ts'
import type { BillLine, Contract, Invoice } from '../billing-types.ts'
import { replayInvoices } from '../replay/replay-invoices.ts'
import { openBillingFixture, type BillingFixture } from '../testing/billing-fixture.ts'

let fixture: BillingFixture
let drill: DeviceId
let contract: Contract

beforeEach(async () => {
  fixture = await openBillingFixture()
  drill = await fixture.addDevice('drill-1')
  contract = await fixture.addContract()
  await fixture.assign(contract, drill)
  // Base 1,000; 6,000 s by 20 October.
  await fixture.report(drill, '2026-09-30T22:00:00Z', 1_000)
  await fixture.report(drill, '2026-10-20T00:00:00Z', 7_000)
})

afterEach(async () => {
  await fixture.close()
})

async function runAt(now: string): Promise<readonly Invoice[]> {
  fixture.setNow(now)
  const { issued, waiting } = await fixture.billing.runBilling({})
  expect(waiting).toEqual([])
  return await Promise.all(
    issued.map(async (id) => {
      const invoice = await fixture.billing.findInvoice(fixture.acme, id)
      if (invoice === undefined) throw new Error('no invoice')
      return invoice
    }),
  )
}

/** Every invoice computed again from its inputs. */
async function replay(): Promise<string[]> {
  const outcomes = await Array.fromAsync(replayInvoices(fixture.ledger, {}))
  return outcomes.map((each) =>
    each.outcome === 'different' ? JSON.stringify(each.difference) : each.outcome,
  )
}

const sayLines = (lines: readonly BillLine[]) =>
  lines.map(({ itemId, quantity, amountMinor, correctsId }) => {
    return `${itemId} ${quantity} ${amountMinor}${correctsId === undefined ? '' : ' corrects'}`
  })

async function reconcile(from: string, to: string): Promise<string> {
  const span = { from: getInstant(from), to: getInstant(to) }
  const [row] = await fixture.billing.reconcile(fixture.acme, span)
  if (row === undefined) throw new Error('nothing to reconcile')
  return `${row.advanced} = ${row.billed} + ${row.notBillable} + ${row.unassigned} + ${row.held}`
}

describe('usage that arrives for a period that is invoiced', () => {
  it('comes as one signed line on the next invoice, names the old period and is in the live bill before', async () => {
    // 100 min at 0.12 and the fee of 4.90: nothing is known after 20 October, and the grace has passed.
    const [october] = await runAt('2026-11-05T00:00:00Z')
    expect(october?.totalMinor).toBe(1690n)

    await fixture.report(drill, '2026-10-31T23:00:00Z', 8_800)
    await fixture.report(drill, '2026-11-10T00:00:00Z', 9_400)
    fixture.setNow('2026-11-20T00:00:00Z')
    await fixture.billing.noticeLateUsage()
    // 130 min in October, 30 of them new; 10 min in November.
    const expected = ['base 1 490', 'run 10 120', 'run 30 360 corrects']
    const live = await fixture.billing.liveBill(fixture.acme, contract.id)
    expect(sayLines(live.lines)).toEqual(expected)
    expect(live.linesMinor).toBe(970n)

    await fixture.report(drill, '2026-11-30T23:00:00Z', 9_400)
    await fixture.report(drill, '2026-12-01T12:00:00Z', 9_400)
    const [november, ...others] = await runAt('2026-12-02T00:00:00Z')
    expect(others).toEqual([])
    expect(sayLines(november?.lines ?? [])).toEqual(expected)
    const correction = november?.lines.at(-1)
    expect(correction?.correctsId).toBe(october?.id)
    expect(correction?.explanation.period).toEqual(october?.period)
    expect(correction?.sentence).toBe(
      'Run time: run_s of device drill-1 advanced by 7800 s from 2026-09-30T22:00:00Z to 2026-10-31T23:00:00Z, which is 130 min; 130 min at 0.12 EUR are 15.60 EUR; 12.00 EUR for 100 min were billed by ACME-000001; together 3.60 EUR.',
    )
    expect(await reconcile('2026-09-30T22:00:00Z', '2026-10-31T23:00:00Z')).toBe('7800 = 7800 + 0 + 0 + 0')
    expect(await reconcile('2026-10-31T23:00:00Z', '2026-11-30T23:00:00Z')).toBe('600 = 600 + 0 + 0 + 0')
  })

  it('is corrected once: the invoice after the next says nothing more of it', async () => {
    await runAt('2026-11-05T00:00:00Z')
    await fixture.report(drill, '2026-10-31T23:00:00Z', 8_800)
    await fixture.report(drill, '2026-12-01T12:00:00Z', 8_800)
    const [november] = await runAt('2026-12-02T00:00:00Z')
    expect(sayLines(november?.lines ?? [])).toEqual(['base 1 490', 'run 0 0', 'run 30 360 corrects'])
    await fixture.report(drill, '2027-01-01T12:00:00Z', 8_800)
    const [december] = await runAt('2027-01-02T00:00:00Z')
    expect(sayLines(december?.lines ?? [])).toEqual(['base 1 490', 'run 0 0'])
  })

  it('is corrected for each of two closed periods', async () => {
    await runAt('2026-11-05T00:00:00Z')
    const [november] = await runAt('2026-12-05T00:00:00Z')
    expect(sayLines(november?.lines ?? [])).toEqual(['base 1 490', 'run 0 0'])
    await fixture.report(drill, '2026-10-31T23:00:00Z', 8_800)
    await fixture.report(drill, '2026-11-30T23:00:00Z', 10_000)
    await fixture.report(drill, '2026-12-31T23:00:00Z', 10_600)
    await fixture.report(drill, '2027-01-01T12:00:00Z', 10_600)
    const [december] = await runAt('2027-01-02T00:00:00Z')
    // 30 min of October, 20 min of November.
    expect(sayLines(december?.lines ?? [])).toEqual([
      'base 1 490',
      'run 10 120',
      'run 30 360 corrects',
      'run 20 240 corrects',
    ])
    expect(await replay()).toEqual(['same', 'same', 'same'])
    expect(await reconcile('2026-09-30T22:00:00Z', '2026-12-31T23:00:00Z')).toBe('9600 = 9600 + 0 + 0 + 0')
  })
})

it('a correction is in the first bill that is not invoiced, not in the draft of the period that it corrects', async () => {
  await runAt('2026-11-05T00:00:00Z')
  await fixture.report(drill, '2026-10-31T23:00:00Z', 8_800)
  await fixture.billing.noticeLateUsage()
  const october = await fixture.billing.draftBill(
    fixture.acme,
    contract.id,
    getInstant('2026-10-15T00:00:00Z'),
  )
  expect(sayLines(october.lines)).toEqual(['base 1 490', 'run 130 1560'])
})

describe('usage that is rejected after its period was invoiced', () => {
  it('is given back by a signed line', async () => {
    await fixture.report(drill, '2026-10-31T23:00:00Z', 7_600)
    await fixture.report(drill, '2026-11-01T12:00:00Z', 7_600)
    const [october] = await runAt('2026-11-02T00:00:00Z')
    // 110 min.
    expect(october?.totalMinor).toBe(490n + 1320n)
    await reject(3, 4)
    await fixture.report(drill, '2026-11-30T23:00:00Z', 7_000)
    await fixture.report(drill, '2026-12-01T12:00:00Z', 7_000)
    const [november] = await runAt('2026-12-02T00:00:00Z')
    expect(sayLines(november?.lines ?? [])).toEqual(['base 1 490', 'run 0 0', 'run -10 -120 corrects'])
    expect(november?.totalMinor).toBe(370n)
    expect(await replay()).toEqual(['same', 'same'])
  })
})

async function reject(...seqs: number[]): Promise<void> {
  for (const seq of seqs) {
    await fixture.metering.by(systemActor('test')).decide({
      manufacturerId: fixture.acme,
      deviceId: drill,
      decision: { kind: 'reject', epoch: 1, seq },
      reason: 'bench test',
    })
  }
  await fixture.metering.settle()
}

async function creditNotes(): Promise<string[]> {
  const { items } = await fixture.billing.listCreditNotes(fixture.acme, { limit: 10 })
  return items.map(({ kind, number, invoiceId, totalMinor, lines }) =>
    [
      kind,
      number,
      invoiceId === firstInvoice ? 'first' : 'other',
      totalMinor,
      ...lines.map(({ itemId }) => itemId),
    ].join(' '),
  )
}
let firstInvoice: string | undefined

describe('an exchange of the counter that is found after the invoice', () => {
  it('comes as one signed line: what the old counter had reached and what the new one has', async () => {
    // The new board counts from 0: lower than before, so nobody knows what it means.
    await expect(fixture.report(drill, '2026-10-31T23:00:00Z', 600)).rejects.toThrow('run_s fell from 7000 s')
    const [october] = await runAt('2026-11-05T00:00:00Z')
    expect(sayLines(october?.lines ?? [])).toEqual(['base 1 490', 'run 100 1200'])
    await fixture.metering.by(systemActor('test')).decide({
      manufacturerId: fixture.acme,
      deviceId: drill,
      decision: {
        kind: 'exchange',
        register: 'run_s',
        final: 8_000n,
        start: 0n,
        at: getInstant('2026-10-25T00:00:00Z'),
      },
      reason: 'The workshop says so',
    })
    await fixture.metering.settle()
    await fixture.report(drill, '2026-11-30T23:00:00Z', 600)
    await fixture.report(drill, '2026-12-01T12:00:00Z', 600)
    const [november] = await runAt('2026-12-02T00:00:00Z')
    // 1,000 s of the old one and 600 s of the new one are 80/3 min.
    expect(sayLines(november?.lines ?? [])).toEqual(['base 1 490', 'run 0 0', 'run 80/3 320 corrects'])
    expect(await replay()).toEqual(['same', 'same'])
    expect(await reconcile('2026-09-30T22:00:00Z', '2026-10-31T23:00:00Z')).toBe('7600 = 7600 + 0 + 0 + 0')
  })
})

describe('a bill that corrections would make negative', () => {
  it('is invoiced without them, and they come as a credit note against the invoice that they correct', async () => {
    await fixture.report(drill, '2026-10-31T23:00:00Z', 17_000)
    await fixture.report(drill, '2026-11-01T12:00:00Z', 17_000)
    // 16,000 s are 800/3 min: 32.00.
    const [october] = await runAt('2026-11-02T00:00:00Z')
    firstInvoice = october?.id
    expect(october?.totalMinor).toBe(490n + 3200n)
    await reject(3, 4)
    await fixture.report(drill, '2026-11-30T23:00:00Z', 7_000)
    await fixture.report(drill, '2026-12-01T12:00:00Z', 7_000)
    const [november] = await runAt('2026-12-02T00:00:00Z')
    expect(sayLines(november?.lines ?? [])).toEqual(['base 1 490', 'run 0 0'])
    // 12.00 are right for October: 20.00 are given back.
    expect(await creditNotes()).toEqual(['correction ACME-C-000001 first 2000 run'])
    expect(await replay()).toEqual(['same', 'same'])
    expect(await reconcile('2026-09-30T22:00:00Z', '2026-10-31T23:00:00Z')).toBe('6000 = 6000 + 0 + 0 + 0')

    // What was credited is billed less: the same usage again comes as one line.
    await fixture.report(drill, '2026-12-31T23:00:00Z', 7_000)
    await fixture.report(drill, '2027-01-01T12:00:00Z', 7_000)
    const [december] = await runAt('2027-01-02T00:00:00Z')
    expect(sayLines(december?.lines ?? [])).toEqual(['base 1 490', 'run 0 0'])
  })
})

describe('what is given back of a period that later invoices charged', () => {
  it('is credited on the invoice that has enough left of it', async () => {
    const [october] = await runAt('2026-11-05T00:00:00Z')
    firstInvoice = october?.id
    // 10,000 s of October come late: 500/3 min are 20.00.
    await fixture.report(drill, '2026-10-31T23:00:00Z', 17_000)
    await fixture.report(drill, '2026-11-30T23:00:00Z', 17_000)
    await fixture.report(drill, '2026-12-01T12:00:00Z', 17_000)
    const [november] = await runAt('2026-12-02T00:00:00Z')
    expect([october?.totalMinor, november?.totalMinor]).toEqual([1690n, 490n + 2000n])
    await reject(3, 4, 5)
    await fixture.report(drill, '2026-12-31T23:00:00Z', 7_000)
    await fixture.report(drill, '2027-01-01T12:00:00Z', 7_000)
    const [december] = await runAt('2027-01-02T00:00:00Z')
    expect(sayLines(december?.lines ?? [])).toEqual(['base 1 490', 'run 0 0'])
    // October's own invoice has 16.90 left, November's 24.90.
    expect(await creditNotes()).toEqual(['correction ACME-C-000001 other 2000 run'])
    expect(await replay()).toEqual(['same', 'same', 'same'])
    expect(await reconcile('2026-09-30T22:00:00Z', '2026-12-31T23:00:00Z')).toBe('6000 = 6000 + 0 + 0 + 0')

    // It is reckoned with: the same usage again comes as one line.
    await fixture.report(drill, '2027-01-31T23:00:00Z', 7_000)
    await fixture.report(drill, '2027-02-01T12:00:00Z', 7_000)
    const [january] = await runAt('2027-02-02T00:00:00Z')
    expect(sayLines(january?.lines ?? [])).toEqual(['base 1 490', 'run 0 0'])

    await expect(
      fixture.billing.voidInvoice(fixture.acme, october?.id ?? '', { reason: 'Wrong address' }),
    ).rejects.toMatchObject({ code: 'invoice_not_voidable' })
  })
})

describe('after a rate of tax has changed', () => {
  beforeEach(async () => {
    await fixture.close()
    const rate = { place: 'DE', category: 'standard', kind: 'standard' } as const
    fixture = await openBillingFixture({}, { ...rate, percent: '19', from: '1980-01-01' })
    await fixture.billing.addTaxRate(fixture.acme, { ...rate, percent: '16', from: '2026-11-01' })
    drill = await fixture.addDevice('drill-1')
    contract = await fixture.addContract()
    await fixture.assign(contract, drill)
    await fixture.report(drill, '2026-09-30T22:00:00Z', 1_000)
    await fixture.report(drill, '2026-10-20T00:00:00Z', 7_000)
  })

  it('what is owed in addition comes with the tax of the old period, as an invoice of its own beside the next', async () => {
    const [october] = await runAt('2026-11-05T00:00:00Z')
    // 16.90 and 19 percent, 3.211.
    expect(october?.totalMinor).toBe(1690n + 321n)
    await fixture.report(drill, '2026-10-31T23:00:00Z', 8_800)
    expect(await runAt('2026-11-20T00:00:00Z')).toEqual([])
    await fixture.report(drill, '2026-11-30T23:00:00Z', 8_800)
    await fixture.report(drill, '2026-12-01T12:00:00Z', 8_800)
    fixture.setNow('2026-12-02T00:00:00Z')
    const live = await fixture.billing.liveBill(fixture.acme, contract.id, getInstant('2026-11-15T00:00:00Z'))
    const [november, final, ...others] = await runAt('2026-12-02T00:00:00Z')
    expect(others).toEqual([])
    expect(sayLines(live.lines)).toEqual(['base 1 490', 'run 0 0'])
    expect(sayLines(november?.lines ?? [])).toEqual(['base 1 490', 'run 0 0'])
    // 4.90 and 16 percent, 0.784; 3.60 and 19 percent, 0.684.
    expect(november?.totalMinor).toBe(490n + 78n)
    expect(sayLines(final?.lines ?? [])).toEqual(['run 30 360 corrects'])
    expect([final?.totalMinor, final?.period]).toEqual([360n + 68n, october?.period])
    expect(await replay()).toEqual(['same', 'same', 'same'])
    expect(await runAt('2026-12-03T00:00:00Z')).toEqual([])
    expect(await reconcile('2026-09-30T22:00:00Z', '2026-11-30T23:00:00Z')).toBe('7800 = 7800 + 0 + 0 + 0')
  })

  it('what is given back comes with the tax of the old period, as a credit note', async () => {
    await fixture.report(drill, '2026-10-31T23:00:00Z', 8_800)
    const [october] = await runAt('2026-11-05T00:00:00Z')
    firstInvoice = october?.id
    await reject(3)
    await fixture.report(drill, '2026-11-30T23:00:00Z', 7_000)
    await fixture.report(drill, '2026-12-01T12:00:00Z', 7_000)
    const [november, ...others] = await runAt('2026-12-02T00:00:00Z')
    expect(others).toEqual([])
    expect(sayLines(november?.lines ?? [])).toEqual(['base 1 490', 'run 0 0'])
    // Of 20.50 and 3.90 of tax 3.60 and 0.68.
    expect(await creditNotes()).toEqual(['correction ACME-C-000001 first 428 run'])
  })
})

describe('a contract that has ended', () => {
  beforeEach(async () => {
    await fixture.close()
    fixture = await openBillingFixture()
    drill = await fixture.addDevice('drill-1')
    contract = await fixture.addContract({ endsAt: getInstant('2026-10-31T23:00:00Z') })
    await fixture.assign(contract, drill, '2026-09-30T22:00:00Z', '2026-10-31T23:00:00Z')
    await fixture.report(drill, '2026-09-30T22:00:00Z', 1_000)
    await fixture.report(drill, '2026-10-20T00:00:00Z', 7_000)
  })

  it('gets a final invoice for what came late, once', async () => {
    const [october] = await runAt('2026-11-05T00:00:00Z')
    await fixture.report(drill, '2026-10-31T23:00:00Z', 8_800)
    const [final, ...others] = await runAt('2026-11-20T00:00:00Z')
    expect(others).toEqual([])
    expect(sayLines(final?.lines ?? [])).toEqual(['run 30 360 corrects'])
    expect([final?.totalMinor, final?.number, final?.period]).toEqual([360n, 'ACME-000002', october?.period])
    expect(await replay()).toEqual(['same', 'same'])
    expect(await runAt('2026-11-21T00:00:00Z')).toEqual([])
  })

  it('gets a credit note for what is to be given back', async () => {
    await fixture.report(drill, '2026-10-31T23:00:00Z', 8_800)
    const [october] = await runAt('2026-11-05T00:00:00Z')
    firstInvoice = october?.id
    expect(october?.totalMinor).toBe(490n + 1560n)
    await reject(3)
    expect(await runAt('2026-11-20T00:00:00Z')).toEqual([])
    expect(await creditNotes()).toEqual(['correction ACME-C-000001 first 360 run'])
    await runAt('2026-11-21T00:00:00Z')
    expect(await creditNotes()).toHaveLength(1)
  })

  it('gets what goes down of one tax rate as a credit note, and what goes up of another as a final invoice', async () => {
    await fixture.close()
    const rate = { place: 'DE', from: '1980-01-01' }
    fixture = await openBillingFixture({}, { ...rate, category: 'standard', percent: '19', kind: 'standard' })
    const { acme, billing } = fixture
    await billing.addTaxRate(acme, { ...rate, category: 'reduced', percent: '7', kind: 'reduced' })
    const item = { type: 'per_unit', price: '0.12' }
    const { tariffId } = await billing.publishTariff(acme, {
      name: 'Two rates',
      effectiveAt: 0,
      document: {
        currency: 'EUR',
        items: [
          { ...item, id: 'run', description: 'Run time', register: 'run_s', per: 60, unit: 'min' },
          {
            ...item,
            id: 'energy',
            description: 'Energy',
            register: 'energy_wh',
            per: 1000,
            unit: 'kWh',
            taxCategory: 'reduced',
          },
        ],
      },
    })
    drill = await fixture.addDevice('drill-2')
    contract = await fixture.addContract({ tariffId, endsAt: getInstant('2026-10-31T23:00:00Z') })
    await fixture.assign(contract, drill, '2026-09-30T22:00:00Z', '2026-10-31T23:00:00Z')
    await fixture.report(drill, '2026-09-30T22:00:00Z', 1_000, 500)
    await fixture.report(drill, '2026-10-31T23:00:00Z', 8_800, 10_500)
    const [october] = await runAt('2026-11-05T00:00:00Z')
    firstInvoice = october?.id
    expect(sayLines(october?.lines ?? [])).toEqual(['run 130 1560', 'energy 10 120'])

    await reject(2)
    await fixture.report(drill, '2026-10-31T22:00:00Z', 7_000, 35_500)
    const [final] = await runAt('2026-11-20T00:00:00Z')
    // 30 min less are 3.60 and 19 percent; 25 kWh more are 3.00 and 7 percent.
    expect(await creditNotes()).toEqual(['correction ACME-C-000001 first 428 run'])
    expect(sayLines(final?.lines ?? [])).toEqual(['energy 25 300 corrects'])
    expect(final?.totalMinor).toBe(321n)
    expect(await replay()).toEqual(['same', 'same'])
    expect(await runAt('2026-11-21T00:00:00Z')).toEqual([])
    expect(await creditNotes()).toHaveLength(1)
  })

  it('gets it once, also by two runs at the same moment', async () => {
    await fixture.report(drill, '2026-10-31T23:00:00Z', 8_800)
    await runAt('2026-11-05T00:00:00Z')
    await reject(3)
    fixture.setNow('2026-11-20T00:00:00Z')
    await Promise.all([fixture.billing.runBilling({}), fixture.billing.runBilling({})])
    expect(await creditNotes()).toHaveLength(1)
  })
})

it('an invoice pins what it rests on, under its own id', async () => {
  const [october] = await runAt('2026-11-05T00:00:00Z')
  const differences = await fixture.metering.readPinDifferences(october?.id ?? '')
  expect(differences.map(({ register, quantity, difference }) => [register, quantity, difference])).toEqual([
    ['run_s', 6_000n, 0n],
  ])
})

describe('late usage beside what people decide', () => {
  it('leaves manual lines alone, and comes again on the next invoice when the one that bore it is void', async () => {
    await fixture.billing.addManualLine(fixture.acme, contract.id, {
      description: 'Delivery',
      amountMinor: 2_500n,
      currency: 'EUR',
      taxCategory: 'standard',
      reason: 'Second trip',
    })
    const [october] = await runAt('2026-11-05T00:00:00Z')
    expect(sayLines(october?.lines ?? [])).toEqual(['base 1 490', 'run 100 1200', 'manual 1 2500'])

    await fixture.report(drill, '2026-10-31T23:00:00Z', 8_800)
    await fixture.report(drill, '2026-12-01T12:00:00Z', 8_800)
    const [november] = await runAt('2026-12-02T00:00:00Z')
    expect(sayLines(november?.lines ?? [])).toEqual(['base 1 490', 'run 0 0', 'run 30 360 corrects'])
    const reason = 'Wrong address'
    await expect(
      fixture.billing.voidInvoice(fixture.acme, String(october?.id), { reason }),
    ).rejects.toMatchObject({ code: 'invoice_not_voidable' })

    await fixture.billing.voidInvoice(fixture.acme, String(november?.id), { reason })
    await fixture.report(drill, '2027-01-01T12:00:00Z', 8_800)
    const [december] = await runAt('2027-01-02T00:00:00Z')
    expect(sayLines(december?.lines ?? [])).toEqual(['base 1 490', 'run 0 0', 'run 30 360 corrects'])
  })
})
