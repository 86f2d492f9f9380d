/** How many days after the day of issue an invoice is to be paid. */
import { Alert, TextInput } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'

import { readManufacturer, updateManufacturer, type Manufacturer } from '../../api/office.ts'
import type { Versioned } from '../../api/request.ts'
import { ChangedMeanwhile } from '../../parts/changed-meanwhile.tsx'
import { FormFrame } from '../../parts/form-frame.tsx'
import { useVersionedForm } from '../../parts/use-versioned-form.ts'
import { commonWords } from '../../words/common-words.ts'
import { useWords } from '../../words/language-context.tsx'
import { officeWords } from './office-words.ts'

type Props = { readonly manufacturer: Versioned<Manufacturer>; readonly mayWrite: boolean }

export function PaymentTermForm({ manufacturer, mayWrite }: Props) {
  const words = useWords(officeWords)
  const common = useWords(commonWords)
  const client = useQueryClient()
  const { form, conflict } = useVersionedForm({
    shown: manufacturer,
    valuesOf: ({ paymentTermDays }) => ({ paymentTermDays: String(paymentTermDays) }),
    send: ({ paymentTermDays }, etag) =>
      updateManufacturer({ paymentTermDays: Number(paymentTermDays) }, etag),
    load: () => readManufacturer(),
    onDone: () => client.invalidateQueries({ queryKey: ['manufacturer'] }),
  })
  const field = (
    <TextInput
      required={mayWrite}
      readOnly={!mayWrite}
      inputMode="numeric"
      label={words.paymentTermDays}
      description={words.paymentTermNote}
      {...form.field('paymentTermDays')}
    />
  )
  if (!mayWrite) return field
  const labels = { paymentTermDays: words.paymentTermDays }
  return (
    <FormFrame
      form={form}
      submitLabel={common.save}
      label={words.paymentTerm}
      notice={conflict && <ChangedMeanwhile mine={form.values} conflict={conflict} labels={labels} />}
    >
      {form.isDone && <Alert role="status" color="petrol" variant="light" title={common.saved} />}
      {field}
    </FormFrame>
  )
}
