/** How each delivery to an endpoint went, with every attempt; and sending again what failed. */
import { Badge, Button, Stack, Text, TextInput } from '@mantine/core'
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'

import {
  deliveriesQuery,
  replayEvent,
  replayMissed,
  type Delivery,
  type Endpoint,
} from '../../api/webhooks.ts'
import { DataTable } from '../../parts/data-table.tsx'
import { FormFrame } from '../../parts/form-frame.tsx'
import { Pager } from '../../parts/pager.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { QueryView } from '../../parts/query-view.tsx'
import { useForm } from '../../parts/use-form.ts'
import { useLanguage, useWords } from '../../words/language-context.tsx'
import { Disclosure } from '../disclosure.tsx'
import { Instant } from '../instant.tsx'
import { sayProblem } from '../say-problem.ts'
import { Section } from '../section.tsx'
import { useRight } from '../use-rights.ts'
import { deliveryProblemWords } from './delivery-problem-words.ts'
import { webhooksWords } from './webhooks-words.ts'

const colors = { waiting: 'gray', delivered: 'petrol', failed: 'red' } as const

export function DeliveryLog({ endpoint }: { readonly endpoint: Endpoint }) {
  const words = useWords(webhooksWords)
  const maySend = useRight('webhooks:write') && endpoint.state === 'on'
  const client = useQueryClient()
  const navigate = useNavigate()
  const { after } = useSearch({ from: '/shell/webhooks/$endpointId' })
  const { id } = endpoint
  const reload = () => client.invalidateQueries({ queryKey: ['webhook-endpoints', id, 'deliveries'] })
  const sending = useMutation({
    mutationFn: (eventId: string) => replayEvent(eventId, id),
    onSuccess: reload,
  })
  const query = useQuery({ ...deliveriesQuery(id, after?.at(-1)), placeholderData: keepPreviousData })
  return (
    <Section title={words.deliveries}>
      <Stack gap="md">
        {maySend && (
          <Disclosure label={words.replay}>{() => <ReplayForm id={id} onDone={reload} />}</Disclosure>
        )}
        {sending.isError && <ProblemNotice error={sending.error} />}
        <QueryView query={query}>
          {({ items, nextAfter }) =>
            items.length === 0 ? (
              <Text c="dimmed">{words.noDeliveries}</Text>
            ) : (
              <>
                <DataTable
                  caption={words.deliveries}
                  rows={items}
                  keyOf={(delivery) => delivery.id}
                  columns={[
                    { title: words.begun, cell: ({ createdAt }) => <Instant at={createdAt} /> },
                    { title: words.event, cell: (delivery) => <EventOf delivery={delivery} /> },
                    { title: words.state, cell: (delivery) => <StateOf delivery={delivery} /> },
                    { title: words.attempts, cell: (delivery) => <AttemptsOf delivery={delivery} /> },
                    {
                      title: words.sendAgain,
                      cell: ({ eventId, eventType }) =>
                        maySend ? (
                          <Button
                            size="xs"
                            variant="default"
                            aria-label={`${words.sendAgain}: ${words[eventType]}, ${eventId}`}
                            onClick={() => sending.mutate(eventId)}
                          >
                            {words.sendAgain}
                          </Button>
                        ) : (
                          '–'
                        ),
                    },
                  ]}
                />
                <Pager
                  cursors={after}
                  nextAfter={nextAfter}
                  onTurn={(cursors) =>
                    void navigate({
                      to: '/webhooks/$endpointId',
                      params: { endpointId: id },
                      search: { after: cursors },
                    })
                  }
                />
              </>
            )
          }
        </QueryView>
      </Stack>
    </Section>
  )
}

type Shown = { readonly delivery: Delivery }

function EventOf({ delivery: { eventType, eventId } }: Shown) {
  const words = useWords(webhooksWords)
  return (
    <>
      {words[eventType]}
      <Text size="xs" c="dimmed" ff="monospace">
        {eventId}
      </Text>
    </>
  )
}

function StateOf({ delivery: { state, nextAttemptAt, ...kept } }: Shown) {
  const words = useWords(webhooksWords)
  const problemWords = useWords(deliveryProblemWords)
  const { locale } = useLanguage()
  return (
    <>
      <Badge color={colors[state]} c="var(--mantine-color-text)">
        {words[state]}
      </Badge>
      {kept.problem !== null && <Text size="xs">{sayProblem(problemWords, kept, locale)}</Text>}
      {nextAttemptAt !== null && (
        <Text size="xs" c="dimmed">
          {words.next}: <Instant at={nextAttemptAt} />
        </Text>
      )}
    </>
  )
}

function AttemptsOf({ delivery: { log } }: Shown) {
  const words = useWords(webhooksWords)
  const problemWords = useWords(deliveryProblemWords)
  const { locale } = useLanguage()
  if (log.length === 0) return <>–</>
  return (
    <details>
      <summary>{words.attemptCount(log.length.toLocaleString(locale))}</summary>
      <Stack gap={4} mt={4}>
        {log.map(({ attemptedAt, tookMs, status, answer, ...kept }, no) => (
          <div key={`${attemptedAt} ${no}`}>
            <Text size="xs" className="numeric">
              <Instant at={attemptedAt} />: {status ?? words.noAnswer},{' '}
              {words.tookMs(tookMs.toLocaleString(locale))}
            </Text>
            {status === null && kept.problem !== null && (
              <Text size="xs">{sayProblem(problemWords, kept, locale)}</Text>
            )}
            {answer !== null && (
              <Text size="xs" ff="monospace" style={{ overflowWrap: 'anywhere' }}>
                {answer}
              </Text>
            )}
          </div>
        ))}
      </Stack>
    </details>
  )
}

function ReplayForm({ id, onDone }: { readonly id: string; readonly onDone: () => unknown }) {
  const words = useWords(webhooksWords)
  const { locale } = useLanguage()
  const [replayed, setReplayed] = useState<number>()
  const form = useForm(
    { since: '' },
    ({ since }) => replayMissed(id, new Date(since).toISOString()),
    async ({ deliveries }) => {
      setReplayed(deliveries)
      await onDone()
    },
  )
  return (
    <FormFrame form={form} submitLabel={words.replay}>
      <TextInput
        required
        type="date"
        label={words.since}
        description={words.replayHint}
        {...form.field('since')}
      />
      {replayed !== undefined && (
        <Text size="sm" role="status">
          {words.replayed(replayed.toLocaleString(locale))}
        </Text>
      )}
    </FormFrame>
  )
}
