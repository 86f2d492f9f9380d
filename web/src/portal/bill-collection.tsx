/**
 * What became of a bill at Stripe, and what the customer can do: pay, confirm, save another card. Paying happens on Stripe's page beside
 * this one; while somebody may be there, this page asks again, a bounded number of times.
 */
import { Button, Group, Stack, Text } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'

import type { Invoice } from '../api/bills.ts'
import { collectionQuery, type InvoiceCollection } from '../api/stripe.ts'
import { formatAmount } from '../format/exact-number.ts'
import { formatInstant, type Place } from '../format/instants.ts'
import { ButtonLink } from '../parts/text-link.tsx'
import { useWords } from '../words/language-context.tsx'
import { declineWords, reasonOf } from './decline-words.ts'
import { payingWords } from './paying-words.ts'

const ASK_AGAIN_MS = 3_000
const MOST_ASKED = 60

type Props = { readonly invoice: Invoice; readonly place: Place }

/** Nothing where there is nothing to say. */
export function BillCollection({ invoice, place }: Props) {
  const client = useQueryClient()
  const [askedBefore, setAskedBefore] = useState<number>()
  const query = collectionQuery(invoice.id)
  const { data: told } = useQuery({
    ...query,
    refetchInterval: ({ state }) =>
      askedBefore !== undefined && isPayable(state.data) && state.dataUpdateCount - askedBefore < MOST_ASKED
        ? ASK_AGAIN_MS
        : false,
  })
  const isPaidMeanwhile = askedBefore !== undefined && told?.status === 'paid'
  useEffect(() => {
    if (!isPaidMeanwhile) return
    void client.invalidateQueries({ queryKey: ['invoice', invoice.id], exact: true })
    void client.invalidateQueries({ queryKey: ['invoices'] })
  }, [isPaidMeanwhile, client, invoice.id])
  if (told === null || told === undefined || told.status === 'not_at_stripe') return null
  const beginAsking = () => setAskedBefore(client.getQueryState(query.queryKey)?.dataUpdateCount ?? 0)
  return <Told told={told} place={place} isAsking={askedBefore !== undefined} onPay={beginAsking} />
}

type ToldProps = {
  readonly told: InvoiceCollection
  readonly place: Place
  readonly isAsking: boolean
  readonly onPay: () => void
}

function Told({ told, place, isAsking, onPay }: ToldProps) {
  const words = useWords(payingWords)
  const declines = useWords(declineWords)
  const sentences = sentencesOf(told, place, words, declines)
  const { nextAction, problem, payUrl } = told
  const isToSave = nextAction === 'update_payment_method' || nextAction === 'save_payment_method'
  if (sentences.length === 0 && !isPayable(told)) return null
  return (
    <section className="card" aria-label={words.title}>
      <Stack gap="sm">
        {sentences.map((sentence, place) => (
          <Text key={sentence} fw={problem !== null && place === 0 ? 600 : 400} size="sm">
            {sentence}
          </Text>
        ))}
        {(isPayable(told) || isToSave) && (
          <Group gap="sm">
            {isPayable(told) && payUrl !== null && (
              <Button component="a" href={payUrl} target="_blank" rel="noopener" onClick={onPay}>
                {nextAction === 'confirm_payment' ? words.confirm : words.payNow}
                <span className="seen-by-readers-only">, {words.opensStripe}</span>
              </Button>
            )}
            {isToSave && (
              <ButtonLink component="a" to="/payment" variant="default">
                {nextAction === 'save_payment_method' ? words.savePaymentMethod : words.changePaymentMethod}
              </ButtonLink>
            )}
          </Group>
        )}
      </Stack>
      <div role="status">
        {isAsking && isPayable(told) && (
          <Text size="sm" c="dimmed" mt="sm">
            {words.waitingForPayment}
          </Text>
        )}
      </div>
    </section>
  )
}

function isPayable(told: InvoiceCollection | null | undefined): boolean {
  return told?.status === 'open' && told.remainingMinor !== '0' && told.payUrl !== null && !told.isProcessing
}

function sentencesOf(
  told: InvoiceCollection,
  place: Place,
  words: (typeof payingWords)['en'],
  declines: (typeof declineWords)['en'],
): readonly string[] {
  const { problem, nextAttemptAt, nextAction, dispute, status, currency } = told
  const say = (amount: string) => formatAmount(amount, currency, place.locale)
  const next = nextAttemptAt === null ? undefined : formatInstant(nextAttemptAt, place, 'short')
  const isOpen = status === 'open' && told.remainingMinor !== '0'
  const refunds = {
    pending: words.refundPending,
    requires_action: words.refundPending,
    succeeded: words.refundSucceeded,
    failed: words.refundFailed,
    canceled: undefined,
  }
  return [
    ...(told.isProcessing ? [words.onItsWay] : []),
    ...(problem?.kind === 'requires_action' ? [words.confirmText] : []),
    ...(nextAction === 'save_payment_method' ? [words.nothingToCharge] : []),
    ...(problem?.kind === 'failed' && nextAction !== 'save_payment_method'
      ? [words.failedBecause(declines[reasonOf(problem.code)])]
      : []),
    ...(nextAction === 'contact_bank' && problem !== null ? [words.askBank] : []),
    ...(nextAction === 'contact_supplier' ? [words.askSupplier] : []),
    ...(isOpen && told.collectedMinor !== '0'
      ? [words.partlyPaid(say(told.collected), say(told.remaining))]
      : []),
    ...(isOpen && told.collectedMinor === '0' && !told.isProcessing
      ? [words.openNow(say(told.remaining))]
      : []),
    // A bank that asks is not content with another try.
    ...(isOpen && next !== undefined && problem?.kind !== 'requires_action'
      ? [problem === null ? words.willCharge(next) : words.triedAgain(next)]
      : []),
    ...(isOpen && next === undefined && problem?.kind === 'failed' ? [words.notTriedAgain] : []),
    ...(dispute === 'open' ? [words.disputeOpen(say(told.disputed))] : []),
    ...(dispute === 'won' ? [words.disputeWon] : []),
    ...(dispute === 'lost' ? [words.disputeLost(say(told.disputed))] : []),
    ...told.refunds.flatMap(({ status: state, amount }) => refunds[state]?.(say(amount)) ?? []),
  ]
}
