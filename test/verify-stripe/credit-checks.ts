import type { Stripe } from 'stripe'
import {
  aDraft,
  anOpen,
  aPayer,
  hold,
  holdEqual,
  holdRefused,
  intentOf,
  vat,
  type CheckWorld,
  type StripeCheck,
} from './check-world.ts'

async function aPaid(world: CheckWorld): Promise<Stripe.Invoice> {
  const payer = await aPayer(world)
  const { id } = await anOpen(world, payer.id)
  return await world.stripe.invoices.pay(id)
}

async function credit(
  { stripe }: CheckWorld,
  { id }: Stripe.Invoice,
  note: Partial<Stripe.CreditNoteCreateParams>,
): Promise<Stripe.CreditNote> {
  return await stripe.creditNotes.create({ invoice: id, email_type: 'none', ...note })
}

const rateOf = ({ lines }: Stripe.Invoice, index = 0) =>
  lines.data[index]?.taxes?.[0]?.tax_rate_details?.tax_rate ?? ''

export const creditChecks: readonly StripeCheck[] = [
  {
    numbers: [48],
    name: 'equal taxes share one tax rate, which is not active',
    async run(world) {
      const taxed = { amount: 1_000, tax_amounts: vat(190, 1_000, false) }
      const first = await aDraft(world, [taxed, taxed])
      const second = await aDraft(world, [taxed])
      const rates = [rateOf(first), rateOf(first, 1), rateOf(second)]
      hold(rates[0] !== '' && new Set(rates).size === 1, `The rates are ${rates.join(', ')}.`)
      const { active } = await world.stripe.taxRates.retrieve(rates[0] ?? '')
      hold(!active, 'The rate is active.')
    },
  },
  {
    numbers: [49],
    name: 'tax on top raises the total, tax within does not',
    async run(world) {
      const net = await aDraft(world, [{ amount: 1_000, tax_amounts: vat(190, 1_000, false) }])
      const gross = await aDraft(world, [{ amount: 1_190, tax_amounts: vat(190, 1_000, true) }])
      for (const { total, subtotal_excluding_tax, total_taxes } of [net, gross]) {
        holdEqual(
          [total, subtotal_excluding_tax, ...(total_taxes ?? []).map(({ amount }) => amount)],
          [1_190, 1_000, 190],
          'Total, without tax, tax',
        )
      }
    },
  },
  {
    numbers: [50],
    name: 'a tax without a reason has not_available',
    async run(world) {
      const [tax] = vat(190, 1_000, false)
      const { taxability_reason: _, ...unexplained } = tax ?? {}
      const draft = await aDraft(world, [
        { amount: 1_000, tax_amounts: [unexplained as NonNullable<typeof tax>] },
      ])
      const reason = draft.lines.data[0]?.taxes?.[0]?.taxability_reason
      hold(reason === 'not_available', `The reason is ${reason}.`)
    },
  },
  {
    numbers: [12, 51, 52, 57],
    name: 'a credit note has the tax that it names, and none where it names none',
    async run(world) {
      const open = await anOpen(world, undefined, [{ amount: 1_000, tax_amounts: vat(190, 1_000, false) }])
      const note: Stripe.CreditNoteCreateParams = {
        invoice: open.id,
        lines: [
          {
            type: 'custom_line_item',
            description: 'Check',
            quantity: 1,
            unit_amount: 100,
            tax_amounts: [{ amount: 19, taxable_amount: 100, tax_rate: rateOf(open) }],
          },
        ],
        metadata: { credit_note_id: 'crn_check' },
        email_type: 'none',
      }
      const preview = await world.stripe.creditNotes.preview(note)
      const taxed = await world.stripe.creditNotes.create(note)
      const untaxed = await credit(world, open, {
        lines: [{ type: 'invoice_line_item', invoice_line_item: open.lines.data[0]?.id ?? '', amount: 100 }],
      })
      const alone = await credit(world, open, { amount: 100 })
      holdEqual(
        [preview, taxed, untaxed, alone].map(({ total }) => total),
        [119, 119, 100, 100],
        'The totals',
      )
      const lines = alone.lines.data.map(({ amount, taxes }) => [amount, taxes?.length ?? 0])
      holdEqual(lines, [[100, 0]], 'The line of an amount alone')
      hold(taxed.number === `${open.number}-CN-01`, `The number is ${taxed.number}.`)
      const listed = await world.stripe.creditNotes.list({ invoice: open.id })
      const [metadata] = listed.data.flatMap((each) => each.metadata?.['credit_note_id'] ?? [])
      holdEqual([listed.data.length, metadata], [3, 'crn_check'], 'The list')
    },
  },
  {
    numbers: [53, 78],
    name: 'a note lowers what is open, and makes it paid when nothing remains',
    async run(world) {
      const open = await anOpen(world)
      const { pre_payment_amount } = await credit(world, open, { amount: 400 })
      const { amount_due, amount_remaining } = await world.stripe.invoices.retrieve(open.id)
      holdEqual([pre_payment_amount, amount_due, amount_remaining], [400, 600, 600], 'Before payment')
      await credit(world, open, { amount: 600 })
      const settled = await world.stripe.invoices.retrieve(open.id)
      holdEqual(
        [
          settled.status,
          settled.amount_paid,
          settled.amount_remaining,
          settled.pre_payment_credit_notes_amount,
        ],
        ['paid', 0, 0, 1_000],
        'State, paid, remaining, credited',
      )
    },
  },
  {
    numbers: [54],
    name: 'what comes after payment is split to the cent',
    async run(world) {
      const paid = await aPaid(world)
      await holdRefused('A cent too little', credit(world, paid, { amount: 100, refund_amount: 99 }))
      await holdRefused('A cent too much', credit(world, paid, { amount: 100, out_of_band_amount: 101 }))
      const intent = await intentOf(world, paid.id)
      const refund = await world.stripe.refunds.create({ payment_intent: intent.id, amount: 40 })
      const note = await credit(world, paid, {
        amount: 100,
        refund_amount: 30,
        credit_amount: 20,
        out_of_band_amount: 10,
        refunds: [{ refund: refund.id, amount_refunded: 40 }],
      })
      holdEqual([note.post_payment_amount, note.refunds.length], [100, 2], 'After payment, refunds')
    },
  },
  {
    numbers: [55],
    name: 'notes are at most the total, and not for drafts and void invoices',
    async run(world) {
      const open = await anOpen(world)
      await credit(world, open, { amount: 600 })
      await holdRefused('More than the total', credit(world, open, { amount: 401 }))
      await holdRefused('A draft', credit(world, await aDraft(world), { amount: 100 }))
      const voided = await anOpen(world)
      await world.stripe.invoices.voidInvoice(voided.id)
      await holdRefused('A void invoice', credit(world, voided, { amount: 100 }))
      const givenUp = await anOpen(world)
      await world.stripe.invoices.markUncollectible(givenUp.id)
      const note = await credit(world, givenUp, { amount: 100 })
      hold(note.status === 'issued', `It is ${note.status}.`)
    },
  },
  {
    numbers: [56],
    name: 'a note is voided while it only lowers what is open',
    async run(world) {
      const open = await anOpen(world)
      const note = await credit(world, open, { amount: 100 })
      const voided = await world.stripe.creditNotes.voidCreditNote(note.id)
      const { amount_remaining } = await world.stripe.invoices.retrieve(open.id)
      holdEqual([voided.status, amount_remaining], ['void', 1_000], 'State and remaining')
      const refunded = await credit(world, await aPaid(world), { amount: 100, refund_amount: 100 })
      await holdRefused('After payment', world.stripe.creditNotes.voidCreditNote(refunded.id))
      const whole = await credit(world, open, { amount: 1_000 })
      await holdRefused('A paid invoice', world.stripe.creditNotes.voidCreditNote(whole.id))
    },
  },
  {
    numbers: [59],
    name: 'no more is refunded than was paid',
    async run(world) {
      const { id } = await intentOf(world, (await aPaid(world)).id)
      const refund = (amount?: number) =>
        world.stripe.refunds.create({ payment_intent: id, ...(amount === undefined ? {} : { amount }) })
      await refund(400)
      await holdRefused('A part too much', refund(601))
      await refund()
      await holdRefused('Another refund', refund(), 'charge_already_refunded')
    },
  },
]
