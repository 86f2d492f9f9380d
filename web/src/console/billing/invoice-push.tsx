/** An invoice at Stripe, for the office: what Stripe says of its money, and each step of it and its credit notes on the way there. */
import { Anchor, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'

import type { Invoice } from '../../api/bills.ts'
import { collectionQuery, pushQuery } from '../../api/stripe.ts'
import { QueryView } from '../../parts/query-view.tsx'
import { useWords } from '../../words/language-context.tsx'
import { Section } from '../section.tsx'
import { CollectedMoney } from './collected-money.tsx'
import { StepTable } from './step-table.tsx'
import { stripeWords } from './stripe-words.ts'

/** What waits is sent within seconds. */
const ASK_AGAIN_MS = 5_000

export function InvoicePush({ invoice }: { readonly invoice: Invoice }) {
  const words = useWords(stripeWords)
  const push = useQuery({
    ...pushQuery(invoice.id),
    refetchInterval: ({ state }) =>
      state.data?.items.some((step) => step.state === 'waiting') === true ? ASK_AGAIN_MS : false,
  })
  const { data: told } = useQuery(collectionQuery(invoice.id))
  if (push.data === null || invoice.status === 'draft') return null
  const url = push.data?.dashboardUrl
  return (
    <Section
      title={words.stripe}
      action={
        typeof url === 'string' && (
          <Anchor size="sm" href={url} target="_blank" rel="noopener">
            {words.atStripe}
            <span className="seen-by-readers-only">, {words.opensNewTab}</span>
          </Anchor>
        )
      }
    >
      <Stack gap="md">
        {told !== null && told !== undefined && told.status !== 'not_at_stripe' && (
          <CollectedMoney told={told} />
        )}
        <QueryView query={push} outlines={2}>
          {(shown) =>
            shown === null || shown.items.length === 0 ? (
              <Text c="dimmed">{words.noSteps}</Text>
            ) : (
              <StepTable caption={words.steps} steps={shown.items} />
            )
          }
        </QueryView>
      </Stack>
    </Section>
  )
}
