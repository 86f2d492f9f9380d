/** Recorded payments and sent reminders of an invoice; who may write bills records and takes back. */
import { Button, NativeSelect, SimpleGrid, Stack, Text, TextInput, Title } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'

import type { Invoice } from '../api/bills.ts'
import {
  forgetPayments,
  paymentsQuery,
  recordPayment,
  remindersQuery,
  reversePayment,
  type InvoicePayment,
} from '../api/payments.ts'
import { useRight } from '../console/use-rights.ts'
import { decimalsOf, formatAmount } from '../format/exact-number.ts'
import { dayOf, formatDay, startOfDay } from '../format/instants.ts'
import { toMinorUnits } from '../format/minor-units.ts'
import { DataTable } from '../parts/data-table.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { FormFrame } from '../parts/form-frame.tsx'
import { ownTimeZone } from '../parts/own-time-zone.ts'
import { useForm } from '../parts/use-form.ts'
import { useLanguage, useWords } from '../words/language-context.tsx'
import { paymentWords } from './payment-words.ts'

const methods = ['bank_transfer', 'cash', 'card', 'other'] as const

export function InvoicePayments({ invoice }: { readonly invoice: Invoice }) {
  const words = useWords(paymentWords)
  const mayWrite = useRight('bills:write')
  const payments = useQuery(paymentsQuery(invoice.id)).data?.items ?? []
  const isPayable =
    mayWrite && ['issued', 'uncollectible'].includes(invoice.status) && invoice.openMinor !== '0'
  if (payments.length === 0 && !isPayable) return <Reminders invoice={invoice} />
  return (
    <>
      <section aria-labelledby="payments">
        <Title order={2} size="h4" id="payments" mb="xs">
          {words.payments}
        </Title>
        <Stack>
          {payments.length > 0 && <PaymentTable payments={payments} mayWrite={mayWrite} />}
          {isPayable && <PaymentForm key={invoice.openMinor} invoice={invoice} />}
        </Stack>
      </section>
      <Reminders invoice={invoice} />
    </>
  )
}

type TableProps = { readonly payments: readonly InvoicePayment[]; readonly mayWrite: boolean }

function PaymentTable({ payments, mayWrite }: TableProps) {
  const words = useWords(paymentWords)
  const { locale } = useLanguage()
  const [taken, setTaken] = useState<InvoicePayment>()
  return (
    <>
      <DataTable
        caption={words.payments}
        rows={payments}
        keyOf={({ id }) => id}
        columns={[
          {
            title: words.received,
            cell: ({ receivedOn }) => formatDay(startOfDay(receivedOn, 'UTC'), { locale, timeZone: 'UTC' }),
          },
          { title: words.method, cell: ({ method }) => words[method] },
          { title: words.reference, cell: ({ reference }) => reference },
          ...(mayWrite ? [{ title: words.madeBy, cell: ({ madeBy }: InvoicePayment) => madeBy }] : []),
          {
            title: words.note,
            cell: (payment) => {
              if (payment.reversal !== null) return words.takenBack(payment.reversal.reason)
              if (!mayWrite) return null
              return (
                <Button size="xs" variant="default" onClick={() => setTaken(payment)}>
                  {words.takeBack}
                </Button>
              )
            },
          },
          {
            title: words.amount,
            isNumeric: true,
            cell: ({ amount, currency, reversal }) => (
              <Text span td={reversal === null ? undefined : 'line-through'} size="sm">
                {formatAmount(amount, currency, locale)}
              </Text>
            ),
          },
        ]}
      />
      {taken !== undefined && <ReversalDialog payment={taken} onClose={() => setTaken(undefined)} />}
    </>
  )
}

type DialogProps = { readonly payment: InvoicePayment; readonly onClose: () => void }

function ReversalDialog({ payment, onClose }: DialogProps) {
  const words = useWords(paymentWords)
  const client = useQueryClient()
  const form = useForm(
    { reason: '' },
    ({ reason }) => reversePayment(payment, reason),
    async () => {
      await forgetPayments(client, payment.invoiceId)
      onClose()
    },
  )
  return (
    <Dialog title={words.takeBackTitle} onClose={onClose}>
      <FormFrame form={form} submitLabel={words.takeBack}>
        <TextInput required data-autofocus label={words.reason} {...form.field('reason')} />
      </FormFrame>
    </Dialog>
  )
}

function PaymentForm({ invoice }: { readonly invoice: Invoice }) {
  const words = useWords(paymentWords)
  const client = useQueryClient()
  const digits = decimalsOf(invoice.total)
  const [today] = useState(() => dayOf(new Date().toISOString(), ownTimeZone))
  const form = useForm(
    { amountMinor: '', receivedOn: today, method: 'bank_transfer', reference: '' },
    ({ amountMinor, receivedOn, method, reference }) =>
      recordPayment(invoice.id, {
        amountMinor: toMinorUnits(amountMinor, digits),
        receivedOn,
        method: methods.find((each) => each === method) ?? 'other',
        ...(reference === '' ? {} : { reference }),
      }),
    () => forgetPayments(client, invoice.id),
  )
  return (
    <div className="card">
      <FormFrame form={form} submitLabel={words.record} label={words.record}>
        <Text size="sm" c="dimmed">
          {words.recordNote}
        </Text>
        <SimpleGrid cols={{ base: 1, xs: 2 }}>
          <TextInput
            required
            inputMode="decimal"
            label={`${words.amount} (${invoice.currency})`}
            {...form.field('amountMinor')}
          />
          <TextInput required type="date" label={words.received} {...form.field('receivedOn')} />
          <NativeSelect
            label={words.method}
            data={methods.map((value) => ({ value, label: words[value] }))}
            {...form.field('method')}
          />
          <TextInput maxLength={200} label={words.reference} {...form.field('reference')} />
        </SimpleGrid>
      </FormFrame>
    </div>
  )
}

function Reminders({ invoice }: { readonly invoice: Invoice }) {
  const words = useWords(paymentWords)
  const { locale } = useLanguage()
  const reminders = useQuery(remindersQuery(invoice.id)).data?.items ?? []
  if (reminders.length === 0) return null
  return (
    <section aria-labelledby="reminders">
      <Title order={2} size="h4" id="reminders" mb="xs">
        {words.reminders}
      </Title>
      <DataTable
        caption={words.reminders}
        rows={reminders}
        keyOf={({ level }) => level}
        columns={[
          { title: words.reminder, cell: ({ level }) => level },
          {
            title: words.sent,
            cell: ({ remindedAt }) => formatDay(remindedAt, { locale, timeZone: ownTimeZone }),
          },
          { title: words.mails, cell: ({ mailCount }) => mailCount },
          {
            title: words.openThen,
            isNumeric: true,
            cell: ({ open, currency }) => formatAmount(open, currency, locale),
          },
        ]}
      />
    </section>
  )
}
