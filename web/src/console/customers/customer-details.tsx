/** Everything about a customer that can be corrected. Empty fields are sent as absent. */
import { Alert, NativeSelect, SimpleGrid, Textarea, TextInput } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'

import { readCustomer, updateCustomer, type Customer, type CustomerChange } from '../../api/customers.ts'
import type { Language } from '../../api/me.ts'
import type { Versioned } from '../../api/request.ts'
import { ChangedMeanwhile } from '../../parts/changed-meanwhile.tsx'
import { FormFrame } from '../../parts/form-frame.tsx'
import { useVersionedForm } from '../../parts/use-versioned-form.ts'
import { commonWords } from '../../words/common-words.ts'
import { useWords } from '../../words/language-context.tsx'
import { useRight } from '../use-rights.ts'
import { customersWords } from './customers-words.ts'

export function CustomerDetails({ customer }: { readonly customer: Versioned<Customer> }) {
  const words = useWords(customersWords)
  const common = useWords(commonWords)
  const isReadOnly = !useRight('customers:write')
  const client = useQueryClient()
  const { id } = customer.item
  const { form, conflict } = useVersionedForm({
    shown: customer,
    valuesOf,
    send: (values, etag) => updateCustomer(id, changeOf(values), etag),
    load: () => readCustomer(id),
    onDone: () => client.invalidateQueries({ queryKey: ['customer', id] }),
  })
  const labels: Readonly<Record<keyof Values, string>> = {
    name: common.name,
    email: common.email,
    legalName: words.legalName,
    taxId: words.taxId,
    purchaseOrderNumber: words.purchaseOrderNumber,
    language: words.mailLanguage,
    collectionMethod: words.collectionMethod,
    billingEmails: words.billingEmails,
    lines: words.addressLines,
    postalCode: words.postalCode,
    city: words.city,
    country: words.country,
  }
  const field = (name: keyof Values) => ({
    ...form.field(name),
    label: labels[name],
    readOnly: isReadOnly,
  })
  const fields = (
    <SimpleGrid cols={{ base: 1, sm: 2 }}>
      <TextInput required {...field('name')} />
      <TextInput required type="email" {...field('email')} />
      <TextInput {...field('legalName')} />
      <TextInput {...field('taxId')} />
      <TextInput {...field('purchaseOrderNumber')} />
      <NativeSelect
        label={labels.language}
        disabled={isReadOnly}
        data={[
          { value: 'en', label: words.english },
          { value: 'de', label: words.german },
        ]}
        {...form.field('language')}
      />
      <NativeSelect
        label={labels.collectionMethod}
        disabled={isReadOnly}
        data={[
          { value: 'charge_automatically', label: words.chargeAutomatically },
          { value: 'send_invoice', label: words.sendInvoice },
        ]}
        {...form.field('collectionMethod')}
      />
      <Textarea autosize {...field('lines')} />
      <Textarea
        autosize
        description={words.billingEmailsHint}
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        {...field('billingEmails')}
      />
      <TextInput {...field('postalCode')} />
      <TextInput {...field('city')} />
      <TextInput description={words.countryHint} maxLength={2} {...field('country')} />
    </SimpleGrid>
  )
  return (
    <div className="card">
      {isReadOnly ? (
        fields
      ) : (
        <FormFrame
          form={form}
          submitLabel={common.save}
          label={words.details}
          notice={conflict && <ChangedMeanwhile mine={form.values} conflict={conflict} labels={labels} />}
        >
          {form.isDone && <Alert role="status" color="petrol" variant="light" title={common.saved} />}
          {fields}
        </FormFrame>
      )}
    </div>
  )
}

function valuesOf({ address, ...customer }: Customer) {
  return {
    name: customer.name,
    email: customer.email,
    legalName: customer.legalName ?? '',
    taxId: customer.taxId ?? '',
    purchaseOrderNumber: customer.purchaseOrderNumber ?? '',
    language: customer.language as string,
    collectionMethod: customer.collectionMethod as string,
    billingEmails: customer.billingEmails.join('\n'),
    lines: address?.lines.join('\n') ?? '',
    postalCode: address?.postalCode ?? '',
    city: address?.city ?? '',
    country: address?.country ?? '',
  }
}

type Values = ReturnType<typeof valuesOf>

function changeOf(values: Values): CustomerChange {
  const { lines, postalCode, city, country } = values
  const hasAddress = [lines, postalCode, city, country].some((text) => text.trim() !== '')
  return {
    name: values.name.trim(),
    email: values.email.trim(),
    legalName: values.legalName.trim() || null,
    taxId: values.taxId.trim() || null,
    purchaseOrderNumber: values.purchaseOrderNumber.trim() || null,
    language: values.language as Language,
    collectionMethod: values.collectionMethod as Customer['collectionMethod'],
    billingEmails: linesOf(values.billingEmails),
    address: hasAddress
      ? {
          lines: linesOf(lines),
          postalCode: postalCode.trim(),
          city: city.trim(),
          country: country.trim().toUpperCase(),
        }
      : null,
  }
}

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
}
