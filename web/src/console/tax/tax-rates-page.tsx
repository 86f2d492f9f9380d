/** The table of tax rates: what is in it, a form for the next row, and one to end a row. */
import { Group, Stack, Text, TextInput } from '@mantine/core'
import { IconReceiptTax } from '@tabler/icons-react'
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'

import { endTaxRate, taxRatePageQuery, type TaxRate } from '../../api/tax-rates.ts'
import { formatNumber } from '../../format/exact-number.ts'
import { DataTable } from '../../parts/data-table.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { FormFrame } from '../../parts/form-frame.tsx'
import { PageTitle } from '../../parts/page-title.tsx'
import { Pager } from '../../parts/pager.tsx'
import { QueryView } from '../../parts/query-view.tsx'
import { useForm } from '../../parts/use-form.ts'
import { useLanguage, useWords } from '../../words/language-context.tsx'
import { Disclosure } from '../disclosure.tsx'
import { useRight } from '../use-rights.ts'
import { TaxRateForm } from './tax-rate-form.tsx'
import { taxWords } from './tax-words.ts'

export function TaxRatesPage() {
  const words = useWords(taxWords)
  const { locale } = useLanguage()
  const mayWrite = useRight('catalogue:write')
  const navigate = useNavigate()
  const { after } = useSearch({ from: '/shell/tax-rates' })
  const query = useQuery({ ...taxRatePageQuery(after?.at(-1)), placeholderData: keepPreviousData })
  return (
    <Stack gap="lg">
      <PageTitle title={words.title} note={words.note} />
      {mayWrite && <Disclosure label={words.add}>{(close) => <TaxRateForm onDone={close} />}</Disclosure>}
      <QueryView query={query}>
        {({ items, nextAfter }) =>
          items.length === 0 ? (
            <EmptyState icon={<IconReceiptTax size={26} />} title={words.noneTitle} text={words.noneText} />
          ) : (
            <>
              <DataTable
                caption={words.title}
                rows={items}
                keyOf={({ id }) => id}
                columns={[
                  { title: words.place, cell: ({ place }) => place },
                  { title: words.category, cell: ({ category }) => category },
                  {
                    title: words.percent,
                    isNumeric: true,
                    cell: ({ percent }) => formatNumber(percent, locale),
                  },
                  {
                    title: words.kind,
                    cell: ({ kind, code, note }) => (
                      <>
                        {words[kind]} ({code})
                        {note !== null && (
                          <Text size="sm" c="dimmed">
                            {note}
                          </Text>
                        )}
                      </>
                    ),
                  },
                  { title: words.from, cell: ({ from }) => from },
                  { title: words.usedUntil, cell: ({ usedUntil }) => usedUntil ?? '–' },
                  { title: words.to, cell: (rate) => <End rate={rate} mayWrite={mayWrite} /> },
                ]}
              />
              <Pager
                cursors={after}
                nextAfter={nextAfter}
                onTurn={(cursors) => void navigate({ to: '/tax-rates', search: { after: cursors } })}
              />
            </>
          )
        }
      </QueryView>
    </Stack>
  )
}

type EndProps = { readonly rate: TaxRate; readonly mayWrite: boolean }

function End({ rate, mayWrite }: EndProps) {
  const words = useWords(taxWords)
  if (rate.to !== null || !mayWrite) return rate.to ?? '–'
  return (
    <Disclosure label={words.endOf(rate.place, rate.category, rate.percent)}>
      {(close) => <EndForm rate={rate} onDone={close} />}
    </Disclosure>
  )
}

function EndForm({ rate, onDone }: { readonly rate: TaxRate; readonly onDone: () => void }) {
  const words = useWords(taxWords)
  const client = useQueryClient()
  const form = useForm(
    { to: '' },
    ({ to }) => endTaxRate(rate.id, to),
    async () => {
      await client.invalidateQueries({ queryKey: ['tax-rates'] })
      onDone()
    },
  )
  return (
    <FormFrame form={form} submitLabel={words.end} label={words.end}>
      <Group>
        <TextInput required type="date" label={words.to} description={words.toHint} {...form.field('to')} />
      </Group>
    </FormFrame>
  )
}
