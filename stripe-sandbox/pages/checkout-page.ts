/** The page of a Checkout session in setup mode: takes a test card or a test account, asks the bank's question when the card does, leads back. */
import { completeSession } from '../checkout-sessions.ts'
import type { SandboxContext } from '../operation.ts'
import type { StoredCheckoutSession, StoredSetupIntent } from '../sandbox-state.ts'
import { answerBankAboutCard, saveAccount, saveCard, type SetupOutcome } from '../setup-intents.ts'
import { html, nothing } from './html.ts'
import { notFoundPage, type PageAnswer, type PageRequest } from './page-layout.ts'
import { bankQuestion, failures, methodForms, saveButtons } from './page-parts.ts'

export function checkoutPage(
  context: SandboxContext,
  { method, form }: PageRequest,
  id: string,
  step: string | undefined,
): PageAnswer {
  const session = context.state.checkoutSessions.get(id)
  const intent = context.state.setupIntents.get(session?.setup_intent ?? '')
  if (session === undefined || intent === undefined) return notFoundPage()
  if (session.status !== 'open') return overPage(session)
  if (step === 'bank') {
    if (intent.status !== 'requires_action') return { redirect: `/c/${id}` }
    if (method !== 'POST') return bankPage(session)
    const outcome = answerBankAboutCard(context, intent, form.get('answer') === 'yes')
    return afterOutcome(context, session, outcome)
  }
  if (method !== 'POST') return formPage(session, failureOf(intent))
  const iban = session.payment_method_types.includes('sepa_debit') ? form.get('iban') : null
  const outcome =
    iban === null
      ? saveCard(context, intent, form.get('card') ?? '', `${context.url()}/c/${id}/bank`)
      : saveAccount(context, intent, iban)
  return afterOutcome(context, session, outcome)
}

function afterOutcome(
  context: SandboxContext,
  session: StoredCheckoutSession,
  outcome: SetupOutcome,
): PageAnswer {
  switch (outcome) {
    case 'succeeded':
      completeSession(context, session)
      return { redirect: (session.success_url ?? '/').replaceAll('{CHECKOUT_SESSION_ID}', session.id) }
    case 'asks':
      return { redirect: `/c/${session.id}/bank` }
    case 'declined':
    case 'unknown_card':
    case 'unknown_account':
      return formPage(session, failures[outcome])
    case 'over':
      return overPage(session)
  }
}

function failureOf(intent: StoredSetupIntent): string | undefined {
  return intent.last_setup_error?.message
}

function formPage(session: StoredCheckoutSession, failure: string | undefined): PageAnswer {
  const back =
    session.cancel_url === null
      ? nothing
      : html`<p><a href="${session.cancel_url}">Back without saving</a></p>`
  return {
    status: failure === undefined ? 200 : 402,
    title: 'Save a payment method',
    body: html`<p>It is used for your future invoices. Nothing is paid now.</p>
      ${methodForms(session.payment_method_types, `/c/${session.id}`, saveButtons, failure)}${back}`,
    leadsTo: [session.success_url],
  }
}

function bankPage(session: StoredCheckoutSession): PageAnswer {
  return {
    status: 200,
    title: 'Confirm with your bank',
    body: bankQuestion(`/c/${session.id}/bank`, 'save this card'),
    leadsTo: [session.success_url],
  }
}

function overPage({ status, cancel_url }: StoredCheckoutSession): PageAnswer {
  const text =
    status === 'complete' ? 'It was saved already.' : 'This link is no longer valid. Ask for a new one.'
  const back = cancel_url === null ? nothing : html`<p><a href="${cancel_url}">Back</a></p>`
  return {
    status: status === 'complete' ? 200 : 410,
    title: 'Save a payment method',
    body: html`<p>${text}</p>
      ${back}`,
  }
}
