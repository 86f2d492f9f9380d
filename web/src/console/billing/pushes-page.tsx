/** Steps to Stripe that were refused and wait for a person, with a way to try each again. */
import { Button, Stack } from '@mantine/core'
import { IconChecks } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'

import { parkedQuery, type StripeStep } from '../../api/stripe.ts'
import { EmptyState } from '../../parts/empty-state.tsx'
import { PageTitle } from '../../parts/page-title.tsx'
import { QueryView } from '../../parts/query-view.tsx'
import { TextLink } from '../../parts/text-link.tsx'
import { commonWords } from '../../words/common-words.ts'
import { useWords } from '../../words/language-context.tsx'
import { StepTable } from './step-table.tsx'
import { stripeWords } from './stripe-words.ts'

export function PushesPage() {
  const words = useWords(stripeWords)
  const common = useWords(commonWords)
  const query = useInfiniteQuery(parkedQuery)
  return (
    <>
      <PageTitle title={words.pushesTitle} note={words.pushesNote} />
      <QueryView query={query}>
        {({ pages }) => {
          const steps = pages.flatMap(({ items }) => items)
          if (steps.length === 0) {
            return (
              <EmptyState
                icon={<IconChecks size={26} />}
                title={words.noPushesTitle}
                text={words.noPushesText}
              />
            )
          }
          return (
            <Stack>
              <StepTable
                caption={words.pushesTitle}
                steps={steps}
                about={{ title: words.document, cell: (step) => <About step={step} /> }}
              />
              {query.hasNextPage && (
                <Button
                  variant="default"
                  loading={query.isFetchingNextPage}
                  onClick={() => void query.fetchNextPage()}
                >
                  {common.more}
                </Button>
              )}
            </Stack>
          )
        }}
      </QueryView>
    </>
  )
}

function About({ step }: { readonly step: StripeStep }) {
  const { invoiceId, invoiceNumber, customerId, customerName } = step
  return invoiceId === null ? (
    <TextLink to="/customers/$customerId" params={{ customerId }}>
      {customerName}
    </TextLink>
  ) : (
    <TextLink to="/bills/$invoiceId" params={{ invoiceId }} fw={600}>
      {invoiceNumber}
    </TextLink>
  )
}
