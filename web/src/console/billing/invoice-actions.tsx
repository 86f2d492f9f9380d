/** What the manufacturer's people decide about an issued invoice, each with its reason: credit, void, issue anew, write off. */
import { Button, Group, NativeSelect, Stack, Text, TextInput } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'

import type { Invoice } from '../../api/bills.ts'
import { creditInvoice, decideOnInvoice, type Decision } from '../../api/credit-notes.ts'
import { majorToMinor } from '../../format/currency-decimals.ts'
import { formatAmount } from '../../format/exact-number.ts'
import { Dialog } from '../../parts/dialog.tsx'
import { FormFrame } from '../../parts/form-frame.tsx'
import { useForm } from '../../parts/use-form.ts'
import { useLanguage, useWords } from '../../words/language-context.tsx'
import { wrongAmount } from './wrong-amount.ts'
import { Section } from '../section.tsx'
import { useRight } from '../use-rights.ts'
import { decisionWords } from './decision-words.ts'

/** Renders nothing for whoever may only read, and for a draft. */
export function InvoiceActions({ invoice }: { readonly invoice: Invoice }) {
  const words = useWords(decisionWords)
  const mayDecide = useRight('bills:write')
  const [opened, setOpened] = useState<'credit' | Decision>()
  const { status, creditedMinor, totalMinor, replacedById } = invoice
  const isOwed = status === 'issued' || status === 'uncollectible'
  const isCredited = creditedMinor !== '0'
  const offered = [
    ...((isOwed || status === 'paid') && BigInt(totalMinor) > BigInt(creditedMinor)
      ? (['credit'] as const)
      : []),
    ...(isOwed && !isCredited ? (['void'] as const) : []),
    ...((isOwed && !isCredited) || (status === 'void' && replacedById === null)
      ? (['reissue'] as const)
      : []),
    ...(status === 'issued' ? (['write-off'] as const) : []),
  ]
  const names = {
    credit: words.credit,
    void: words.void,
    reissue: words.reissue,
    'write-off': words.writeOff,
  }
  if (!mayDecide || offered.length === 0) return null
  const close = () => setOpened(undefined)
  return (
    <Section title={words.actions}>
      <Group gap="sm">
        {offered.map((action) => (
          <Button key={action} variant="default" size="sm" onClick={() => setOpened(action)}>
            {names[action]}
          </Button>
        ))}
      </Group>
      {opened !== undefined && (
        <Dialog title={names[opened]} onClose={close}>
          {opened === 'credit' ? (
            <CreditForm invoice={invoice} onDone={close} />
          ) : (
            <DecisionForm invoice={invoice} decision={opened} label={names[opened]} onDone={close} />
          )}
        </Dialog>
      )}
    </Section>
  )
}

type FormProps = { readonly invoice: Invoice; readonly onDone: () => void }

function useReload() {
  const client = useQueryClient()
  return () =>
    Promise.all(
      ['invoice', 'invoices', 'credit-notes', 'manual-lines', 'billing-run', 'bill'].map((kind) =>
        client.invalidateQueries({ queryKey: [kind] }),
      ),
    )
}

function CreditForm({ invoice, onDone }: FormProps) {
  const words = useWords(decisionWords)
  const { locale } = useLanguage()
  const reload = useReload()
  const form = useForm(
    { kind: 'cancellation', what: 'whole', line: '1', amount: '', reason: '' },
    ({ kind, what, line, amount, reason }) => {
      const amountMinor = majorToMinor(amount, invoice.currency)
      if (what !== 'whole' && amountMinor === undefined && (what === 'amount' || amount.trim() !== '')) {
        throw wrongAmount(words.amountWrong)
      }
      return creditInvoice(invoice.id, {
        kind: kind === 'goodwill' ? 'goodwill' : 'cancellation',
        reason: reason.trim(),
        credit:
          what === 'whole'
            ? { whole: true }
            : what === 'amount'
              ? { amountMinor: amountMinor ?? '' }
              : { lines: [{ position: Number(line), ...(amountMinor !== undefined && { amountMinor }) }] },
      })
    },
    async () => {
      await reload()
      onDone()
    },
  )
  const { what } = form.values
  return (
    <FormFrame form={form} submitLabel={words.creditNote} isEnding>
      <NativeSelect
        label={words.kind}
        data={[
          { value: 'cancellation', label: words.cancellation },
          { value: 'goodwill', label: words.goodwill },
        ]}
        {...form.field('kind')}
      />
      <NativeSelect
        label={words.what}
        data={[
          { value: 'whole', label: words.whole },
          { value: 'amount', label: words.anAmount },
          { value: 'line', label: words.aLine },
        ]}
        {...form.field('what')}
      />
      {what === 'line' && (
        <NativeSelect
          label={words.line}
          data={invoice.lines.map(({ description, amount, currency }, index) => ({
            value: String(index + 1),
            label: `${index + 1}. ${description}, ${formatAmount(amount, currency, locale)}`,
          }))}
          {...form.field('line')}
        />
      )}
      {what !== 'whole' && (
        <TextInput
          required={what === 'amount'}
          inputMode="decimal"
          label={`${words.amount} (${invoice.currency})`}
          description={what === 'amount' ? words.amountWithTax : words.amountOfLine}
          {...form.field('amount')}
        />
      )}
      <TextInput required label={words.reason} description={words.reasonHint} {...form.field('reason')} />
    </FormFrame>
  )
}

function DecisionForm({
  invoice,
  decision,
  label,
  onDone,
}: FormProps & { readonly decision: Decision; readonly label: string }) {
  const words = useWords(decisionWords)
  const reload = useReload()
  const navigate = useNavigate()
  const notes = { void: words.voidNote, reissue: words.reissueNote, 'write-off': words.writeOffNote }
  const form = useForm(
    { reason: '' },
    ({ reason }) => decideOnInvoice(invoice.id, decision, reason.trim()),
    async ({ id }) => {
      await reload()
      onDone()
      if (id !== invoice.id) await navigate({ to: '/bills/$invoiceId', params: { invoiceId: id } })
    },
  )
  return (
    <FormFrame form={form} submitLabel={label} isEnding>
      <Stack gap="xs">
        <Text size="sm">{notes[decision]}</Text>
        <TextInput required label={words.reason} description={words.reasonHint} {...form.field('reason')} />
      </Stack>
    </FormFrame>
  )
}
