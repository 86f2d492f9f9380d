/** What was given back of a bill, and what is left to pay. */
import { Anchor, Group, Stack, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'

import type { Invoice } from '../api/bills.ts'
import { creditNotesQuery, type CreditNote } from '../api/credit-notes.ts'
import { formatAmount } from '../format/exact-number.ts'
import { formatDay, type Place } from '../format/instants.ts'
import { QueryView } from '../parts/query-view.tsx'
import { useWords } from '../words/language-context.tsx'
import { portalWords } from './portal-words.ts'
import classes from './portal.module.css'

export function BillCredits({ invoice, place }: { readonly invoice: Invoice; readonly place: Place }) {
  const words = useWords(portalWords)
  const query = useQuery(creditNotesQuery(invoice.id))
  return (
    <section aria-labelledby="credits">
      <Title order={2} size="h4" id="credits" mb="xs">
        {words.credits}
      </Title>
      <QueryView query={query} outlines={1}>
        {({ items }) => (
          <ul className={`card ${classes.list ?? ''}`}>
            {items.map((note) => (
              <li key={note.id}>
                <Credit note={note} place={place} />
              </li>
            ))}
          </ul>
        )}
      </QueryView>
    </section>
  )
}

function Documents({ note: { id, number, document } }: { readonly note: CreditNote }) {
  const words = useWords(portalWords)
  if (document?.state !== 'done') return null
  return (
    <Group gap="md">
      <Anchor size="sm" href={`/v1/credit-notes/${id}/pdf`} download aria-label={`${words.pdf}, ${number}`}>
        {words.pdf}
      </Anchor>
      <Anchor size="sm" href={`/v1/credit-notes/${id}/xml`} download aria-label={`${words.xml}, ${number}`}>
        {words.xml}
      </Anchor>
    </Group>
  )
}

function Credit({ note, place }: { readonly note: CreditNote; readonly place: Place }) {
  const words = useWords(portalWords)
  const { locale } = place
  const kinds = {
    correction: words.creditCorrection,
    cancellation: words.creditCancellation,
    goodwill: words.creditGoodwill,
  }
  return (
    <Group justify="space-between" align="flex-start" wrap="nowrap" px={20} py={10}>
      <Stack gap={2}>
        <Text fw={600}>{note.number}</Text>
        <Text size="sm" c="dimmed">
          {kinds[note.kind]}, {formatDay(note.issuedAt, place)}: {note.reason}
        </Text>
        {note.lines.map((line, index) => (
          <Text size="sm" key={`${index} ${line.description}`}>
            {line.description} · {formatAmount(line.amount, note.currency, locale)}
          </Text>
        ))}
        <Documents note={note} />
      </Stack>
      <Text fw={600} className="numeric">
        {formatAmount(`-${note.total}`, note.currency, locale)}
      </Text>
    </Group>
  )
}
