/** Adds a row to the table of tax rates. */
import { NativeSelect, SimpleGrid, TextInput } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'

import { addTaxRate, type TaxRate } from '../../api/tax-rates.ts'
import { FormFrame } from '../../parts/form-frame.tsx'
import { useForm } from '../../parts/use-form.ts'
import { useWords } from '../../words/language-context.tsx'
import { taxWords } from './tax-words.ts'

const taxKinds = ['standard', 'reduced', 'zero', 'exempt'] as const satisfies readonly TaxRate['kind'][]

export function TaxRateForm({ onDone }: { readonly onDone: () => unknown }) {
  const words = useWords(taxWords)
  const client = useQueryClient()
  const form = useForm(
    { place: '', category: 'standard', percent: '', kind: 'standard', note: '', from: '' },
    ({ note, kind, ...rate }) =>
      addTaxRate({ ...rate, kind: kind as TaxRate['kind'], ...(note === '' ? {} : { note }) }),
    async () => {
      await client.invalidateQueries({ queryKey: ['tax-rates'] })
      await onDone()
    },
  )
  return (
    <FormFrame form={form} submitLabel={words.add} label={words.add}>
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <TextInput
          required
          maxLength={6}
          label={words.place}
          description={words.placeHint}
          {...form.field('place')}
        />
        <TextInput
          required
          label={words.category}
          description={words.categoryHint}
          {...form.field('category')}
        />
        <TextInput
          required
          inputMode="decimal"
          label={words.percent}
          description={words.percentHint}
          {...form.field('percent')}
        />
        <NativeSelect
          label={words.kind}
          description="&nbsp;"
          value={form.values.kind}
          data={taxKinds.map((value) => ({ value, label: words[value] }))}
          onChange={(event) => form.set('kind', event.currentTarget.value)}
        />
        <TextInput required type="date" label={words.from} description="&nbsp;" {...form.field('from')} />
        <TextInput
          required={form.values.kind === 'exempt'}
          label={words.rateNote}
          description={words.rateNoteHint}
          {...form.field('note')}
        />
      </SimpleGrid>
    </FormFrame>
  )
}
