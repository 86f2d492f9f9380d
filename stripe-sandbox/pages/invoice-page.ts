/** The hosted page of an invoice: shows it, takes a card for it, says when the card was declined, and asks the bank's question. */
import { newCard } from '../cards.ts'
import { answerBank, collect } from '../collect-invoice.ts'
import type { SandboxContext } from '../operation.ts'
import type { StoredInvoice } from '../sandbox-state.ts'
import { findTestCard } from '../test-card-numbers.ts'
import { html, nothing, type Html } from './html.ts'
import { notFoundPage, type PageAnswer, type PageRequest } from './page-layout.ts'
import { bankQuestion, cardFailures, cardForm, formatAmount, formatInstant } from './page-parts.ts'

export function invoicePage(
  context: SandboxContext,
  { method, form }: PageRequest,
  id: string,
  step: string | undefined,
): PageAnswer {
  const stored = context.state.invoices.get(id)
  if (stored === undefined || stored.invoice.status === 'draft') return notFoundPage()
  if (step === 'bank') {
    if (method !== 'POST') return bankPage(stored)
    const outcome = answerBank(context, id, form.get('answer') === 'yes')
    return outcome === 'declined'
      ? invoiceWith(stored, 'Your bank did not confirm the payment.')
      : { redirect: `/i/${id}` }
  }
  if (method !== 'POST') return invoiceWith(stored, undefined)
  const card = findTestCard(form.get('card') ?? '')
  if (card === undefined) return invoiceWith(stored, cardFailures.unknown_card)
  const paymentMethod = newCard(context, card.whenPaying, null)
  switch (collect(context, id, { isAutomatic: false, isCustomerPresent: true, paymentMethod })) {
    case 'requires_action':
      return { redirect: `/i/${id}/bank` }
    case 'declined':
    case 'no_payment_method':
      return invoiceWith(stored, cardFailures.declined)
    case 'paid':
    case 'not_open':
      return { redirect: `/i/${id}` }
  }
}

function bankPage({ invoice }: StoredInvoice): PageAnswer {
  const amount = formatAmount(invoice.amount_remaining, invoice.currency)
  return {
    status: 200,
    title: 'Confirm with your bank',
    body: bankQuestion(`/i/${invoice.id}/bank`, `pay ${amount}`),
  }
}

function invoiceWith(stored: StoredInvoice, failure: string | undefined): PageAnswer {
  const { invoice } = stored
  const isPayable = ['open', 'uncollectible'].includes(invoice.status) && invoice.amount_remaining > 0
  const remaining = formatAmount(invoice.amount_remaining, invoice.currency)
  return {
    status: failure === undefined ? 200 : 402,
    title: `Invoice ${invoice.number ?? invoice.id}`,
    body: html`${facts(stored)}${lineTable(stored)}
    ${
      isPayable
        ? html`<h2>Pay ${remaining}</h2>
            ${cardForm(`/i/${invoice.id}`, `Pay ${remaining}`, failure)}`
        : html`<p class="done" role="status">${stateSentence(stored)}</p>`
    }
    ${invoice.footer === null ? nothing : html`<p>${invoice.footer}</p>`}`,
  }
}

function stateSentence({ invoice }: StoredInvoice): string {
  if (invoice.status === 'void') return 'This invoice is void: nothing is to be paid.'
  return `This invoice is paid${invoice.status_transitions.paid_at === null ? '' : ` since ${formatInstant(invoice.status_transitions.paid_at)} UTC`}.`
}

function facts({ invoice }: StoredInvoice): Html {
  const rows: readonly (readonly [string, string])[] = [
    ['For', invoice.customer_name ?? invoice.customer_email ?? ''],
    ['Issued (UTC)', formatInstant(invoice.status_transitions.finalized_at)],
    ['Due (UTC)', formatInstant(invoice.due_date)],
    ['State', invoice.status],
    ...(invoice.custom_fields ?? []).map(({ name, value }): readonly [string, string] => [name, value]),
  ]
  return html`<table>
      <tbody>
        ${rows
          .filter(([, text]) => text !== '')
          .map(
            ([name, text]) =>
              html`<tr>
                <th scope="row">${name}</th>
                <td class="wide">${text}</td>
              </tr>`,
          )}
      </tbody>
    </table>
    ${invoice.description === null ? nothing : html`<p>${invoice.description}</p>`}`
}

function lineTable({ invoice, lines }: StoredInvoice): Html {
  const amount = (minor: number) => html`<td class="amount">${formatAmount(minor, invoice.currency)}</td>`
  const sum = (name: string, minor: number) =>
    html`<tr>
      <th scope="row">${name}</th>
      ${amount(minor)}
    </tr>`
  const tax = invoice.total - invoice.subtotal
  return html`<h2>Lines</h2>
    <table>
      <thead>
        <tr>
          <th scope="col">Description</th>
          <th scope="col" class="amount">Amount</th>
        </tr>
      </thead>
      <tbody>
        ${lines.map(
          (line) =>
            html`<tr>
              <td class="wide">${line.description ?? ''}</td>
              ${amount(line.amount)}
            </tr>`,
        )}
      </tbody>
      <tfoot>
        ${tax === 0 ? nothing : [sum('Subtotal', invoice.subtotal), sum('Tax', tax)]}
        ${sum('Total', invoice.total)}
        ${invoice.amount_paid === 0 ? nothing : sum('Paid', invoice.amount_paid)}
        ${invoice.pre_payment_credit_notes_amount === 0 ? nothing : sum('Credited', invoice.pre_payment_credit_notes_amount)}
        ${sum('To be paid', invoice.amount_remaining)}
      </tfoot>
    </table>`
}
