/** A new manufacturer, with the person who gets its first way in. */
import { Checkbox, Group, NativeSelect, SimpleGrid, TextInput } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'

import { createManufacturer } from '../../api/manufacturers.ts'
import type { Language } from '../../api/me.ts'
import { FormFrame } from '../../parts/form-frame.tsx'
import { ownTimeZone } from '../../parts/own-time-zone.ts'
import { useForm } from '../../parts/use-form.ts'
import { commonWords } from '../../words/common-words.ts'
import { useWords } from '../../words/language-context.tsx'
import { Section } from '../section.tsx'
import { installationWords } from './installation-words.ts'

type Props = { readonly onMade: (made: { readonly name: string; readonly email: string }) => void }

const languages = ['en', 'de'] as const satisfies readonly Language[]

export function ManufacturerForm({ onMade }: Props) {
  const words = useWords(installationWords)
  const common = useWords(commonWords)
  const client = useQueryClient()
  const [spoken, setSpoken] = useState<string[]>(['en', 'de'])
  const form = useForm(
    {
      name: '',
      invoicePrefix: '',
      currency: 'EUR',
      timeZone: ownTimeZone,
      adminName: '',
      adminEmail: '',
    },
    ({ adminName, adminEmail, ...settings }) =>
      createManufacturer({
        ...settings,
        currency: settings.currency.toUpperCase(),
        invoicePrefix: settings.invoicePrefix.toUpperCase(),
        languages: languages.filter((language) => spoken.includes(language)),
        admin: { name: adminName.trim(), email: adminEmail.trim() },
      }),
    async ({ name }, { adminEmail }) => {
      await client.invalidateQueries({ queryKey: ['manufacturers'] })
      onMade({ name, email: adminEmail })
    },
  )
  return (
    <FormFrame form={form} submitLabel={common.create} label={words.newManufacturer}>
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <TextInput required maxLength={200} label={common.name} {...form.field('name')} />
        <TextInput
          required
          maxLength={12}
          pattern="[A-Za-z][A-Za-z0-9]{1,11}"
          label={words.invoicePrefix}
          description={words.invoicePrefixHint}
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          {...form.field('invoicePrefix')}
        />
        <TextInput
          required
          maxLength={3}
          pattern="[A-Za-z]{3}"
          label={words.currency}
          description={words.currencyHint}
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          {...form.field('currency')}
        />
        <NativeSelect
          label={words.timeZone}
          data={[...new Set([ownTimeZone, 'UTC', ...Intl.supportedValuesOf('timeZone')])]}
          {...form.field('timeZone')}
        />
      </SimpleGrid>
      <Checkbox.Group
        label={words.languages}
        value={spoken}
        onChange={setSpoken}
        error={spoken.length === 0 ? words.noLanguage : undefined}
      >
        <Group mt="xs">
          <Checkbox value="en" label={words.english} />
          <Checkbox value="de" label={words.german} />
        </Group>
      </Checkbox.Group>
      <Section title={words.admin}>
        <SimpleGrid cols={{ base: 1, xs: 2 }}>
          <TextInput
            required
            label={words.adminName}
            {...form.field('adminName')}
            error={form.issueAt('/admin/name')}
          />
          <TextInput
            required
            type="email"
            label={words.adminEmail}
            {...form.field('adminEmail')}
            error={form.issueAt('/admin/email')}
          />
        </SimpleGrid>
      </Section>
    </FormFrame>
  )
}
