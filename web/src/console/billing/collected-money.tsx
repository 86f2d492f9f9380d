/** What Stripe says of an invoice's money: collected, failed, disputed, given back. */
import { Anchor, Group, Stack, Text } from '@mantine/core'

import type { InvoiceCollection } from '../../api/stripe.ts'
import { formatAmount } from '../../format/exact-number.ts'
import { formatInstant } from '../../format/instants.ts'
import { ownTimeZone } from '../../parts/own-time-zone.ts'
import { declineWords, reasonOf } from '../../portal/decline-words.ts'
import { useLanguage, useWords } from '../../words/language-context.tsx'
import { stripeWords } from './stripe-words.ts'

export function CollectedMoney({ told }: { readonly told: InvoiceCollection }) {
  const words = useWords(stripeWords)
  const declines = useWords(declineWords)
  const { locale } = useLanguage()
  const { currency, problem, dispute, nextAttemptAt, payUrl, checkedAt } = told
  const say = (amount: string) => formatAmount(amount, currency, locale)
  const time = (at: string) => formatInstant(at, { locale, timeZone: ownTimeZone }, 'short')
  const disputes = { open: words.disputeOpen, won: words.disputeWon, lost: words.disputeLost }
  const facts = [
    { name: words.collected, text: say(told.collected) },
    ...(told.status === 'open' ? [{ name: words.open, text: say(told.remaining) }] : []),
    ...(told.refundedMinor === '0' ? [] : [{ name: words.refunded, text: say(told.refunded) }]),
    ...(dispute === null
      ? []
      : [{ name: words.disputed, text: `${say(told.disputed)} (${disputes[dispute]})` }]),
    ...(nextAttemptAt === null ? [] : [{ name: words.nextAttempt, text: time(nextAttemptAt) }]),
  ]
  const failedRefunds = told.refunds.filter(({ status }) => status === 'failed')
  return (
    <Stack gap="xs" className="card">
      <Group component="dl" gap="xl" my={0}>
        {facts.map(({ name, text }) => (
          <div key={name}>
            <Text component="dt" size="xs" c="dimmed">
              {name}
            </Text>
            <Text component="dd" m={0} fw={600} className="numeric">
              {text}
            </Text>
          </div>
        ))}
      </Group>
      {told.isProcessing && <Text size="sm">{words.onItsWay}</Text>}
      {problem !== null && (
        <Text size="sm" fw={600} c="var(--warn-ink)">
          {problem.kind === 'requires_action'
            ? words.requiresAction
            : `${words.failed}: ${declines[reasonOf(problem.code)]} (${problem.code})`}
        </Text>
      )}
      {dispute !== null && dispute !== 'won' && (
        <Text size="sm" fw={600} c="var(--warn-ink)">
          {dispute === 'open' ? words.disputeToAnswer : words.disputeIsLost}
        </Text>
      )}
      {failedRefunds.map(({ id, amount }) => (
        <Text key={id} size="sm" fw={600} c="var(--warn-ink)">
          {words.refundFailed(say(amount))}
        </Text>
      ))}
      <Group gap="md">
        {payUrl !== null && told.status === 'open' && (
          <Anchor size="sm" href={payUrl} target="_blank" rel="noopener">
            {words.payPage}
            <span className="seen-by-readers-only">, {words.opensNewTab}</span>
          </Anchor>
        )}
        {checkedAt !== null && (
          <Text size="xs" c="dimmed">
            {words.checked(time(checkedAt))}
          </Text>
        )}
      </Group>
    </Stack>
  )
}
