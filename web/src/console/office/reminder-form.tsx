/** How many days after its due day an open invoice is reminded of. */
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

export function ReminderForm({ manufacturer, mayWrite }: Props) {
  const words = useWords(officeWords)
  const common = useWords(commonWords)
  const client = useQueryClient()
  const { form, conflict } = useVersionedForm({
    shown: manufacturer,
    valuesOf: ({ reminderDays }) => ({ reminderDays: reminderDays.join(', ') }),
    send: ({ reminderDays }, etag) => updateManufacturer({ reminderDays: daysOf(reminderDays) }, etag),
    load: () => readManufacturer(),
    onDone: () => client.invalidateQueries({ queryKey: ['manufacturer'] }),
  })
  const field = (
    <TextInput
      readOnly={!mayWrite}
      inputMode="numeric"
      label={words.reminderDays}
      description={words.reminderNote}
      {...form.field('reminderDays')}
    />
  )
  if (!mayWrite) return field
  const labels = { reminderDays: words.reminderDays }
  return (
    <FormFrame
      form={form}
      submitLabel={common.save}
      label={words.reminders}
      notice={conflict && <ChangedMeanwhile mine={form.values} conflict={conflict} labels={labels} />}
    >
      {form.isDone && <Alert role="status" color="petrol" variant="light" title={common.saved} />}
      {field}
    </FormFrame>
  )
}

/** "7, 14" is two days; nothing is none. */
function daysOf(text: string): number[] {
  return text.split(/[\s,;]+/).flatMap((part) => (part === '' ? [] : [Number(part)]))
}
