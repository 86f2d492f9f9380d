/** Puts a machine under a contract from an instant on. */
import { TextInput } from '@mantine/core'

import { useState } from 'react'

import { assignDevice, type Contract } from '../../api/contracts.ts'
import { dayOf, startOfDay } from '../../format/instants.ts'
import { FormFrame } from '../../parts/form-frame.tsx'
import { useForm } from '../../parts/use-form.ts'
import { useWords } from '../../words/language-context.tsx'
import { customersWords } from './customers-words.ts'

type Props = {
  readonly contract: Contract
  readonly deviceId?: string
  readonly onAssigned: () => unknown
}

export function AssignmentForm({ contract, deviceId = '', onAssigned }: Props) {
  const words = useWords(customersWords)
  const { timeZone } = contract
  const [today] = useState(() => dayOf(new Date().toISOString(), timeZone))
  const form = useForm(
    { deviceId, from: today },
    (values) =>
      assignDevice(contract.id, {
        deviceId: values.deviceId.trim(),
        from: startOfDay(values.from, timeZone),
      }),
    onAssigned,
  )
  return (
    <FormFrame form={form} submitLabel={words.assign}>
      <TextInput required label={words.device} {...form.field('deviceId')} />
      <TextInput required type="date" label={words.from} description={timeZone} {...form.field('from')} />
    </FormFrame>
  )
}
