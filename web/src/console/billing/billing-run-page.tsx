/** What the next billing run would issue, what waits and why, and running it now. */
import { Alert, Stack, Text } from '@mantine/core'
import { IconReceiptEuro } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { ReactNode } from 'react'

import { billingRunQuery, runBilling, type BillingRun } from '../../api/billing-run.ts'
import { minorToMajor } from '../../format/currency-decimals.ts'
import { formatAmount } from '../../format/exact-number.ts'
import { formatPeriod } from '../../format/instants.ts'
import { DataTable } from '../../parts/data-table.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { ownTimeZone } from '../../parts/own-time-zone.ts'
import { PageTitle } from '../../parts/page-title.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { QueryView } from '../../parts/query-view.tsx'
import { TextLink } from '../../parts/text-link.tsx'
import { useLanguage, useWords } from '../../words/language-context.tsx'
import { Section } from '../section.tsx'
import { SureButton } from '../sure-button.tsx'
import { useRight } from '../use-rights.ts'
import { billingWords } from './billing-words.ts'
import { InvoiceTable } from './invoice-table.tsx'
import { ParkedNotice } from './parked-notice.tsx'

export function BillingRunPage() {
  const words = useWords(billingWords)
  const mayRun = useRight('bills:write')
  const client = useQueryClient()
  const running = useMutation({
    mutationFn: runBilling,
    onSuccess: () =>
      Promise.all(['billing-run', 'invoices'].map((kind) => client.invalidateQueries({ queryKey: [kind] }))),
  })
  return (
    <>
      <PageTitle title={words.title} note={words.note} />
      <div role="status">
        {running.data !== undefined && (
          <Alert
            mb="lg"
            color="petrol"
            variant="light"
            title={words.ran(
              running.data.issued.length,
              running.data.carried.length,
              running.data.waiting.length,
            )}
          >
            {running.data.remarks.map(({ invoiceId, detail }) => (
              <Text key={`${invoiceId} ${detail}`} size="sm" c="var(--mantine-color-text)">
                {detail}
              </Text>
            ))}
          </Alert>
        )}
      </div>
      {running.isError && <ProblemNotice error={running.error} />}
      <ParkedNotice />
      <QueryView query={useQuery(billingRunQuery)} outlines={6}>
        {(run) => (
          <Stack gap="xl">
            <Ready
              run={run}
              action={
                mayRun && run.ready.length > 0 ? (
                  <SureButton
                    label={words.run(run.ready.length)}
                    question={words.runSure}
                    onSure={() => running.mutate()}
                  />
                ) : null
              }
            />
            <Waiting run={run} />
            <Carried run={run} />
            <Section title={words.recent}>
              <InvoiceTable invoices={run.issuedRecently} />
            </Section>
          </Stack>
        )}
      </QueryView>
    </>
  )
}

function Ready({ run, action }: { readonly run: BillingRun; readonly action: ReactNode }) {
  const words = useWords(billingWords)
  const { locale } = useLanguage()
  return (
    <Section title={words.ready} action={action}>
      {run.ready.length === 0 ? (
        <EmptyState
          icon={<IconReceiptEuro size={26} />}
          title={words.nothingReadyTitle}
          text={words.nothingReadyText}
        />
      ) : (
        <DataTable
          caption={words.ready}
          rows={run.ready}
          keyOf={({ contractId, period }) => `${contractId} ${period.from}`}
          columns={[
            {
              title: words.customer,
              cell: ({ contractId, customerName }) => (
                <TextLink to="/contracts/$contractId" params={{ contractId }}>
                  {customerName}
                </TextLink>
              ),
            },
            {
              title: words.period,
              cell: ({ period }) => formatPeriod(period, { locale, timeZone: ownTimeZone }),
            },
            {
              title: words.amount,
              isNumeric: true,
              cell: ({ totalMinor, currency, isToBeCarried }) => (
                <>
                  {formatAmount(minorToMajor(totalMinor, currency), currency, locale)}
                  {isToBeCarried && (
                    <Text component="div" size="xs" c="dimmed">
                      {words.isToBeCarried}
                    </Text>
                  )}
                </>
              ),
            },
          ]}
        />
      )}
    </Section>
  )
}

function Carried({ run }: { readonly run: BillingRun }) {
  const words = useWords(billingWords)
  const { locale } = useLanguage()
  if (run.carried.length === 0) return null
  return (
    <Section title={words.carried}>
      <Text c="dimmed" size="sm" mb="sm">
        {words.carriedNote}
      </Text>
      <DataTable
        caption={words.carried}
        rows={run.carried}
        keyOf={({ contractId }) => contractId}
        columns={[
          {
            title: words.customer,
            cell: ({ contractId, customerName }) => (
              <TextLink to="/contracts/$contractId" params={{ contractId }}>
                {customerName}
              </TextLink>
            ),
          },
          {
            title: words.period,
            cell: ({ period }) => formatPeriod(period, { locale, timeZone: ownTimeZone }),
          },
          {
            title: words.amount,
            isNumeric: true,
            cell: ({ totalMinor, currency }) =>
              formatAmount(minorToMajor(totalMinor, currency), currency, locale),
          },
        ]}
      />
    </Section>
  )
}

function Waiting({ run }: { readonly run: BillingRun }) {
  const words = useWords(billingWords)
  const { locale } = useLanguage()
  return (
    <Section title={words.waiting}>
      {run.waiting.length === 0 ? (
        <Text c="dimmed">{words.nothingWaiting}</Text>
      ) : (
        <DataTable
          caption={words.waiting}
          rows={run.waiting}
          keyOf={({ contractId, period }) => `${contractId} ${period.from}`}
          columns={[
            {
              title: words.customer,
              cell: ({ contractId, customerName }) => (
                <TextLink to="/contracts/$contractId" params={{ contractId }}>
                  {customerName}
                </TextLink>
              ),
            },
            {
              title: words.period,
              cell: ({ period }) => formatPeriod(period, { locale, timeZone: ownTimeZone }),
            },
            {
              title: words.why,
              cell: ({ code, detail }) => (
                <>
                  {detail}
                  <Text component="div" size="xs" c="dimmed">
                    {code}
                  </Text>
                </>
              ),
            },
          ]}
        />
      )}
    </Section>
  )
}
