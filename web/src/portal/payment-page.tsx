/**
 * How the customer pays. A payment method is entered at Stripe and nowhere else. Stripe leads back here with what was saved before in the
 * address, and until its webhook has come the page asks again, a bounded number of times.
 */
import { Alert, Button, Group, Stack, Text } from '@mantine/core'
import { IconCreditCard } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useSearch } from '@tanstack/react-router'

import { meQuery } from '../api/me.ts'
import {
  customerPaymentQuery,
  openPaymentPortal,
  openPaymentSetup,
  type CustomerPayment,
} from '../api/stripe.ts'
import { useRight } from '../console/use-rights.ts'
import { EmptyState } from '../parts/empty-state.tsx'
import { PageTitle } from '../parts/page-title.tsx'
import { ProblemNotice } from '../parts/problem-notice.tsx'
import { QueryView } from '../parts/query-view.tsx'
import { useWords } from '../words/language-context.tsx'
import { payingWords } from './paying-words.ts'
import { SavedMethod } from './saved-method.tsx'

const ASK_AGAIN_MS = 3_000
const MOST_ASKED = 40

export function PaymentPage() {
  const words = useWords(payingWords)
  const client = useQueryClient()
  const customerId = useQuery(meQuery).data?.active.customer?.id ?? ''
  const { had } = useSearch({ from: '/shell/payment' })
  const asking = customerPaymentQuery(customerId)
  const isAwaited = (payment: CustomerPayment | null | undefined, asked: number) =>
    had !== undefined && signOf(payment) === had && asked < MOST_ASKED
  const query = useQuery({
    ...asking,
    enabled: customerId !== '',
    refetchInterval: ({ state }) => (isAwaited(state.data, state.dataUpdateCount) ? ASK_AGAIN_MS : false),
  })
  const news = (payment: CustomerPayment) => {
    if (isAwaited(payment, client.getQueryState(asking.queryKey)?.dataUpdateCount ?? 0))
      return words.waitingForStripe
    return signOf(payment) === had ? words.nothingNew : words.methodSaved
  }
  return (
    <>
      <PageTitle title={words.title} />
      <QueryView query={query} outlines={2}>
        {(payment) =>
          payment === null || (!payment.canSave && payment.paymentMethod === null) ? (
            <EmptyState
              icon={<IconCreditCard size={26} />}
              title={words.savedMethod}
              text={payment?.collectionMethod === 'send_invoice' ? words.sendInvoice : words.notConnected}
            />
          ) : (
            <Stack gap="lg">
              <div role="status">
                {had !== undefined && <Alert color="petrol" variant="light" title={news(payment)} />}
              </div>
              <Method customerId={customerId} payment={payment} />
            </Stack>
          )
        }
      </QueryView>
    </>
  )
}

type Props = { readonly customerId: string; readonly payment: CustomerPayment }

function Method({ customerId, payment }: Props) {
  const words = useWords(payingWords)
  const mayChange = useRight('payment_methods:write')
  const { paymentMethod, collectionMethod, canSave } = payment
  const opening = useMutation({
    mutationFn: (page: 'setup' | 'portal') =>
      page === 'setup'
        ? openPaymentSetup(customerId, `/app/payment?had=${encodeURIComponent(signOf(payment))}`)
        : openPaymentPortal(customerId, '/app/payment'),
    onSuccess: ({ url }) => window.location.assign(url),
  })
  return (
    <section className="card" aria-label={words.savedMethod}>
      <Stack gap="md">
        {paymentMethod === null ? (
          <Text>{collectionMethod === 'send_invoice' ? words.sendInvoice : words.noMethod}</Text>
        ) : (
          <>
            <SavedMethod method={paymentMethod} />
            <Text size="sm">
              {collectionMethod === 'send_invoice' ? words.sendInvoice : words.chargesSaved}
              {paymentMethod.kind === 'sepa_debit' && ` ${words.debitTakesDays}`}
            </Text>
          </>
        )}
        {opening.isError && <ProblemNotice error={opening.error} />}
        {mayChange && canSave ? (
          <>
            <Group gap="sm">
              <Button loading={opening.isPending} onClick={() => opening.mutate('setup')}>
                {paymentMethod === null ? words.savePaymentMethod : words.changePaymentMethod}
              </Button>
              <Button variant="default" disabled={opening.isPending} onClick={() => opening.mutate('portal')}>
                {words.manageAtStripe}
              </Button>
            </Group>
            <Text size="sm" c="dimmed">
              {words.stripeNote}
            </Text>
          </>
        ) : (
          canSave && (
            <Text size="sm" c="dimmed">
              {words.ownerOnly}
            </Text>
          )
        )}
      </Stack>
    </section>
  )
}

/** What is saved, so that a change of it can be told. */
function signOf(payment: CustomerPayment | null | undefined): string {
  const method = payment?.paymentMethod
  return method === null || method === undefined
    ? 'none'
    : [method.kind, method.brand, method.last4, method.expiresOn].join('.')
}
