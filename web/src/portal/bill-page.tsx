/** One bill: what it is for, what it sums to, and each line down to the readings it rests on. */
import { Group, Stack, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'

import { invoiceQuery, type Invoice } from '../api/bills.ts'
import { contractQuery } from '../api/contracts.ts'
import { meQuery } from '../api/me.ts'
import { formatAmount } from '../format/exact-number.ts'
import { formatDay, formatPeriod } from '../format/instants.ts'
import { PageTitle } from '../parts/page-title.tsx'
import { QueryView } from '../parts/query-view.tsx'
import { TextLink } from '../parts/text-link.tsx'
import { useLanguage, useWords } from '../words/language-context.tsx'
import { BillCollection } from './bill-collection.tsx'
import { BillCredits } from './bill-credits.tsx'
import { BillDocuments } from './bill-documents.tsx'
import { BillLines } from './bill-lines.tsx'
import { BillTaxes } from './bill-taxes.tsx'
import { InvoicePayments } from './invoice-payments.tsx'
import { InvoiceStatus } from './invoice-status.tsx'
import { OwedBack } from './owed-back.tsx'
import { PaidAndOpen } from './paid-and-open.tsx'
import { portalWords } from './portal-words.ts'
import classes from './portal.module.css'

/** Of the console: a customer's phone does not load it. */
const InvoiceActions = lazy(async () => ({
  default: (await import('../console/billing/invoice-actions.tsx')).InvoiceActions,
}))

const InvoicePush = lazy(async () => ({
  default: (await import('../console/billing/invoice-push.tsx')).InvoicePush,
}))

export function BillPage() {
  const { invoiceId } = useParams({ strict: false })
  return (
    <QueryView query={useQuery(invoiceQuery(invoiceId ?? ''))}>
      {(invoice) => <Bill invoice={invoice} />}
    </QueryView>
  )
}

function Bill({ invoice }: { readonly invoice: Invoice }) {
  const words = useWords(portalWords)
  const { locale } = useLanguage()
  const contract = useQuery(contractQuery(invoice.contractId))
  const me = useQuery(meQuery)
  const isCustomer = me.data?.active.customer !== null
  return (
    <>
      <PageTitle title={invoice.number ?? words.draft} note={<InvoiceStatus {...invoice} />}>
        {isCustomer ? (
          <TextLink to="/bills">{words.allBills}</TextLink>
        ) : (
          <TextLink to="/customers/$customerId" params={{ customerId: invoice.customerId }}>
            {contract.data?.customerName ?? words.customer}
          </TextLink>
        )}
      </PageTitle>
      <QueryView query={contract}>
        {({ timeZone }) => {
          const place = { locale, timeZone }
          const { issuedAt, paidAt } = invoice
          const dates = [
            ...(issuedAt === null ? [] : [words.issuedOn(formatDay(issuedAt, place))]),
            ...(paidAt === null ? [] : [words.paidOn(formatDay(paidAt, place))]),
          ]
          return (
            <Stack gap="lg">
              <section className="card" aria-label={words.total}>
                <Text c="dimmed">{formatPeriod(invoice.period, place)}</Text>
                <div className={classes.total}>{formatAmount(invoice.total, invoice.currency, locale)}</div>
                <Text size="sm" c="dimmed" mt={4}>
                  {dates.join(', ')}
                </Text>
                <PaidAndOpen invoice={invoice} />
                <Settlement invoice={invoice} />
                <BillDocuments invoice={invoice} />
              </section>
              {isCustomer ? (
                <BillCollection invoice={invoice} place={place} />
              ) : (
                <Suspense fallback={null}>
                  <InvoiceActions invoice={invoice} />
                  <InvoicePush invoice={invoice} />
                </Suspense>
              )}
              {invoice.creditedMinor !== '0' && <BillCredits invoice={invoice} place={place} />}
              <section aria-labelledby="lines">
                <Group justify="space-between" align="baseline" mb="xs">
                  <Title order={2} size="h4" id="lines">
                    {words.lines}
                  </Title>
                  <Text size="sm" c="dimmed">
                    {words.openLine}
                  </Text>
                </Group>
                <BillLines lines={invoice.lines} place={place} />
              </section>
              {invoice.taxes.length > 0 && <BillTaxes bill={invoice} />}
              <InvoicePayments invoice={invoice} />
            </Stack>
          )
        }}
      </QueryView>
    </>
  )
}

/** What of it is owed to the customer, why it ended, and which bill stands for it. */
function Settlement({ invoice }: { readonly invoice: Invoice }) {
  const words = useWords(portalWords)
  const { statusReason, replacesId, replacedById } = invoice
  const links = [
    { id: replacesId, text: words.replaces },
    { id: replacedById, text: words.replacedBy },
  ]
  return (
    <Stack gap={4} mt={4}>
      <OwedBack invoice={invoice} />
      {statusReason !== null && <Text size="sm">{statusReason}</Text>}
      {links.map(
        ({ id, text }) =>
          id !== null && (
            <TextLink key={id} to="/bills/$invoiceId" params={{ invoiceId: id }}>
              {text}
            </TextLink>
          ),
      )}
    </Stack>
  )
}
