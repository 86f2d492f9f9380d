/** The next version of a tariff, written on the one before: its prices, when it begins, how lines are rounded. */
import { Alert, Button, Group, NativeSelect, SimpleGrid, Stack, Text, TextInput } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'

import { modelsQuery } from '../../api/catalogue.ts'
import { publishVersion, type TariffDocument } from '../../api/tariffs.ts'
import { addDays, dayOf } from '../../format/instants.ts'
import { FormFrame } from '../../parts/form-frame.tsx'
import { ownTimeZone } from '../../parts/own-time-zone.ts'
import { useForm } from '../../parts/use-form.ts'
import { commonWords } from '../../words/common-words.ts'
import { useLanguage, useWords } from '../../words/language-context.tsx'
import { registerLabel } from '../../words/register-name.ts'
import { catalogueWords } from './catalogue-words.ts'
import { draftOf, itemsOf, type PriceDraft } from './price-drafts.ts'

type Props = {
  readonly tariffId: string
  readonly document: TariffDocument
  readonly onDone: () => void
}

const roundings = ['half_even', 'half_up', 'up', 'down'] as const

export function TariffVersionForm({ tariffId, document, onDone }: Props) {
  const words = useWords(catalogueWords)
  const client = useQueryClient()
  const [drafts, setDrafts] = useState(() => document.items.map(draftOf))
  const [firstOfNextMonth] = useState(() => {
    const today = dayOf(new Date().toISOString(), ownTimeZone)
    return `${addDays(`${today.slice(0, 7)}-01`, 32).slice(0, 7)}-01T00:00`
  })
  const form = useForm(
    { effectiveAt: firstOfNextMonth, rounding: document.rounding },
    ({ effectiveAt, rounding }) =>
      publishVersion(tariffId, {
        // A text without a zone is read by the clock of the browser, which is the zone that the field names.
        effectiveAt: new Date(effectiveAt).toISOString(),
        document: { currency: document.currency, rounding, items: itemsOf(drafts) },
      }),
    async () => {
      await client.invalidateQueries({ queryKey: ['tariff', tariffId] })
      await client.invalidateQueries({ queryKey: ['tariffs'] })
      onDone()
    },
  )
  const change = (place: number, next: Partial<PriceDraft>) =>
    setDrafts((before) => before.map((draft, at) => (at === place ? { ...draft, ...next } : draft)))
  const add = () =>
    setDrafts((before) => [
      ...before,
      {
        ...draftOf({ type: 'flat', id: '', description: '', price: '' }, nextKey(before)),
        id: undefined,
      },
    ])
  return (
    <FormFrame form={form} submitLabel={words.publishNow} label={words.publish}>
      <Alert color="yellow" variant="light">
        <Text size="sm" c="var(--mantine-color-text)">
          {words.publishNote}
        </Text>
      </Alert>
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <TextInput
          required
          type="datetime-local"
          label={words.effectiveOn}
          description={words.effectiveHint(ownTimeZone)}
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          {...form.field('effectiveAt')}
        />
        <NativeSelect
          label={words.rounding}
          data={roundings.map((rounding) => ({ value: rounding, label: words[rounding] }))}
          {...form.field('rounding')}
        />
      </SimpleGrid>
      {drafts.map((draft, place) => (
        <PriceFields
          key={draft.key}
          draft={draft}
          place={place}
          currency={document.currency}
          issueAt={form.issueAt}
          onChange={(next) => change(place, next)}
          onRemove={drafts.length === 1 ? undefined : () => setDrafts(drafts.filter((one) => one !== draft))}
        />
      ))}
      <div>
        <Button variant="default" size="xs" leftSection={<IconPlus size={14} aria-hidden />} onClick={add}>
          {words.addItem}
        </Button>
      </div>
    </FormFrame>
  )
}

function nextKey(drafts: readonly PriceDraft[]): number {
  return Math.max(-1, ...drafts.map(({ key }) => key)) + 1
}

type FieldsProps = {
  readonly draft: PriceDraft
  readonly place: number
  readonly currency: string
  readonly issueAt: (pointer: string) => string | undefined
  readonly onChange: (next: Partial<PriceDraft>) => void
  readonly onRemove: (() => void) | undefined
}

function PriceFields({ draft, place, currency, issueAt, onChange, onRemove }: FieldsProps) {
  const words = useWords(catalogueWords)
  const common = useWords(commonWords)
  const { locale } = useLanguage()
  const models = useQuery(modelsQuery)
  const counted = new Map(
    models.data?.items.flatMap(({ registers }) => registers).map((register) => [register.name, register]),
  )
  const names = [...new Set([...counted.keys(), draft.register])].filter((name) => name !== '')
  const title = words.item((place + 1).toLocaleString(locale))
  const field = (name: 'description' | 'price' | 'per' | 'unit') => ({
    required: true,
    value: draft[name],
    error: issueAt(`/items/${place}/${name}`),
    onChange: (event: { readonly currentTarget: { readonly value: string } }) =>
      onChange({ [name]: event.currentTarget.value }),
  })
  return (
    <Stack
      component="fieldset"
      gap="xs"
      m={0}
      p="sm"
      style={{ border: '1px solid var(--hairline)', borderRadius: 10 }}
    >
      <Text component="legend" size="sm" fw={600} px={4}>
        {title}
      </Text>
      <SimpleGrid cols={{ base: 1, xs: 3 }}>
        <TextInput label={words.description} {...field('description')} />
        <NativeSelect
          label={words.kind}
          value={draft.type}
          data={[
            { value: 'flat', label: words.flat },
            { value: 'per_unit', label: words.perUnit },
          ]}
          onChange={(event) =>
            onChange({
              type: event.currentTarget.value === 'flat' ? 'flat' : 'per_unit',
              register: draft.register || (names[0] ?? ''),
            })
          }
        />
        <TextInput
          label={`${words.price} (${currency})`}
          inputMode="decimal"
          pattern="[0-9]+(\.[0-9]+)?"
          title={words.priceHint}
          {...field('price')}
        />
        {draft.type === 'per_unit' && (
          <>
            <NativeSelect
              label={words.register}
              value={draft.register}
              error={issueAt(`/items/${place}/register`)}
              data={names.map((name) => ({
                value: name,
                label: registerLabel(counted.get(name) ?? { name }, common),
              }))}
              onChange={(event) => onChange({ register: event.currentTarget.value })}
            />
            <TextInput
              label={words.per}
              description={words.perHint}
              inputWrapperOrder={['label', 'input', 'description', 'error']}
              inputMode="numeric"
              pattern="[1-9][0-9]*"
              {...field('per')}
            />
            <TextInput label={words.unit} {...field('unit')} />
          </>
        )}
      </SimpleGrid>
      {onRemove !== undefined && (
        <Group justify="flex-end">
          <Button
            size="compact-sm"
            variant="subtle"
            color="gray"
            c="var(--mantine-color-text)"
            aria-label={words.removeItem(draft.description || title)}
            onClick={onRemove}
          >
            {words.remove}
          </Button>
        </Group>
      )}
    </Stack>
  )
}
