/** What can be corrected of a device, and letting it in no more, or again. */
import { Alert, SimpleGrid, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'

import { restoreDevice, revokeDevice } from '../../api/device-access.ts'
import { readDevice, updateDevice, type Device, type DeviceChange } from '../../api/devices.ts'
import type { Versioned } from '../../api/request.ts'
import { ChangedMeanwhile } from '../../parts/changed-meanwhile.tsx'
import { FormFrame } from '../../parts/form-frame.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { useForm } from '../../parts/use-form.ts'
import { useVersionedForm } from '../../parts/use-versioned-form.ts'
import { commonWords } from '../../words/common-words.ts'
import { useWords } from '../../words/language-context.tsx'
import { fleetWords } from '../fleet/fleet-words.ts'
import { Instant } from '../instant.tsx'
import { Section } from '../section.tsx'
import { SureButton } from '../sure-button.tsx'
import { useRight } from '../use-rights.ts'

/** What the API takes as one tag; here several, with commas. */
const TAGS_PATTERN = '\\s*([A-Za-z0-9][A-Za-z0-9._:\\-]{0,63}\\s*(,\\s*|$))*'

export function DeviceDetails({ device }: { readonly device: Versioned<Device> }) {
  const words = useWords(fleetWords)
  return (
    <Stack gap="xl" maw={760}>
      <Section title={words.details}>
        <div className="card">
          <DetailsForm device={device} />
        </div>
      </Section>
      <Section title={words.lettingIn}>
        <div className="card">
          <LettingIn device={device.item} />
        </div>
      </Section>
    </Stack>
  )
}

function DetailsForm({ device: shown }: { readonly device: Versioned<Device> }) {
  const words = useWords(fleetWords)
  const common = useWords(commonWords)
  const isReadOnly = !useRight('devices:write')
  const client = useQueryClient()
  const { id, serial } = shown.item
  const { form, conflict } = useVersionedForm({
    shown,
    valuesOf,
    send: (values, etag) => updateDevice(id, changeOf(values), etag),
    load: () => readDevice(id),
    onDone: async () => {
      await client.invalidateQueries({ queryKey: ['device', id] })
      await client.invalidateQueries({ queryKey: ['devices'] })
    },
  })
  const labels = { site: words.site, tags: words.tags, firmware: words.firmware }
  const field = (name: keyof typeof labels) => ({
    ...form.field(name),
    label: labels[name],
    readOnly: isReadOnly,
  })
  const fields = (
    <SimpleGrid cols={{ base: 1, xs: 2 }}>
      <TextInput maxLength={128} {...field('site')} />
      <TextInput
        pattern={TAGS_PATTERN}
        description={words.tagsHint}
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        {...field('tags')}
      />
      <TextInput maxLength={64} {...field('firmware')} />
      <TextInput
        readOnly
        variant="filled"
        label={words.serial}
        description={words.serialHint}
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        value={serial ?? '–'}
      />
    </SimpleGrid>
  )
  if (isReadOnly) return fields
  return (
    <FormFrame
      form={form}
      submitLabel={common.save}
      label={words.details}
      notice={conflict && <ChangedMeanwhile mine={form.values} conflict={conflict} labels={labels} />}
    >
      {form.isDone && <Alert role="status" color="petrol" variant="light" title={common.saved} />}
      {fields}
    </FormFrame>
  )
}

function valuesOf({ site, tags, firmware }: Device) {
  return { site: site ?? '', tags: tags.join(', '), firmware: firmware ?? '' }
}

function changeOf({ site, tags, firmware }: ReturnType<typeof valuesOf>): DeviceChange {
  const given = tags.split(',').map((tag) => tag.trim())
  return {
    site: site.trim() || null,
    tags: given.filter((tag) => tag !== ''),
    firmware: firmware.trim() || null,
  }
}

function LettingIn({ device: { id, revoked } }: { readonly device: Device }) {
  const words = useWords(fleetWords)
  const mayWrite = useRight('devices:write')
  const client = useQueryClient()
  const reload = async () => {
    for (const kind of ['device', 'devices', 'fleet', 'secrets']) {
      await client.invalidateQueries({ queryKey: [kind] })
    }
  }
  const restoring = useMutation({ mutationFn: () => restoreDevice(id), onSuccess: reload })
  const form = useForm({ reason: '' }, ({ reason }) => revokeDevice(id, reason.trim()), reload)
  if (revoked !== null) {
    return (
      <Stack gap="sm" align="flex-start">
        {restoring.isError && <ProblemNotice error={restoring.error} />}
        <Text>
          {words.revokedBecause(revoked.reason)} (<Instant at={revoked.at} />)
        </Text>
        {mayWrite && (
          <SureButton label={words.restore} question={words.restoreSure} onSure={() => restoring.mutate()} />
        )}
      </Stack>
    )
  }
  if (!mayWrite) return <Text>{words.letIn}</Text>
  return (
    <FormFrame isEnding form={form} submitLabel={words.revokeDevice} label={words.lettingIn}>
      <Text size="sm">{words.revokeNote}</Text>
      <Textarea
        required
        autosize
        minRows={2}
        maxLength={500}
        label={words.reason}
        {...form.field('reason')}
      />
    </FormFrame>
  )
}
