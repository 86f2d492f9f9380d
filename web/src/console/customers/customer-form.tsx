/** The short form of a new customer: the rest is asked for when an invoice needs it. */
import { NativeSelect, TextInput } from '@mantine/core'

import { createCustomer, type Customer } from '../../api/customers.ts'
import { FormFrame } from '../../parts/form-frame.tsx'
import { useForm } from '../../parts/use-form.ts'
import { commonWords } from '../../words/common-words.ts'
import { useLanguage, useWords } from '../../words/language-context.tsx'
import { customersWords } from './customers-words.ts'

export function CustomerForm({ onCreated }: { readonly onCreated: (customer: Customer) => unknown }) {
  const words = useWords(customersWords)
  const common = useWords(commonWords)
  const { language } = useLanguage()
  const form = useForm(
    { name: '', email: '', language },
    (values) => createCustomer({ ...values, language: values.language }),
    onCreated,
  )
  return (
    <FormFrame form={form} submitLabel={common.create} label={words.newCustomer}>
      <TextInput required label={common.name} {...form.field('name')} />
      <TextInput required type="email" label={common.email} {...form.field('email')} />
      <NativeSelect
        label={words.mailLanguage}
        data={[
          { value: 'en', label: words.english },
          { value: 'de', label: words.german },
        ]}
        {...form.field('language')}
      />
    </FormFrame>
  )
}
