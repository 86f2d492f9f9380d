/** Parts that several pages have: amounts, tables, the forms for cards and accounts, the bank's question. */
import type { StoredPaymentMethod } from '../sandbox-state.ts'
import { testAccounts } from '../test-accounts.ts'
import { testCardHints } from '../test-card-numbers.ts'
import { html, nothing, type Html } from './html.ts'
import { problem } from './page-layout.ts'

/** As "EUR 178.50": minor units with the decimals that Stripe gives the currency. */
export function formatAmount(amountMinor: number, currency: string): string {
  const code = currency.toUpperCase()
  const digits = decimalsOf(code)
  const text = String(Math.abs(amountMinor)).padStart(digits + 1, '0')
  const sign = amountMinor < 0 ? '−' : ''
  const whole = text.slice(0, text.length - digits)
  return `${code} ${sign}${whole}${digits === 0 ? '' : `.${text.slice(-digits)}`}`
}

function decimalsOf(code: string): number {
  if (code === 'ISK' || code === 'UGX') return 2
  return (
    new Intl.NumberFormat('en', { style: 'currency', currency: code }).resolvedOptions()
      .maximumFractionDigits ?? 2
  )
}

export function formatInstant(second: number | null): string {
  if (second === null) return ''
  return new Date(second * 1000).toISOString().replace('T', ' ').slice(0, 16)
}

/** A table that scrolls by itself where the page is narrower; `name` is what a screen reader calls it. */
export function table(
  name: string,
  columns: readonly string[],
  rows: readonly (readonly (string | Html)[])[],
): Html {
  const head = columns.map((column) => html`<th scope="col">${column}</th>`)
  const body = rows.map(
    (row) =>
      html`<tr>
        ${row.map((cell) => html`<td>${cell}</td>`)}
      </tr>`,
  )
  return html`<div class="scroll" role="region" aria-label="${name}" tabindex="0">
    <table>
      <thead>
        <tr>
          ${head}
        </tr>
      </thead>
      <tbody>
        ${body}
      </tbody>
    </table>
  </div>`
}

export function methodName({ paymentMethod: { card, sepa_debit } }: StoredPaymentMethod): string {
  const name = sepa_debit === undefined ? (card?.brand ?? 'card') : 'SEPA debit, account'
  return `${name} ending in ${(sepa_debit ?? card)?.last4 ?? '????'}`
}

type Buttons = { readonly card: string; readonly account: string }

export const saveButtons: Buttons = { card: 'Save card', account: 'Save account' }

/** The card field and, where debits are taken, the account field: each a form of its own, so that no script is needed. */
export function methodForms(
  types: readonly string[],
  action: string,
  buttons: Buttons,
  failure: string | undefined,
): Html {
  const hasCard = types.includes('card')
  return html`${hasCard ? cardForm(action, buttons.card, failure) : problem(failure)}
  ${types.includes('sepa_debit') ? accountForm(action, buttons.account, hasCard) : nothing}`
}

function accountForm(action: string, button: string, isSecond: boolean): Html {
  const hints = testAccounts.map(({ iban, hint }) => html`<li><code>${groupsOf(iban)}</code> ${hint}</li>`)
  return html`<h2>${isSecond ? 'Or by SEPA direct debit' : 'SEPA direct debit'}</h2>
    <form method="post" action="${action}">
      <label for="iban">IBAN</label>
      <input id="iban" name="iban" autocomplete="off" required aria-describedby="iban-hints" />
      <p>By this you allow the merchant to debit the account, for this and for later invoices.</p>
      <button>${button}</button>
    </form>
    <div id="iban-hints">
      <p>Only test accounts are taken:</p>
      <ul>
        ${hints}
      </ul>
    </div>`
}

const groupsOf = (iban: string) => iban.replaceAll(/(.{4})(?=.)/g, '$1 ')

function cardForm(action: string, button: string, failure: string | undefined): Html {
  const hints = testCardHints.map(([number, effect]) => html`<li><code>${number}</code> ${effect}</li>`)
  return html`${problem(failure)}
    <form method="post" action="${action}">
      <label for="card">Card number</label>
      <input id="card" name="card" inputmode="numeric" autocomplete="off" required aria-describedby="hints" />
      <button>${button}</button>
    </form>
    <div id="hints">
      <p>Only test cards are taken:</p>
      <ul>
        ${hints}
      </ul>
    </div>`
}

export function bankQuestion(action: string, about: string): Html {
  return html`<p>Your bank asks whether it is you who wants to ${about}.</p>
    <form method="post" action="${action}">
      <button name="answer" value="yes">Yes, it is me</button
      ><button class="other" name="answer" value="no">No</button>
    </form>`
}

export const failures = {
  declined: 'Your card was declined. Try another one.',
  unknown_card: 'This is not one of the test cards below.',
  unknown_account: 'This is not one of the test accounts below.',
} as const
