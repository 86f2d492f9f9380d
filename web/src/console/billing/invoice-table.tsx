/** Invoices of one or of all customers, each a link to its lines. */
import { Text } from '@mantine/core'

import type { InvoiceSummary } from '../../api/bills.ts'
import { formatAmount } from '../../format/exact-number.ts'
import { formatPeriod } from '../../format/instants.ts'
import { DataTable } from '../../parts/data-table.tsx'
import { ownTimeZone } from '../../parts/own-time-zone.ts'
import { TextLink } from '../../parts/text-link.tsx'
import { InvoiceStatus } from '../../portal/invoice-status.tsx'
import { OwedBack } from '../../portal/owed-back.tsx'
import { useLanguage, useWords } from '../../words/language-context.tsx'
import { Instant } from '../instant.tsx'
import { billingWords } from './billing-words.ts'

export function InvoiceTable({ invoices }: { readonly invoices: readonly InvoiceSummary[] }) {
  const words = useWords(billingWords)
  const { locale } = useLanguage()
  if (invoices.length === 0) return <Text c="dimmed">{words.noInvoices}</Text>
  return (
    <DataTable
      caption={words.recent}
      rows={invoices}
      keyOf={({ id }) => id}
      columns={[
        {
          title: words.number,
          cell: ({ id, number }) => (
            <TextLink to="/bills/$invoiceId" params={{ invoiceId: id }} fw={600}>
              {number ?? words.draft}
            </TextLink>
          ),
        },
        {
          title: words.period,
          cell: ({ period }) => formatPeriod(period, { locale, timeZone: ownTimeZone }),
        },
        { title: words.issued, cell: ({ issuedAt }) => <Instant at={issuedAt} /> },
        {
          title: words.status,
          cell: (invoice) => (
            <>
              <InvoiceStatus {...invoice} />
              <OwedBack invoice={invoice} />
            </>
          ),
        },
        {
          title: words.amount,
          isNumeric: true,
          cell: ({ total, currency }) => formatAmount(total, currency, locale),
        },
      ]}
    />
  )
}
