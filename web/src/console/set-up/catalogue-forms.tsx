/** The short forms of a first model and a first tariff. Everything finer is the API's. */
import { NativeSelect, SimpleGrid, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'

import { createTariff, modelsQuery, putModel, type ModelRegister } from '../../api/catalogue.ts'
import { manufacturerQuery } from '../../api/office.ts'
import { FormFrame } from '../../parts/form-frame.tsx'
import { useForm } from '../../parts/use-form.ts'
import { commonWords } from '../../words/common-words.ts'
import { useWords } from '../../words/language-context.tsx'
import { setUpWords } from './set-up-words.ts'

const MAX_GAP_MS = 3_600_000

type Kind = 'run_s' | 'energy_wh' | 'cycles'
const registers: Readonly<Record<Kind, Pick<ModelRegister, 'unit' | 'display'>>> = {
  run_s: { unit: 's', display: { unit: 'h', factor: '3600' } },
  energy_wh: { unit: 'Wh', display: { unit: 'kWh', factor: '1000' } },
  cycles: { unit: 'cycles' },
}
const usualMaximum: Readonly<Record<Kind, string>> = { run_s: '3600', energy_wh: '10000', cycles: '60' }

export function ModelForm({ onDone }: { readonly onDone: () => unknown }) {
  const words = useWords(setUpWords)
  const common = useWords(commonWords)
  const form = useForm(
    { name: '', id: '', kind: 'run_s', maxPerHour: usualMaximum.run_s },
    ({ name, id, kind, maxPerHour }) =>
      putModel(id, {
        name,
        registers: [
          {
            name: kind,
            ...registers[kind as Kind],
            maxPerHour,
            maxGapMs: MAX_GAP_MS,
            gapRule: 'spread',
          },
        ],
      }),
    onDone,
  )
  return (
    <FormFrame form={form} submitLabel={common.create} label={words.model}>
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <TextInput required label={words.modelName} {...form.field('name')} />
        <TextInput
          required
          label={words.modelId}
          pattern="[a-z0-9][a-z0-9\-]*"
          title={words.modelIdHint}
          {...form.field('id')}
        />
        <NativeSelect
          label={words.counts}
          value={form.values.kind}
          data={[
            { value: 'run_s', label: words.runTime },
            { value: 'energy_wh', label: words.energy },
            { value: 'cycles', label: words.cycles },
          ]}
          onChange={(event) => {
            form.set('kind', event.currentTarget.value)
            form.set('maxPerHour', usualMaximum[event.currentTarget.value as Kind])
          }}
        />
        <TextInput
          required
          inputMode="numeric"
          pattern="[1-9][0-9]*"
          label={words.maxPerHour}
          {...form.field('maxPerHour')}
        />
      </SimpleGrid>
    </FormFrame>
  )
}

type Rate = { readonly register: Kind; readonly per: number; readonly unit: string }
const rates: Readonly<Record<'minute' | 'hour' | 'kilowattHour' | 'cycle', Rate>> = {
  minute: { register: 'run_s', per: 60, unit: 'min' },
  hour: { register: 'run_s', per: 3_600, unit: 'h' },
  kilowattHour: { register: 'energy_wh', per: 1_000, unit: 'kWh' },
  cycle: { register: 'cycles', per: 1, unit: 'cycle' },
}

export function TariffForm({ onDone }: { readonly onDone: () => unknown }) {
  const manufacturer = useQuery(manufacturerQuery)
  const models = useQuery(modelsQuery)
  if (manufacturer.data === undefined || models.data === undefined) return null
  const counted = models.data.items.flatMap(({ registers }) => registers.map(({ name }) => name))
  const names = Object.keys(rates) as (keyof typeof rates)[]
  const fitting = names.filter((name) => counted.includes(rates[name].register))
  return (
    <TariffFields
      currency={manufacturer.data.item.currency}
      rateNames={fitting.length === 0 ? names : fitting}
      onDone={onDone}
    />
  )
}

type FieldsProps = {
  readonly currency: string
  readonly rateNames: readonly (keyof typeof rates)[]
  readonly onDone: () => unknown
}

function TariffFields({ currency, rateNames, onDone }: FieldsProps) {
  const words = useWords(setUpWords)
  const common = useWords(commonWords)
  const form = useForm(
    { name: '', currency, baseFee: '0', price: '', rate: rateNames[0] ?? 'minute' },
    (values) => {
      const rate = rates[values.rate]
      const baseFee = Number(values.baseFee) === 0 ? [] : [flatItem(words.baseFee, values.baseFee)]
      return createTariff({
        name: values.name,
        effectiveAt: new Date().toISOString(),
        document: {
          currency: values.currency,
          rounding: 'half_even',
          items: [
            ...baseFee,
            {
              type: 'per_unit',
              id: 'use',
              description: words[values.rate],
              ...rate,
              price: values.price,
            },
          ],
        },
      })
    },
    onDone,
  )
  const price = { inputMode: 'decimal', pattern: '[0-9]+(\\.[0-9]+)?', title: words.priceHint } as const
  return (
    <FormFrame form={form} submitLabel={common.create} label={words.tariff}>
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <TextInput required label={words.tariffName} {...form.field('name')} />
        <TextInput required maxLength={3} label={words.currency} {...form.field('currency')} />
        <TextInput required {...price} label={words.baseFee} {...form.field('baseFee')} />
        <TextInput required {...price} label={words.unitPrice} {...form.field('price')} />
        <NativeSelect
          label={words.per}
          data={rateNames.map((name) => ({ value: name, label: words[name] }))}
          {...form.field('rate')}
        />
      </SimpleGrid>
    </FormFrame>
  )
}

function flatItem(description: string, price: string) {
  return { type: 'flat', id: 'base-fee', description, price }
}
