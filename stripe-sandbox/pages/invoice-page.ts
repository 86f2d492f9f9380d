/** The hosted page of an invoice: shows it, takes a card for it or debits an account, says when the card was declined, and asks the bank's question. */
import { newCard } from '../cards.ts'
import { newDebit } from '../debits.ts'
import { answerBank, collect, isBankAsking, isUnderWay } from '../collect-invoice.ts'
import type { SandboxContext } from '../operation.ts'
import type { StoredInvoice } from '../sandbox-state.ts'
import { methodTypesOf } from '../payment-objects.ts'
import { findTestAccount } from '../test-accounts.ts'
import { findTestCard } from '../test-card-numbers.ts'
import { html, nothing, type Html } from './html.ts'
import { notFoundPage, type PageAnswer, type PageRequest } from './page-layout.ts'
import { bankQuestion, failures, methodForms, formatAmount, formatInstant } from './page-parts.ts'

export function invoicePage(
  context: SandboxContext,
  { method, form }: PageRequest,
  id: string,
  step: string | undefined,
): PageAnswer {
  const stored = context.state.invoices.get(id)
  if (stored === undefined || stored.invoice.status === 'draft') return notFoundPage()
  if (step === 'bank') {
    if (method !== 'POST') return isBankAsking(context, stored) ? bankPage(stored) : { redirect: `/i/${id}` }
    const outcome = answerBank(context, id, form.get('answer') === 'yes')
    return outcome === 'declined'
      ? invoiceWith(context, stored, 'Your bank did not confirm the payment.')
      : { redirect: `/i/${id}` }
  }
  if (method !== 'POST') return invoiceWith(context, stored, undefined)
  const iban = form.get('iban')
  const card = findTestCard(form.get('card') ?? '')
  const account = iban === null ? undefined : findTestAccount(iban)
  if (account === undefined && (iban !== null || card === undefined)) {
    return invoiceWith(context, stored, iban === null ? failures.unknown_card : failures.unknown_account)
  }
  const paymentMethod =
    account === undefined ? card && newCard(context, card.whenPaying, null) : newDebit(context, account, null)
  const how = { isAutomatic: false, isCustomerPresent: true, ...(paymentMethod && { paymentMethod }) }
  switch (collect(context, id, how)) {
    case 'requires_action':
      return { redirect: `/i/${id}/bank` }
    case 'declined':
    case 'no_payment_method':
      return invoiceWith(context, stored, failures.declined)
    case 'paid':
    case 'processing':
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

function invoiceWith(
  context: SandboxContext,
  stored: StoredInvoice,
  failure: string | undefined,
): PageAnswer {
  const { invoice } = stored
  const isOwed = ['open', 'uncollectible'].includes(invoice.status) && invoice.amount_remaining > 0
  const isPayable = isOwed && !isUnderWay(context, stored)
  const remaining = formatAmount(invoice.amount_remaining, invoice.currency)
  return {
    status: failure === undefined ? 200 : 402,
    title: `Invoice ${invoice.number ?? invoice.id}`,
    body: html`${facts(stored)}${lineTable(stored)}
    ${
      isPayable
        ? html`<h2>Pay ${remaining}</h2>
            ${isBankAsking(context, stored) ? bankLink(stored) : nothing}
            ${methodForms(methodTypesOf(invoice.currency), `/i/${invoice.id}`, { card: `Pay ${remaining}`, account: `Debit ${remaining}` }, failure)}`
        : html`<p class="done" role="status">
            ${isOwed ? `A payment of ${remaining} is on its way. Nothing else is to be done.` : stateSentence(stored)}
          </p>`
    }
    ${invoice.footer === null ? nothing : html`<p>${invoice.footer}</p>`}`,
  }
}

function bankLink({ invoice }: StoredInvoice): Html {
  return html`<p>
      Your bank wants you to confirm the payment that was begun:
      <a href="/i/${invoice.id}/bank">Confirm with your bank</a>
    </p>
    <p>Or pay in another way:</p>`
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
