/** A new contract of a customer: a tariff, a rhythm, and the zone whose midnights it is billed by. */
import { Alert, NativeSelect, SimpleGrid, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'

import { tariffsQuery } from '../../api/catalogue.ts'
import { createContract, type Contract } from '../../api/contracts.ts'
import { dayOf, startOfDay } from '../../format/instants.ts'
import { FormFrame } from '../../parts/form-frame.tsx'
import { ownTimeZone } from '../../parts/own-time-zone.ts'
import { QueryView } from '../../parts/query-view.tsx'
import { useForm } from '../../parts/use-form.ts'
import { commonWords } from '../../words/common-words.ts'
import { useWords } from '../../words/language-context.tsx'
import { customersWords } from './customers-words.ts'

type Props = { readonly customerId: string; readonly onCreated: (contract: Contract) => unknown }

export function ContractForm(props: Props) {
  const words = useWords(customersWords)
  return (
    <QueryView query={useQuery(tariffsQuery)} outlines={2}>
      {({ items }) => {
        const tariffs = items.map(({ id, name }) => ({ value: id, label: name }))
        return tariffs[0] === undefined ? (
          <Alert color="yellow" variant="light" title={words.noTariff} />
        ) : (
          <Fields {...props} tariffs={tariffs} firstTariff={tariffs[0].value} />
        )
      }}
    </QueryView>
  )
}

type FieldsProps = Props & {
  readonly tariffs: readonly { readonly value: string; readonly label: string }[]
  readonly firstTariff: string
}

function Fields({ customerId, onCreated, tariffs, firstTariff }: FieldsProps) {
  const words = useWords(customersWords)
  const common = useWords(commonWords)
  const [today] = useState(() => dayOf(new Date().toISOString(), ownTimeZone))
  const form = useForm(
    { tariffId: firstTariff, timeZone: ownTimeZone, anchorOn: today, unit: 'month' },
    ({ tariffId, timeZone, anchorOn, unit }) =>
      createContract({
        customerId,
        tariffId,
        timeZone,
        anchorOn,
        cadence: { unit: unit as Contract['cadence']['unit'], count: 1 },
        startsAt: startOfDay(anchorOn, timeZone),
      }),
    onCreated,
  )
  return (
    <FormFrame form={form} submitLabel={common.create} label={words.newContract}>
      <NativeSelect label={words.tariff} data={[...tariffs]} {...form.field('tariffId')} />
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <TextInput required type="date" label={words.startsOn} {...form.field('anchorOn')} />
        <NativeSelect
          label={words.cadence}
          data={[
            { value: 'month', label: words.everyMonth },
            { value: 'quarter', label: words.everyQuarter },
            { value: 'week', label: words.everyWeek },
            { value: 'day', label: words.everyDay },
            { value: 'year', label: words.everyYear },
          ]}
          {...form.field('unit')}
        />
      </SimpleGrid>
      <NativeSelect
        label={words.timeZone}
        description={words.timeZoneHint}
        data={[...new Set([ownTimeZone, 'UTC', ...Intl.supportedValuesOf('timeZone')])]}
        {...form.field('timeZone')}
      />
    </FormFrame>
  )
}
