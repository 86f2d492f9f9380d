/** Invoices that are open in an account of Stripe that is not connected any more. Nothing while there are none. */
import { Anchor, Button, Stack, Text } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'

import { leftQuery, type LeftInvoice } from '../../api/stripe.ts'
import { DataTable } from '../../parts/data-table.tsx'
import { TextLink } from '../../parts/text-link.tsx'
import { commonWords } from '../../words/common-words.ts'
import { useWords } from '../../words/language-context.tsx'
import { Instant } from '../instant.tsx'
import { officeWords } from './office-words.ts'

export function LeftInvoices() {
  const words = useWords(officeWords)
  const common = useWords(commonWords)
  const query = useInfiniteQuery(leftQuery)
  const invoices = query.data?.pages.flatMap(({ items }) => items) ?? []
  if (invoices.length === 0) return null
  return (
    <Stack gap="xs">
      <Text fw={600}>{words.leftTitle}</Text>
      <Text size="sm">{words.leftNote}</Text>
      <DataTable
        caption={words.leftTitle}
        rows={invoices}
        keyOf={({ invoiceId }) => invoiceId}
        columns={[
          {
            title: words.leftInvoice,
            cell: ({ invoiceId, number }) => (
              <TextLink to="/bills/$invoiceId" params={{ invoiceId }} fw={600}>
                {number}
              </TextLink>
            ),
          },
          { title: words.leftAccount, cell: ({ accountId, mode }) => accountId ?? words.leftMode(mode) },
          { title: words.leftThere, cell: (left) => <AtStripe left={left} /> },
          { title: words.leftAt, cell: ({ leftAt }) => <Instant at={leftAt} /> },
        ]}
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
}

function AtStripe({ left: { stripeInvoiceId, dashboardUrl } }: { readonly left: LeftInvoice }) {
  const words = useWords(officeWords)
  if (dashboardUrl === null) return stripeInvoiceId
  return (
    <Anchor size="sm" href={dashboardUrl} target="_blank" rel="noopener">
      {stripeInvoiceId}
      <span className="seen-by-readers-only">, {words.opensNewTab}</span>
    </Anchor>
  )
}
