import { afterEach, describe, expect, it } from 'vitest'
import { refusal, sandboxFixture } from './sandbox-fixture.ts'

const fixture = sandboxFixture()
afterEach(() => fixture.end())

describe('search in the Stripe sandbox', () => {
  it('finds a new object only a minute later, while a list has it at once', async () => {
    const { sandbox, stripe } = await fixture.start()
    const { id: customer } = await stripe.customers.create({ metadata: { contract: "O'Hara" } })
    const invoice = await stripe.invoices.create({ customer, number: 'ACME-1', metadata: { bill: '7' } })
    const search = async (query: string) => (await stripe.invoices.search({ query })).data.map(({ id }) => id)
    expect(await search("metadata['bill']:'7'")).toEqual([])
    expect((await stripe.invoices.list({ customer })).data).toHaveLength(1)
    sandbox.advance(59_999)
    expect(await search("metadata['bill']:'7'")).toEqual([])
    sandbox.advance(1)
    expect(await search("metadata['bill']:'7'")).toEqual([invoice.id])
    expect(await search('metadata["bill"]:"7" AND number:"ACME-1"')).toEqual([invoice.id])
    expect(await search("metadata['bill']:'8' AND number:'ACME-1'")).toEqual([])
    expect(await search("status:'draft'")).toEqual([invoice.id])
    const found = await stripe.customers.search({ query: String.raw`metadata['contract']:'O\'Hara'` })
    expect(found.data.map(({ id }) => id)).toEqual([customer])
    await stripe.invoices.finalizeInvoice(invoice.id)
    expect(await search("status:'paid'")).toEqual([])
    expect(await search("status:'draft'")).toEqual([invoice.id])
    sandbox.advance(60_000)
    expect(await search("status:'paid'")).toEqual([invoice.id])
  })

  it('comes in pages', async () => {
    const { stripe } = await fixture.start({ searchLagMs: 0 })
    const made: string[] = []
    for (let index = 0; index < 5; index += 1) {
      made.unshift((await stripe.customers.create({ name: 'Drill' })).id)
    }
    const first = await stripe.customers.search({ query: "name:'Drill'", limit: 2 })
    expect([first.data.map(({ id }) => id), first.has_more]).toEqual([made.slice(0, 2), true])
    const all = await stripe.customers
      .search({ query: "name:'Drill'", limit: 2 })
      .autoPagingToArray({ limit: 100 })
    expect(all.map(({ id }) => id)).toEqual(made)
  })

  it.each([
    "total:'5'",
    "name~'x'",
    "status:'a' OR status:'b'",
    "status:'a' AND",
    '',
    'metadata:"x"',
    "status['x']:'y'",
  ])('refuses the query %s', async (query) => {
    const { stripe } = await fixture.start()
    await expect(stripe.invoices.search({ query })).rejects.toEqual(refusal(400))
  })
})
