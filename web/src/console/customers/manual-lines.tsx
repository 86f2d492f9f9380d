/** The lines that people put on a contract's next invoice, while they are pending. */
import { Stack, Text, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'

import { billQuery } from '../../api/bills.ts'
import type { Contract } from '../../api/contracts.ts'
import { addManualLine, manualLinesQuery, removeManualLine } from '../../api/credit-notes.ts'
import { majorToMinor } from '../../format/currency-decimals.ts'
import { formatAmount } from '../../format/exact-number.ts'
import { DataTable } from '../../parts/data-table.tsx'
import { FormFrame } from '../../parts/form-frame.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { QueryView } from '../../parts/query-view.tsx'
import { useForm } from '../../parts/use-form.ts'
import { useLanguage, useWords } from '../../words/language-context.tsx'
import { wrongAmount } from '../billing/wrong-amount.ts'
import { decisionWords } from '../billing/decision-words.ts'
import { Disclosure } from '../disclosure.tsx'
import { Section } from '../section.tsx'
import { SureButton } from '../sure-button.tsx'
import { useRight } from '../use-rights.ts'

export function ManualLines({ contract }: { readonly contract: Contract }) {
  const words = useWords(decisionWords)
  const { locale } = useLanguage()
  const mayWrite = useRight('bills:write')
  const client = useQueryClient()
  const reload = () =>
    Promise.all(
      ['manual-lines', 'bill', 'billing-run'].map((kind) => client.invalidateQueries({ queryKey: [kind] })),
    )
  const removing = useMutation({ mutationFn: removeManualLine, onSuccess: reload })
  return (
    <Section title={words.manualLines}>
      <Stack>
        {removing.isError && <ProblemNotice error={removing.error} />}
        <QueryView query={useQuery(manualLinesQuery(contract.id))} outlines={1}>
          {({ items }) =>
            items.length === 0 ? (
              <Text size="sm" c="dimmed">
                {words.noManualLines}
              </Text>
            ) : (
              <DataTable
                caption={words.manualLines}
                rows={items}
                keyOf={({ id }) => id}
                columns={[
                  { title: words.description, cell: ({ description }) => description },
                  { title: words.reason, cell: ({ reason }) => reason },
                  { title: words.madeBy, cell: ({ madeBy }) => madeBy },
                  {
                    title: words.amount,
                    isNumeric: true,
                    cell: ({ amount, currency }) => formatAmount(amount, currency, locale),
                  },
                  ...(mayWrite
                    ? [
                        {
                          title: words.remove,
                          cell: ({ id }: { readonly id: string }) => (
                            <SureButton
                              label={words.remove}
                              question={words.removeSure}
                              onSure={() => removing.mutate(id)}
                            />
                          ),
                        },
                      ]
                    : []),
                ]}
              />
            )
          }
        </QueryView>
        {mayWrite && (
          <Disclosure label={words.addLine}>
            {(close) => (
              <ManualLineForm
                contract={contract}
                onAdded={async () => {
                  await reload()
                  close()
                }}
              />
            )}
          </Disclosure>
        )}
      </Stack>
    </Section>
  )
}

type Props = { readonly contract: Contract; readonly onAdded: () => unknown }

function ManualLineForm({ contract, onAdded }: Props) {
  const words = useWords(decisionWords)
  const bill = useQuery(billQuery(contract.id))
  const currency = bill.data?.currency ?? 'EUR'
  const form = useForm(
    { description: '', amount: '', taxCategory: 'standard', reason: '' },
    ({ description, amount, taxCategory, reason }) => {
      const amountMinor = majorToMinor(amount, currency)
      if (amountMinor === undefined) throw wrongAmount(words.amountWrong)
      return addManualLine(contract.id, {
        description: description.trim(),
        amountMinor,
        currency,
        taxCategory: taxCategory.trim(),
        reason: reason.trim(),
      })
    },
    onAdded,
  )
  return (
    <FormFrame form={form} submitLabel={words.addLine}>
      <TextInput required label={words.description} {...form.field('description')} />
      <TextInput
        required
        inputMode="text"
        label={`${words.amount} (${currency})`}
        description={words.lineAmountHint}
        {...form.field('amount')}
      />
      <TextInput required label={words.taxCategory} {...form.field('taxCategory')} />
      <TextInput required label={words.reason} description={words.reasonHint} {...form.field('reason')} />
    </FormFrame>
  )
}
