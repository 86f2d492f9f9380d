/** The customer portal: lists a customer's payment methods and invoices; adds a card or an account, makes one the default, takes one away. */
import type { Stripe } from 'stripe'
import { detachMethod } from '../saved-methods.ts'
import type { SandboxContext } from '../operation.ts'
import { methodTypesOf } from '../payment-objects.ts'
import type { StoredCustomer, StoredPaymentMethod } from '../sandbox-state.ts'
import {
  answerBankAboutCard,
  newSetupIntent,
  saveAccount,
  saveCard,
  type SetupOutcome,
} from '../setup-intents.ts'
import { html, nothing, type Html } from './html.ts'
import { notFoundPage, type PageAnswer, type PageRequest } from './page-layout.ts'
import {
  bankQuestion,
  failures,
  formatAmount,
  formatInstant,
  methodForms,
  methodName,
  saveButtons,
  table,
} from './page-parts.ts'

const MAX_INVOICES = 100

type View = {
  readonly context: SandboxContext
  readonly session: Stripe.BillingPortal.Session
  readonly stored: StoredCustomer
  /** The path of the session's page. */
  readonly path: string
}

export function portalPage(
  context: SandboxContext,
  { method, form }: PageRequest,
  id: string,
  step: string | undefined,
): PageAnswer {
  const session = context.state.portalSessions.get(id)
  const stored = context.state.customers.get(session?.customer ?? '')
  if (session === undefined || stored === undefined || stored.isDeleted) return notFoundPage()
  const view = { context, session, stored, path: `/p/${id}` }
  const card = methodsOf(view).find(({ paymentMethod }) => paymentMethod.id === form.get('card'))
  switch (`${method} ${step ?? ''}`) {
    case 'GET ':
      return overview(view)
    case 'POST add': {
      const intent = newSetupIntent(context, stored.customer.id, methodTypesOf(currencyOf(stored)))
      const bankPath = `${view.path}/bank?setup=${intent.id}`
      const iban = form.get('iban')
      const outcome =
        iban === null
          ? saveCard(context, intent, form.get('card') ?? '', context.url() + bankPath)
          : saveAccount(context, intent, iban)
      return afterSetup(view, outcome, bankPath)
    }
    case 'GET bank':
      return {
        status: 200,
        title: 'Confirm with your bank',
        body: bankQuestion(`${view.path}/bank?setup=${form.get('setup') ?? ''}`, 'save this card'),
      }
    case 'POST bank': {
      const intent = context.state.setupIntents.get(form.get('setup') ?? '')
      if (intent?.customer !== stored.customer.id) return notFoundPage()
      return afterSetup(view, answerBankAboutCard(context, intent, form.get('answer') === 'yes'), view.path)
    }
    case 'POST default':
      if (card === undefined) return notFoundPage()
      makeDefault(view, card)
      return { redirect: view.path }
    case 'POST remove':
      if (card === undefined) return notFoundPage()
      detachMethod(context, card.paymentMethod.id)
      return { redirect: view.path }
    default:
      return notFoundPage()
  }
}

/** The flow payment_method_update makes the new card the default; otherwise only a first card becomes it. */
function afterSetup(view: View, outcome: SetupOutcome, bankPath: string): PageAnswer {
  if (outcome === 'asks') return { redirect: bankPath }
  if (outcome !== 'succeeded') return overview(view, failures[outcome === 'over' ? 'declined' : outcome])
  const cards = methodsOf(view)
  const newest = cards.at(-1)
  const isDefault = view.session.flow?.type === 'payment_method_update' || cards.length === 1
  if (newest !== undefined && isDefault) makeDefault(view, newest)
  return { redirect: view.path }
}

function currencyOf({ customer }: StoredCustomer): string | undefined {
  return customer.currency ?? undefined
}

function methodsOf({ context: { state }, stored }: View): StoredPaymentMethod[] {
  return state.paymentMethods
    .idsWhere('customer', stored.customer.id)
    .flatMap((id) => state.paymentMethods.get(id) ?? [])
}

function makeDefault({ context, stored }: View, { paymentMethod }: StoredPaymentMethod): void {
  const invoice_settings = { ...stored.customer.invoice_settings, default_payment_method: paymentMethod.id }
  const customer = { ...stored.customer, invoice_settings }
  context.state.customers.put({ ...stored, customer })
  context.emit('customer.updated', customer)
}

function overview(view: View, failure?: string): PageAnswer {
  const { context, session, stored, path } = view
  const standard = stored.customer.invoice_settings.default_payment_method
  const cards = methodsOf(view).map((card) => {
    const isDefault = card.paymentMethod.id === standard
    const use = isDefault ? html`, used for invoices` : nothing
    const choose = isDefault ? nothing : cardButton(path, card, 'default', 'Use for invoices')
    return html`<li>
      ${methodName(card)}${use}<br />${choose}${cardButton(path, card, 'remove', 'Remove')}
    </li>`
  })
  const invoices = context.state.invoices
    .newestFirst({ index: 'customer', indexValue: stored.customer.id })
    ?.filter(({ invoice }) => invoice.status !== 'draft')
    .take(MAX_INVOICES)
    .map(({ invoice }) => [
      html`<a href="/i/${invoice.id}">${invoice.number ?? invoice.id}</a>`,
      formatInstant(invoice.status_transitions.finalized_at),
      formatAmount(invoice.total, invoice.currency),
      invoice.status,
    ])
  const back = session.return_url === null ? nothing : html`<p><a href="${session.return_url}">Back</a></p>`
  return {
    status: failure === undefined ? 200 : 402,
    title: stored.customer.name ?? 'Your account',
    body: html`<h2>Payment methods</h2>
      ${
        cards.length === 0
          ? html`<p>Nothing is saved yet.</p>`
          : html`<ul class="cards">
              ${cards}
            </ul>`
      }
      <h2>Add a payment method</h2>
      ${methodForms(methodTypesOf(currencyOf(stored)), `${path}/add`, saveButtons, failure)}
      <h2>Invoices</h2>
      ${table('Invoices', ['Number', 'Date (UTC)', 'Total', 'State'], [...(invoices ?? [])])}${back}`,
  }
}

function cardButton(path: string, card: StoredPaymentMethod, step: string, text: string): Html {
  return html`<form class="inline" method="post" action="${path}/${step}">
    <button
      class="other"
      name="card"
      value="${card.paymentMethod.id}"
      aria-label="${text}: ${methodName(card)}"
    >
      ${text}
    </button>
  </form>`
}
