/** Whether a Stripe account is connected, and entering its secrets; what would come of another account is said before it happens. */
import { Alert, Checkbox, PasswordInput, Stack, Text } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'

import { connectStripe, type Manufacturer } from '../../api/office.ts'
import { Problem } from '../../api/request.ts'
import { leftQuery } from '../../api/stripe.ts'
import { FormFrame } from '../../parts/form-frame.tsx'
import { useForm } from '../../parts/use-form.ts'
import { useWords } from '../../words/language-context.tsx'
import { LeftInvoices } from './left-invoices.tsx'
import { officeWords } from './office-words.ts'

type Props = { readonly manufacturer: Manufacturer; readonly mayWrite: boolean }

export function StripeForm({ manufacturer: { stripe }, mayWrite }: Props) {
  const words = useWords(officeWords)
  const client = useQueryClient()
  const [entered, setEntered] = useState(0)
  async function noteEntered() {
    setEntered((before) => before + 1)
    await client.invalidateQueries({ queryKey: ['manufacturer'] })
    await client.invalidateQueries({ queryKey: leftQuery.queryKey })
  }
  return (
    <Stack gap="sm">
      <Text>{stripe.isConnected ? words.stripeConnected(stripe.mode ?? '') : words.stripeNotConnected}</Text>
      <LeftInvoices />
      {mayWrite && <SecretsForm key={entered} onEntered={noteEntered} />}
    </Stack>
  )
}

function SecretsForm({ onEntered }: { readonly onEntered: () => Promise<void> }) {
  const words = useWords(officeWords)
  const form = useForm(
    { secretKey: '', webhookSecret: '', isConfirmed: '' },
    ({ isConfirmed, ...secrets }) => connectStripe({ ...secrets, isConfirmed: isConfirmed !== '' }),
    onEntered,
  )
  const { error } = form
  const isUnconfirmed = error instanceof Problem && error.code === 'stripe_connection_unconfirmed'
  const key = form.field('secretKey')
  return (
    <FormFrame
      form={form}
      submitLabel={words.connect}
      label={words.stripe}
      notice={
        isUnconfirmed ? (
          <Alert role="alert" color="yellow" variant="light" title={words.stripeConsequences}>
            <Text size="sm" c="var(--mantine-color-text)">
              {error.message}
            </Text>
          </Alert>
        ) : undefined
      }
    >
      <PasswordInput
        required
        autoComplete="off"
        label={words.secretKey}
        {...key}
        onChange={(event) => {
          // What was confirmed was of the key before.
          form.set('isConfirmed', '')
          key.onChange(event)
        }}
      />
      <PasswordInput
        required
        autoComplete="off"
        label={words.webhookSecret}
        {...form.field('webhookSecret')}
      />
      {isUnconfirmed && (
        <Checkbox
          label={words.stripeConfirm}
          checked={form.values.isConfirmed !== ''}
          onChange={({ currentTarget }) => form.set('isConfirmed', currentTarget.checked ? 'yes' : '')}
        />
      )}
      <Text size="sm" c="dimmed">
        {words.stripeNote}
      </Text>
    </FormFrame>
  )
}
