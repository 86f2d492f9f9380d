/** Makes claim codes: a number of them for any new machine, or one for each machine that is named. */
import { NativeSelect, Radio, SimpleGrid, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'

import { modelsQuery } from '../../api/catalogue.ts'
import { createClaims, type CreatedClaim } from '../../api/device-access.ts'
import { addDays, dayOf, startOfDay } from '../../format/instants.ts'
import { FormFrame } from '../../parts/form-frame.tsx'
import { ownTimeZone } from '../../parts/own-time-zone.ts'
import { QueryView } from '../../parts/query-view.tsx'
import { useForm } from '../../parts/use-form.ts'
import { useWords } from '../../words/language-context.tsx'
import { claimsOf, type NamedClaim } from './claim-lines.ts'
import { fleetWords } from './fleet-words.ts'

const USUAL_DAYS = 30

/** A code with the machine it is for, as far as it was named. */
export type MadeClaim = CreatedClaim & NamedClaim

type Props = { readonly onMade: (claims: readonly MadeClaim[]) => unknown }

export function ClaimForm({ onMade }: Props) {
  const words = useWords(fleetWords)
  return (
    <QueryView query={useQuery(modelsQuery)} outlines={2}>
      {({ items }) => {
        const models = items.map(({ id, name }) => ({ value: id, label: name }))
        return models[0] === undefined ? (
          <Text>{words.noModelText}</Text>
        ) : (
          <Fields models={models} firstModel={models[0].value} onMade={onMade} />
        )
      }}
    </QueryView>
  )
}

type FieldsProps = Props & {
  readonly models: readonly { readonly value: string; readonly label: string }[]
  readonly firstModel: string
}

function Fields({ models, firstModel, onMade }: FieldsProps) {
  const words = useWords(fleetWords)
  const [today] = useState(() => dayOf(new Date().toISOString(), ownTimeZone))
  const form = useForm(
    { modelId: firstModel, expires: addDays(today, USUAL_DAYS), kind: 'any', count: '1', lines: '' },
    async (values) => {
      const claims = claimsOf(values)
      const { items } = await createClaims({
        modelId: values.modelId,
        // Codes are good to the end of the day that is named.
        expiresAt: startOfDay(addDays(values.expires, 1), ownTimeZone),
        claims,
      })
      return items.map((item, place) => ({ ...item, ...claims[place] }))
    },
    onMade,
  )
  return (
    <FormFrame form={form} submitLabel={words.makeClaims} label={words.newClaims}>
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <NativeSelect label={words.model} data={[...models]} {...form.field('modelId')} />
        <TextInput required type="date" min={today} label={words.expiresOn} {...form.field('expires')} />
      </SimpleGrid>
      <Radio.Group
        label={words.claimFor}
        name="claim-kind"
        value={form.values.kind}
        onChange={(kind) => form.set('kind', kind)}
      >
        <Stack gap={6} mt={6}>
          <Radio value="any" label={words.claimForAny} />
          <Radio value="named" label={words.claimForNamed} />
        </Stack>
      </Radio.Group>
      {form.values.kind === 'any' ? (
        <TextInput
          required
          maw={200}
          type="number"
          min={1}
          max={1000}
          label={words.claimCount}
          {...form.field('count')}
        />
      ) : (
        <Textarea
          required
          autosize
          minRows={3}
          label={words.claimLines}
          description={words.claimLinesHint}
          {...form.field('lines')}
        />
      )}
    </FormFrame>
  )
}
