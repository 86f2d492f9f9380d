/** The fields of an endpoint, for adding and for changing one. The chosen types are one text: their names, or nothing for all. */
import { Checkbox, SimpleGrid, Stack, TextInput } from '@mantine/core'

import type { Endpoint, EventType } from '../../api/webhooks.ts'
import { useWords } from '../../words/language-context.tsx'
import { webhooksWords } from './webhooks-words.ts'

/** Each type that the API knows, or this does not compile: one left out would be dropped when somebody changes an endpoint. */
const offered: Readonly<Record<EventType, true>> = {
  'invoice.issued': true,
  'invoice.paid': true,
  'invoice.payment_failed': true,
  'hold.opened': true,
  'device.silent': true,
}
const eventTypes = Object.keys(offered) as readonly EventType[]

export type EndpointValues = { url: string; description: string; eventTypes: string }

export const noEndpoint: EndpointValues = { url: '', description: '', eventTypes: '' }

export function valuesOfEndpoint({ url, description, eventTypes }: Endpoint): EndpointValues {
  return { url, description, eventTypes: eventTypes?.join(' ') ?? '' }
}

/** Null for every type. */
export function typesOf({ eventTypes: text }: EndpointValues): EventType[] | null {
  const chosen = text.split(' ')
  return text === '' ? null : eventTypes.filter((type) => chosen.includes(type))
}

type Props = {
  readonly form: {
    readonly values: EndpointValues
    readonly set: (name: keyof EndpointValues, value: string) => void
    readonly field: (name: keyof EndpointValues) => object
    readonly issueAt: (pointer: string) => string | undefined
  }
  readonly isReadOnly?: boolean
}

export function EndpointFields({ form, isReadOnly = false }: Props) {
  const words = useWords(webhooksWords)
  const chosen = typesOf(form.values)
  return (
    <Stack gap="sm">
      <TextInput
        required
        type="url"
        maxLength={2_000}
        readOnly={isReadOnly}
        label={words.url}
        description={words.urlHint}
        {...form.field('url')}
      />
      <TextInput
        maxLength={200}
        readOnly={isReadOnly}
        label={words.description}
        {...form.field('description')}
      />
      <Checkbox
        label={words.everyType}
        checked={chosen === null}
        disabled={isReadOnly}
        onChange={(event) => form.set('eventTypes', event.currentTarget.checked ? '' : eventTypes.join(' '))}
      />
      {chosen !== null && (
        <Checkbox.Group
          label={words.chosenTypes}
          value={chosen}
          error={form.issueAt('/eventTypes')}
          onChange={(types) => {
            if (types.length > 0) form.set('eventTypes', types.join(' '))
          }}
        >
          <SimpleGrid cols={{ base: 1, xs: 2 }} mt="xs" spacing="xs">
            {eventTypes.map((type) => (
              <Checkbox key={type} value={type} label={words[type]} disabled={isReadOnly} />
            ))}
          </SimpleGrid>
        </Checkbox.Group>
      )}
    </Stack>
  )
}
