/** What runs by itself, how it went, and running it now. */
import { Badge, Button, Stack, Text } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'

import { jobsQuery, runJob, type Job } from '../../api/office.ts'
import { DataTable } from '../../parts/data-table.tsx'
import { PageTitle } from '../../parts/page-title.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { QueryView } from '../../parts/query-view.tsx'
import { commonWords } from '../../words/common-words.ts'
import { useWords } from '../../words/language-context.tsx'
import { Instant } from '../instant.tsx'
import { useRight } from '../use-rights.ts'
import { officeWords } from './office-words.ts'

export function JobsPage() {
  const words = useWords(officeWords)
  const common = useWords(commonWords)
  const mayWrite = useRight('jobs:write')
  const client = useQueryClient()
  const running = useMutation({
    mutationFn: runJob,
    onSuccess: () => client.invalidateQueries({ queryKey: ['jobs'] }),
  })
  return (
    <Stack gap="lg">
      <PageTitle title={common.jobs} />
      {running.isError && <ProblemNotice error={running.error} />}
      <QueryView query={useQuery(jobsQuery)}>
        {({ items }) => (
          <DataTable
            caption={common.jobs}
            rows={items}
            keyOf={({ name }) => name}
            columns={[
              { title: words.job, cell: ({ name }) => name },
              { title: words.schedule, cell: ({ schedule }) => schedule },
              { title: words.lastRun, cell: ({ lastStartedAt }) => <Instant at={lastStartedAt} /> },
              { title: words.outcome, cell: (job) => <Outcome job={job} /> },
              { title: words.nextRun, cell: ({ nextRunAt }) => <Instant at={nextRunAt} /> },
              ...(mayWrite
                ? [
                    {
                      title: words.runNow,
                      cell: ({ name, isRunning }: Job) => (
                        <Button
                          size="xs"
                          variant="default"
                          disabled={isRunning}
                          aria-label={`${words.runNow}: ${name}`}
                          onClick={() => running.mutate(name)}
                        >
                          {words.runNow}
                        </Button>
                      ),
                    },
                  ]
                : []),
            ]}
          />
        )}
      </QueryView>
    </Stack>
  )
}

function Outcome({ job: { isRunning, lastOutcome, lastDetail } }: { readonly job: Job }) {
  const words = useWords(officeWords)
  if (isRunning) return <Badge c="var(--mantine-color-text)">{words.running}</Badge>
  if (lastOutcome === null) return '–'
  return (
    <>
      <Badge color={lastOutcome === 'done' ? 'petrol' : 'red'} c="var(--mantine-color-text)">
        {words[lastOutcome]}
      </Badge>
      {lastDetail !== null && (
        <Text size="xs" c="dimmed">
          {lastDetail}
        </Text>
      )}
    </>
  )
}
