import {
  aCustomer,
  aDraft,
  customerOf,
  finalized,
  hold,
  holdEqual,
  holdRefused,
  unique,
  type StripeCheck,
} from './check-world.ts'

const long = (length: number) => 'x'.repeat(length)

export const draftChecks: readonly StripeCheck[] = [
  {
    numbers: [1, 2],
    name: 'a draft takes our number of 26 characters, and no second one does',
    async run(world) {
      const number = `V${unique(world.run)}-`.padEnd(26, '0')
      const draft = await aDraft(world, [], { number })
      hold(draft.number === number, `The number is ${draft.number}, not ${number}.`)
      await holdRefused(
        'A second invoice of the number',
        aDraft(world, [], { number }).then((second) => finalized(world, second)),
      )
    },
  },
  {
    numbers: [3],
    name: 'an invoice has 250 lines and not one more',
    async run(world) {
      const draft = await aDraft(
        world,
        Array.from({ length: 250 }, () => ({ amount: 1 })),
      )
      hold(draft.total === 250, `The total is ${draft.total}.`)
      await holdRefused('The next line', world.stripe.invoices.addLines(draft.id, { lines: [{ amount: 1 }] }))
    },
  },
  {
    numbers: [4, 5, 8],
    name: 'lines are amounts, below zero and zero too, and sum to the total',
    async run(world) {
      const draft = await aDraft(world, [{ amount: 1_000 }, { amount: -300 }, { amount: 0 }])
      const currencies = draft.lines.data.map(({ currency }) => currency)
      holdEqual([draft.total, draft.currency, ...currencies], [700, 'eur', 'eur', 'eur', 'eur'], 'The total')
    },
  },
  {
    numbers: [6, 95],
    name: 'texts are as long as ours may be',
    async run(world) {
      const customer = await aCustomer(world, { name: long(256) })
      const metadata = { note: long(500) }
      const draft = await aDraft(world, [{ amount: 1_000, description: long(500), metadata }], {
        customer: customer.id,
        description: long(500),
        custom_fields: [{ name: long(40), value: long(140) }],
      })
      const [line] = draft.lines.data
      holdEqual(
        [customer.name, draft.description, line?.description, line?.metadata['note']].map(
          (text) => text?.length,
        ),
        [256, 500, 500, 500],
        'The lengths',
      )
      const open = await finalized(world, draft)
      const note = await world.stripe.creditNotes.create({ invoice: open.id, amount: 100, memo: long(500) })
      hold(note.memo?.length === 500, `The memo has ${note.memo?.length} characters.`)
    },
  },
  {
    numbers: [12, 27],
    name: 'a draft is in the list at once, with its metadata',
    async run(world) {
      const draft = await aDraft(world, [], { metadata: { invoice_id: 'inv_check' } })
      const [found] = (await world.stripe.invoices.list({ customer: customerOf(draft) })).data
      const retrieved = await world.stripe.invoices.retrieve(draft.id)
      holdEqual(
        [found?.metadata, retrieved.metadata].map((metadata) => metadata?.['invoice_id']),
        ['inv_check', 'inv_check'],
        'The metadata',
      )
    },
  },
  {
    numbers: [10],
    name: 'a draft is deleted, an open invoice is not',
    async run(world) {
      await world.stripe.invoices.del((await aDraft(world)).id)
      const open = await finalized(world, await aDraft(world))
      await holdRefused('An open invoice', world.stripe.invoices.del(open.id))
    },
  },
  {
    numbers: [19, 43],
    name: 'currencies of three decimals are invoiced in tens, those of none in hundreds',
    async run(world) {
      const open = await finalized(world, await aDraft(world, [{ amount: 1_230 }], { currency: 'kwd' }))
      hold(open.total === 1_230, `The total is ${open.total}.`)
      for (const [currency, amount] of [
        ['kwd', 1_231],
        ['isk', 100_050],
      ] as const) {
        await holdRefused(
          `${amount} ${currency}`,
          aDraft(world, [{ amount }], { currency }),
          'invalid_charge_amount',
        )
      }
    },
  },
  {
    numbers: [21],
    name: 'a customer of any country and tax status gets an invoice',
    async run(world) {
      for (const customer of [
        await aCustomer(world, { address: { country: 'US', line1: 'Main St 1' }, tax_exempt: 'exempt' }),
        await aCustomer(world, { address: { country: 'IN' }, tax_exempt: 'reverse' }),
        await aCustomer(world, { tax_exempt: 'reverse' }),
      ]) {
        const open = await finalized(world, await aDraft(world, undefined, { customer: customer.id }))
        hold(open.status === 'open', `It is ${open.status}.`)
      }
    },
  },
  {
    numbers: [47],
    name: 'a draft with auto_advance is to be finalized in an hour',
    async run(world) {
      const draft = await aDraft(world, undefined, { auto_advance: true })
      const seconds = (draft.automatically_finalizes_at ?? 0) - draft.created
      await world.stripe.invoices.del(draft.id)
      hold(seconds === 3_600, `It is after ${seconds} seconds.`)
    },
  },
]
