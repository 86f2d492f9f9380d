/** How a customer pays at Stripe, and using a customer that is there already. */
import { Stack, Text, TextInput } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'

import { customerPaymentQuery, linkStripeCustomer } from '../../api/stripe.ts'
import { FormFrame } from '../../parts/form-frame.tsx'
import { QueryView } from '../../parts/query-view.tsx'
import { useForm } from '../../parts/use-form.ts'
import { SavedMethod } from '../../portal/saved-method.tsx'
import { useWords } from '../../words/language-context.tsx'
import { stripeWords } from '../billing/stripe-words.ts'
import { Disclosure } from '../disclosure.tsx'
import { Section } from '../section.tsx'
import { useRight } from '../use-rights.ts'

/** Nothing on an installation without Stripe. */
export function CustomerPayment({ customerId }: { readonly customerId: string }) {
  const words = useWords(stripeWords)
  const mayWrite = useRight('customers:write')
  const query = useQuery(customerPaymentQuery(customerId))
  if (query.data === null) return null
  return (
    <Section title={words.payment}>
      <QueryView query={query} outlines={1}>
        {(payment) =>
          payment !== null && (
            <Stack>
              <Stack className="card" gap="sm">
                {payment.paymentMethod === null ? (
                  <Text>{words.nothingSaved}</Text>
                ) : (
                  <SavedMethod method={payment.paymentMethod} />
                )}
                <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
                  {words.customerAtStripe}: {payment.stripeCustomerId ?? words.notAtStripe}
                </Text>
              </Stack>
              {mayWrite && payment.canSave && (
                <Disclosure label={words.link}>
                  {(close) => <LinkForm customerId={customerId} onDone={close} />}
                </Disclosure>
              )}
            </Stack>
          )
        }
      </QueryView>
    </Section>
  )
}

type FormProps = { readonly customerId: string; readonly onDone: () => void }

function LinkForm({ customerId, onDone }: FormProps) {
  const words = useWords(stripeWords)
  const client = useQueryClient()
  const form = useForm(
    { stripeCustomerId: '' },
    ({ stripeCustomerId }) => linkStripeCustomer(customerId, stripeCustomerId.trim()),
    async () => {
      await client.invalidateQueries({ queryKey: customerPaymentQuery(customerId).queryKey })
      onDone()
    },
  )
  return (
    <FormFrame form={form} submitLabel={words.linkSubmit} label={words.link}>
      <TextInput
        required
        label={words.linkLabel}
        description={words.linkHint}
        {...form.field('stripeCustomerId')}
      />
    </FormFrame>
  )
}
