import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { getInstant, type InvoiceId } from '../../core/index.ts'
import type { Invoice } from '../billing-types.ts'
import { withLedgerErrors } from '../ledger-errors.ts'
import { openBillingFixture, type BillingFixture } from '../testing/billing-fixture.ts'

let fixture: BillingFixture

beforeEach(async () => {
  fixture = await openBillingFixture()
})

afterEach(async () => {
  await fixture.close()
})

/** Issues the flat fee of one month for as many contracts. */
async function issueInvoices(count: number): Promise<readonly InvoiceId[]> {
  for (let made = 0; made < count; made += 1) await fixture.addContract()
  return (await fixture.billing.runBilling({})).issued
}

async function issueOne(): Promise<Invoice> {
  const [id = ''] = await issueInvoices(1)
  const invoice = await fixture.billing.findInvoice(fixture.acme, id)
  if (invoice === undefined) throw new Error('no invoice was issued')
  return invoice
}

describe('I9 Lines and taxes sum to the total; every issued document is frozen; corrections point at what they correct', () => {
  // Taxes and corrections do not exist yet; what exists is tested.
  it('refuses to issue a draft whose lines do not sum to its total', async () => {
    const { id, ...row } = await issueOne()
    const draft = {
      manufacturer_id: row.manufacturerId,
      customer_id: row.customerId,
      contract_id: row.contractId,
      number: null,
      currency: 'EUR',
      cutoff_at: 3,
      total_minor: 490n,
      created_at: 3,
      issued_at: null,
      paid_at: null,
    }
    await fixture.ledger
      .insertInto('invoices')
      .values({ id: 'inv_2', status: 'draft', period_from_at: 1, period_to_at: 2, ...draft })
      .execute()
    expect(id).not.toBe('inv_2')
    await expect(
      withLedgerErrors(() =>
        fixture.ledger
          .updateTable('invoices')
          .set({ status: 'issued', number: 'ACME-9', issued_at: 4 })
          .where('id', '=', 'inv_2')
          .execute(),
      ),
    ).rejects.toThrow("An invoice's lines do not sum to its total.")
  })

  it.each(['total_minor', 'cutoff_at', 'period_to_at'] as const)(
    'refuses to change %s of an issued invoice',
    async (column) => {
      const { id } = await issueOne()
      await expect(
        withLedgerErrors(() =>
          fixture.ledger
            .updateTable('invoices')
            .set({ [column]: 1n })
            .where('id', '=', id)
            .execute(),
        ),
      ).rejects.toMatchObject({ code: 'invoice_frozen', kind: 'conflict' })
    },
  )

  it('refuses to delete an issued invoice', async () => {
    const { id } = await issueOne()
    await expect(
      withLedgerErrors(() => fixture.ledger.deleteFrom('invoices').where('id', '=', id).execute()),
    ).rejects.toMatchObject({ code: 'invoice_frozen' })
  })

  it('refuses to change, remove or add lines of an issued invoice', async () => {
    const { id } = await issueOne()
    const { ledger } = fixture
    const row = await ledger.selectFrom('invoice_lines').selectAll().executeTakeFirstOrThrow()
    const changes: (() => Promise<unknown>)[] = [
      () =>
        ledger.updateTable('invoice_lines').set({ amount_minor: 1n }).where('invoice_id', '=', id).execute(),
      () => ledger.deleteFrom('invoice_lines').where('invoice_id', '=', id).execute(),
      () =>
        ledger
          .insertInto('invoice_lines')
          .values({ ...row, position: 9n })
          .execute(),
    ]
    for (const change of changes) {
      await expect(withLedgerErrors(change)).rejects.toMatchObject({ code: 'invoice_frozen' })
    }
    expect(
      (await fixture.billing.findInvoice(fixture.acme, id))?.lines.map((line) => line.amountMinor),
    ).toEqual([490n, 0n])
  })

  it('has lines that sum to the total', async () => {
    const { lines, totalMinor } = await issueOne()
    expect(lines.map((line) => line.amountMinor)).toEqual([490n, 0n])
    expect(totalMinor).toBe(490n)
  })
})

describe('the status of an invoice', () => {
  const paidAt = getInstant('2026-11-05T10:00:00Z')

  it('becomes paid once: the first instant of payment stays', async () => {
    const { id } = await issueOne()
    await fixture.billing.markPaid(id, paidAt)
    await fixture.billing.markPaid(id, paidAt + 1)
    expect(await fixture.billing.findInvoice(fixture.acme, id)).toMatchObject({ status: 'paid', paidAt })
  })

  it('becomes uncollectible and is paid after all', async () => {
    const { id } = await issueOne()
    await fixture.billing.markUncollectible(id)
    await fixture.billing.markUncollectible(id)
    expect((await fixture.billing.findInvoice(fixture.acme, id))?.status).toBe('uncollectible')
    await fixture.billing.markPaid(id, paidAt)
    expect((await fixture.billing.findInvoice(fixture.acme, id))?.status).toBe('paid')
  })

  it('stays void', async () => {
    const { id } = await issueOne()
    await fixture.billing.markVoid(id)
    await fixture.billing.markVoid(id)
    await expect(fixture.billing.markPaid(id, paidAt)).rejects.toMatchObject({
      code: 'invoice_status_invalid',
    })
    await expect(fixture.billing.markUncollectible(id)).rejects.toMatchObject({
      code: 'invoice_status_invalid',
    })
    expect(await fixture.billing.findInvoice(fixture.acme, id)).toMatchObject({
      status: 'void',
      paidAt: undefined,
    })
  })

  it('stays paid', async () => {
    const { id } = await issueOne()
    await fixture.billing.markPaid(id, paidAt)
    await expect(fixture.billing.markVoid(id)).rejects.toMatchObject({ code: 'invoice_status_invalid' })
  })

  it('cannot be changed for an invoice that is not there', async () => {
    await expect(fixture.billing.markPaid('inv_0' as InvoiceId, paidAt)).rejects.toMatchObject({
      code: 'invoice_not_found',
    })
  })
})

describe('listInvoices', () => {
  it('gives every invoice once, page by page, newest first', async () => {
    const october = await issueInvoices(3)
    fixture.setNow('2026-12-01T00:00:00Z')
    const november = (await fixture.billing.runBilling({})).issued
    const seen: string[] = []
    let after: string | undefined
    do {
      const page = await fixture.billing.listInvoices(fixture.acme, {
        limit: 2,
        ...(after === undefined ? {} : { after }),
      })
      seen.push(...page.items.map((invoice) => invoice.id))
      after = page.nextAfter
    } while (after !== undefined)
    expect(seen).toEqual([...november.toSorted().reverse(), ...october.toSorted().reverse()])
  })

  it('filters by customer, contract and status', async () => {
    const [first, second] = await issueInvoices(2)
    const { items } = await fixture.billing.listInvoices(fixture.acme, { limit: 10 })
    const one = items.find((invoice) => invoice.id === first)
    await fixture.billing.markVoid(second as InvoiceId)
    for (const filter of [
      { customerId: one?.customerId ?? '' },
      { contractId: one?.contractId ?? '' },
      { status: 'issued' as const },
    ]) {
      const page = await fixture.billing.listInvoices(fixture.acme, { limit: 10, ...filter })
      expect(page.items.map((invoice) => invoice.id)).toEqual([first])
    }
  })

  it('refuses a cursor that it did not give out', async () => {
    await expect(
      fixture.billing.listInvoices(fixture.acme, { limit: 10, after: 'inv_1' }),
    ).rejects.toMatchObject({ code: 'cursor_invalid' })
  })

  it('refuses a page of no items', async () => {
    await expect(fixture.billing.listInvoices(fixture.acme, { limit: 0 })).rejects.toMatchObject({
      code: 'billing_input_invalid',
      issues: [{ pointer: '/limit', detail: 'Ask for 1 to 500 items.' }],
    })
  })
})
