/** Who sends the invoices, as the law wants it there. */
import { Alert, SimpleGrid, TextInput } from '@mantine/core'
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
import { QueryView } from '../../parts/query-view.tsx'
import { useVersionedForm } from '../../parts/use-versioned-form.ts'
import { commonWords } from '../../words/common-words.ts'
import { useWords } from '../../words/language-context.tsx'
import { setUpWords } from '../set-up/set-up-words.ts'

export function SellerForm({ onDone }: { readonly onDone?: () => unknown }) {
  return (
    <QueryView query={useQuery(manufacturerQuery)} outlines={3}>
      {(manufacturer) => <Fields key={manufacturer.etag} manufacturer={manufacturer} onDone={onDone} />}
    </QueryView>
  )
}

type Props = { readonly manufacturer: Versioned<Manufacturer>; readonly onDone: (() => unknown) | undefined }

function Fields({ manufacturer, onDone }: Props) {
  const words = useWords(setUpWords)
  const common = useWords(commonWords)
  const client = useQueryClient()
  const { form, conflict } = useVersionedForm({
    shown: manufacturer,
    valuesOf,
    send: (values, etag) => updateManufacturer({ seller: sellerOf(values) }, etag),
    load: () => readManufacturer(),
    onDone: async () => {
      await client.invalidateQueries({ queryKey: ['manufacturer'] })
      await onDone?.()
    },
  })
  const labels = {
    legalName: words.legalName,
    taxId: words.taxId,
    line: words.addressLine,
    postalCode: words.postalCode,
    city: words.city,
    country: words.country,
    email: common.email,
    phone: words.phone,
    taxNumber: words.taxNumber,
    registrationNumber: words.registrationNumber,
    accountNumber: words.accountNumber,
    bankName: words.bankName,
    bic: words.bic,
  }
  return (
    <FormFrame
      form={form}
      submitLabel={common.save}
      label={words.seller}
      notice={conflict && <ChangedMeanwhile mine={form.values} conflict={conflict} labels={labels} />}
    >
      {form.isDone && <Alert role="status" color="petrol" variant="light" title={common.saved} />}
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <TextInput required label={words.legalName} {...form.field('legalName')} />
        <TextInput required label={words.taxId} {...form.field('taxId')} />
        <TextInput required label={words.addressLine} {...form.field('line')} />
        <TextInput required label={words.postalCode} {...form.field('postalCode')} />
        <TextInput required label={words.city} {...form.field('city')} />
        <TextInput required maxLength={2} label={words.country} {...form.field('country')} />
        <TextInput required type="email" label={common.email} {...form.field('email')} />
        <TextInput required type="tel" label={words.phone} {...form.field('phone')} />
        <TextInput label={words.taxNumber} {...form.field('taxNumber')} />
        <TextInput label={words.registrationNumber} {...form.field('registrationNumber')} />
        <TextInput label={words.accountNumber} {...form.field('accountNumber')} />
        <TextInput label={words.bankName} {...form.field('bankName')} />
        <TextInput label={words.bic} {...form.field('bic')} />
      </SimpleGrid>
    </FormFrame>
  )
}

function valuesOf({ seller }: Manufacturer) {
  return {
    legalName: seller?.legalName ?? '',
    taxId: seller?.taxId ?? '',
    line: seller?.addressLines.join(', ') ?? '',
    postalCode: seller?.postalCode ?? '',
    city: seller?.city ?? '',
    country: seller?.country ?? '',
    email: seller?.email ?? '',
    phone: seller?.phone ?? '',
    taxNumber: seller?.taxNumber ?? '',
    registrationNumber: seller?.registrationNumber ?? '',
    accountName: seller?.bank?.accountName ?? '',
    accountNumber: seller?.bank?.accountNumber ?? '',
    bankName: seller?.bank?.bankName ?? '',
    bic: seller?.bank?.bic ?? '',
  }
}

/** What is left blank is left out. The account's name is the firm's unless somebody said another over the API. */
function sellerOf(values: ReturnType<typeof valuesOf>) {
  const { line, taxNumber, registrationNumber, accountName, accountNumber, bankName, bic, ...needed } = values
  return {
    ...needed,
    addressLines: line.split(',').map((text) => text.trim()),
    ...(taxNumber !== '' && { taxNumber }),
    ...(registrationNumber !== '' && { registrationNumber }),
    ...(accountNumber !== '' && { bank: { accountName, accountNumber, bankName, bic } }),
  }
}
