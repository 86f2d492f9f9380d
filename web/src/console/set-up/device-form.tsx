/** Registers the first machine and shows, once, its secret and a line to try it with. */
import { Alert, NativeSelect, Stack, Text, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'

import { modelsQuery } from '../../api/catalogue.ts'
import { registerDevice } from '../../api/devices.ts'
import { CopyText } from '../../parts/copy-text.tsx'
import { FormFrame } from '../../parts/form-frame.tsx'
import { QueryView } from '../../parts/query-view.tsx'
import { useForm } from '../../parts/use-form.ts'
import { useWords } from '../../words/language-context.tsx'
import { publishLine } from './publish-line.ts'
import { setUpWords } from './set-up-words.ts'

export type RegisteredDevice = {
  readonly deviceId: string
  readonly secret: string
  readonly register: string
  readonly at: string
}

type Props = { readonly onDone: (device: RegisteredDevice) => unknown }

export function DeviceForm({ onDone }: Props) {
  return (
    <QueryView query={useQuery(modelsQuery)} outlines={2}>
      {({ items }) => (
        <Fields
          onDone={onDone}
          models={items.map(({ id, name, registers }) => ({ id, name, register: registers[0]?.name ?? '' }))}
        />
      )}
    </QueryView>
  )
}

type FieldsProps = Props & {
  readonly models: readonly { readonly id: string; readonly name: string; readonly register: string }[]
}

function Fields({ models, onDone }: FieldsProps) {
  const words = useWords(setUpWords)
  const [commissionedAt] = useState(() => new Date().toISOString())
  const form = useForm(
    { id: '', modelId: models[0]?.id ?? '' },
    ({ id, modelId }) => registerDevice({ id, modelId, commissionedAt }),
    ({ device, secret }, { modelId }) =>
      onDone({
        deviceId: device.id,
        secret,
        register: models.find((model) => model.id === modelId)?.register ?? '',
        at: new Date().toISOString(),
      }),
  )
  return (
    <FormFrame form={form} submitLabel={words.register} label={words.device}>
      <TextInput required label={words.deviceId} description={words.deviceIdHint} {...form.field('id')} />
      <NativeSelect
        label={words.deviceModel}
        data={models.map(({ id, name }) => ({ value: id, label: name }))}
        {...form.field('modelId')}
      />
    </FormFrame>
  )
}

type SecretProps = {
  readonly device: RegisteredDevice
  /** Where the broker listens, on the host of this page. */
  readonly port: number
}

export function DeviceSecret({ device, port }: SecretProps) {
  const words = useWords(setUpWords)
  return (
    <Alert color="yellow" variant="light" title={words.secretOnce}>
      <Stack gap="sm">
        <CopyText text={device.secret} label={words.secret} />
        <Text size="sm">{words.tryIt}</Text>
        <CopyText text={publishLine({ host: location.hostname, port, ...device })} label={words.tryLine} />
      </Stack>
    </Alert>
  )
}
