/** Steps to Stripe with how far each has come; whoever may write bills takes up what is parked. */
import { Badge, Button, Group, Stack, Text } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'

import { retryStep, type StripeStep } from '../../api/stripe.ts'
import { DataTable, type Column } from '../../parts/data-table.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { useLanguage, useWords } from '../../words/language-context.tsx'
import { Instant } from '../instant.tsx'
import { sayProblem } from '../say-problem.ts'
import { useRight } from '../use-rights.ts'
import { pushProblemWords } from './push-problem-words.ts'
import { stripeWords } from './stripe-words.ts'

const colors = { waiting: 'yellow', done: 'petrol', superseded: 'gray', parked: 'red' } as const

type Props = {
  readonly caption: string
  readonly steps: readonly StripeStep[]
  /** Where steps of several documents stand together. */
  readonly about?: Column<StripeStep>
}

export function StepTable({ caption, steps, about }: Props) {
  const words = useWords(stripeWords)
  const problemWords = useWords(pushProblemWords)
  const { locale } = useLanguage()
  const mayRetry = useRight('bills:write')
  const client = useQueryClient()
  const retrying = useMutation({
    mutationFn: retryStep,
    onSettled: () =>
      Promise.all(['invoice', 'parked-steps'].map((kind) => client.invalidateQueries({ queryKey: [kind] }))),
  })
  const nameOf = ({ step, creditNoteNumber }: StripeStep) =>
    creditNoteNumber === null ? words[step] : words.sendCreditNote(creditNoteNumber)
  return (
    <Stack gap="sm">
      {retrying.isError && <ProblemNotice error={retrying.error} />}
      <DataTable
        caption={caption}
        rows={steps}
        keyOf={({ id }) => id}
        columns={[
          ...(about === undefined ? [] : [about]),
          { title: words.step, cell: nameOf },
          {
            title: words.state,
            cell: (step) => (
              <Group gap="sm" wrap="nowrap">
                <Badge color={colors[step.state]} c="var(--mantine-color-text)">
                  {words[step.state]}
                </Badge>
                {mayRetry && step.state === 'parked' && (
                  <Button
                    size="xs"
                    variant="default"
                    aria-label={words.tryAgainOf(nameOf(step))}
                    loading={retrying.isPending && retrying.variables === step.id}
                    onClick={() => retrying.mutate(step.id)}
                  >
                    {words.tryAgain}
                  </Button>
                )}
              </Group>
            ),
          },
          { title: words.when, cell: ({ doneAt, createdAt }) => <Instant at={doneAt ?? createdAt} /> },
          {
            title: words.attempts,
            isNumeric: true,
            cell: ({ attempts }) => attempts.toLocaleString(locale),
          },
          {
            title: words.problem,
            cell: ({ state, nextAttemptAt, ...kept }) =>
              kept.problem === null || state === 'done' ? (
                '–'
              ) : (
                // A sentence beside short words: on a phone it is scrolled to, not squeezed.
                <Text component="div" size="sm" miw={260}>
                  {sayProblem(problemWords, kept, locale)}
                  {nextAttemptAt !== null && (
                    <Text component="div" size="xs" c="dimmed">
                      {words.nextTry}: <Instant at={nextAttemptAt} />
                    </Text>
                  )}
                </Text>
              ),
          },
        ]}
      />
    </Stack>
  )
}
