/** Settings of the manufacturer: how it is called, who sends the invoices, and where payments go. */
import { Alert, SimpleGrid, Stack, Text, TextInput } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'

import {
  manufacturerQuery,
  readManufacturer,
  updateManufacturer,
  type Manufacturer,
} from '../../api/office.ts'
import type { Versioned } from '../../api/request.ts'
import { ChangedMeanwhile } from '../../parts/changed-meanwhile.tsx'
import { FormFrame } from '../../parts/form-frame.tsx'
import { PageTitle } from '../../parts/page-title.tsx'
import { QueryView } from '../../parts/query-view.tsx'
import { TextLink } from '../../parts/text-link.tsx'
import { useVersionedForm } from '../../parts/use-versioned-form.ts'
import { commonWords } from '../../words/common-words.ts'
import { useWords } from '../../words/language-context.tsx'
import { Section } from '../section.tsx'
import { useRight } from '../use-rights.ts'
import { taxWords } from '../tax/tax-words.ts'
import { DigestSwitch } from './digest-switch.tsx'
import { officeWords } from './office-words.ts'
import { PaymentTermForm } from './payment-term-form.tsx'
import { ReminderForm } from './reminder-form.tsx'
import { SellerForm } from './seller-form.tsx'
import { StripeForm } from './stripe-form.tsx'

export function SettingsPage() {
  const words = useWords(officeWords)
  const common = useWords(commonWords)
  const tax = useWords(taxWords)
  const mayWrite = useRight('settings:write')
  return (
    <Stack gap="xl" maw={760}>
      <PageTitle title={common.settings} />
      <QueryView query={useQuery(manufacturerQuery)}>
        {(manufacturer) => (
          <>
            <Section title={words.general}>
              <div className="card">
                <General key={manufacturer.etag} manufacturer={manufacturer} mayWrite={mayWrite} />
              </div>
            </Section>
            {mayWrite && (
              <Section title={words.seller}>
                <div className="card">
                  <SellerForm />
                </div>
              </Section>
            )}
            <Section title={tax.title}>
              <Text>
                {tax.linkText} <TextLink to="/tax-rates">{tax.link}</TextLink>
              </Text>
            </Section>
            <Section title={words.paymentTerm}>
              <div className="card">
                <PaymentTermForm key={manufacturer.etag} manufacturer={manufacturer} mayWrite={mayWrite} />
              </div>
            </Section>
            <Section title={words.reminders}>
              <div className="card">
                <ReminderForm key={manufacturer.etag} manufacturer={manufacturer} mayWrite={mayWrite} />
              </div>
            </Section>
            <Section title={words.digest}>
              <div className="card">
                <DigestSwitch manufacturer={manufacturer} mayWrite={mayWrite} />
              </div>
            </Section>
            <Section title={words.stripe}>
              <div className="card">
                <StripeForm key={manufacturer.etag} manufacturer={manufacturer.item} mayWrite={mayWrite} />
              </div>
            </Section>
          </>
        )}
      </QueryView>
    </Stack>
  )
}

type Props = { readonly manufacturer: Versioned<Manufacturer>; readonly mayWrite: boolean }

function General({ manufacturer, mayWrite }: Props) {
  const words = useWords(officeWords)
  const common = useWords(commonWords)
  const client = useQueryClient()
  const { form, conflict } = useVersionedForm({
    shown: manufacturer,
    valuesOf,
    send: ({ senderName, senderAddress, ...values }, etag) =>
      updateManufacturer(
        {
          ...values,
          ...(senderAddress === '' ? {} : { mailSender: { name: senderName, address: senderAddress } }),
        },
        etag,
      ),
    load: () => readManufacturer(),
    onDone: () => client.invalidateQueries({ queryKey: ['manufacturer'] }),
  })
  const labels = {
    name: common.name,
    currency: words.currency,
    timeZone: words.timeZone,
    invoicePrefix: words.invoicePrefix,
    senderName: words.senderName,
    senderAddress: words.senderAddress,
  }
  const fields = (
    <SimpleGrid cols={{ base: 1, xs: 2 }}>
      <TextInput required readOnly={!mayWrite} label={common.name} {...form.field('name')} />
      <TextInput required readOnly={!mayWrite} label={words.invoicePrefix} {...form.field('invoicePrefix')} />
      <TextInput
        required
        readOnly={!mayWrite}
        maxLength={3}
        label={words.currency}
        {...form.field('currency')}
      />
      <TextInput required readOnly={!mayWrite} label={words.timeZone} {...form.field('timeZone')} />
      <TextInput readOnly={!mayWrite} label={words.senderName} {...form.field('senderName')} />
      <TextInput
        type="email"
        readOnly={!mayWrite}
        label={words.senderAddress}
        {...form.field('senderAddress')}
      />
    </SimpleGrid>
  )
  if (!mayWrite) return fields
  return (
    <FormFrame
      form={form}
      submitLabel={common.save}
      label={words.general}
      notice={conflict && <ChangedMeanwhile mine={form.values} conflict={conflict} labels={labels} />}
    >
      {form.isDone && <Alert role="status" color="petrol" variant="light" title={common.saved} />}
      {fields}
    </FormFrame>
  )
}

function valuesOf({ name, currency, timeZone, invoicePrefix, mailSender }: Manufacturer) {
  return {
    name,
    currency,
    timeZone,
    invoicePrefix,
    senderName: mailSender?.name ?? '',
    senderAddress: mailSender?.address ?? '',
  }
}
