/** The bills of the customer, newest first. */
import { Button, Stack, Text } from '@mantine/core'
import { IconReceipt2 } from '@tabler/icons-react'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'

import { invoicesQuery, type InvoiceSummary } from '../api/bills.ts'
import { contractsQuery } from '../api/contracts.ts'
import { formatAmount } from '../format/exact-number.ts'
import { formatPeriod } from '../format/instants.ts'
import { EmptyState } from '../parts/empty-state.tsx'
import { PageTitle } from '../parts/page-title.tsx'
import { QueryView } from '../parts/query-view.tsx'
import { commonWords } from '../words/common-words.ts'
import { useLanguage, useWords } from '../words/language-context.tsx'
import { InvoiceStatus } from './invoice-status.tsx'
import { OwedBack } from './owed-back.tsx'
import { portalWords } from './portal-words.ts'
import classes from './portal.module.css'

export function BillsPage() {
  const words = useWords(portalWords)
  const common = useWords(commonWords)
  const query = useInfiniteQuery(invoicesQuery())
  const contracts = useQuery(contractsQuery())
  return (
    <>
      <PageTitle title={words.billsTitle} />
      <QueryView query={query}>
        {({ pages }) => {
          const invoices = pages.flatMap(({ items }) => items)
          if (invoices.length === 0) {
            return (
              <EmptyState
                icon={<IconReceipt2 size={26} />}
                title={words.noBillsTitle}
                text={words.noBillsText}
              />
            )
          }
          return (
            <Stack>
              <ul className={`card ${classes.list ?? ''} ${classes.noPadding ?? ''}`}>
                {invoices.map((invoice) => (
                  <li key={invoice.id}>
                    <BillLink
                      invoice={invoice}
                      timeZone={
                        contracts.data?.items.find(({ id }) => id === invoice.contractId)?.timeZone ?? 'UTC'
                      }
                    />
                  </li>
                ))}
              </ul>
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

function BillLink({ invoice, timeZone }: { readonly invoice: InvoiceSummary; readonly timeZone: string }) {
  const words = useWords(portalWords)
  const { locale } = useLanguage()
  return (
    <Link to="/bills/$invoiceId" params={{ invoiceId: invoice.id }} className={classes.billLink}>
      <span>
        <Text span fw={600}>
          {formatPeriod(invoice.period, { locale, timeZone })}
        </Text>
        <Text component="div" size="sm" c="dimmed">
          {invoice.number ?? words.draft}
        </Text>
      </span>
      <Stack gap={4} align="flex-end">
        <Text span fw={600} className="numeric">
          {formatAmount(invoice.total, invoice.currency, locale)}
        </Text>
        <InvoiceStatus {...invoice} />
        <OwedBack invoice={invoice} />
      </Stack>
    </Link>
  )
}
