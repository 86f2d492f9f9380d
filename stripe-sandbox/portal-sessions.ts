/** Sessions of the customer portal: a link to a page where a customer sees its cards and invoices. Only the payment_method_update flow. */
import type { Stripe } from 'stripe'
import { getLivingCustomer } from './customer-store.ts'
import type { Operation } from './operation.ts'
import { idText, object, oneOf, readParameters, text, webUrl, type ReadersOf } from './parameters.ts'

export const portalSessionOperations: readonly Operation[] = [
  {
    name: 'create_portal_session',
    method: 'POST',
    path: '/v1/billing_portal/sessions',
    prepare(context, form) {
      const given = readParameters(
        form,
        {
          customer: idText,
          return_url: webUrl,
          locale: text(10),
          flow_data: object({ type: oneOf(['payment_method_update']) }, ['type']),
        } satisfies ReadersOf<Stripe.BillingPortal.SessionCreateParams>,
        ['customer'],
      )
      getLivingCustomer(context.state, given.customer, 'customer', 400)
      return (): Stripe.BillingPortal.Session => {
        const id = context.newId('bps')
        const session: Stripe.BillingPortal.Session = {
          id,
          object: 'billing_portal.session',
          after_expiration: null,
          configuration: 'bpc_sandbox',
          created: context.nowSecond(),
          customer: given.customer,
          customer_account: null,
          flow: given.flow_data === undefined ? null : flowOf(given.flow_data.type),
          livemode: false,
          locale: given.locale ?? null,
          on_behalf_of: null,
          return_url: given.return_url ?? null,
          url: `${context.url()}/p/${id}`,
        }
        context.state.portalSessions.put(session)
        return session
      }
    },
  },
]

function flowOf(type: Stripe.BillingPortal.Session.Flow['type']): Stripe.BillingPortal.Session.Flow {
  return {
    after_completion: { type: 'portal_homepage', hosted_confirmation: null, redirect: null },
    customer_update: null,
    subscription_cancel: null,
    subscription_pause: null,
    subscription_update: null,
    subscription_update_confirm: null,
    type,
  }
}
