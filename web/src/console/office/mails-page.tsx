/** What was mailed, what waits, and what failed and can be sent again. */
import { Badge, Button, Group, Stack } from '@mantine/core'
import { IconMail } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'

import { mailsQuery, retryMail, type Mail } from '../../api/office.ts'
import { DataTable } from '../../parts/data-table.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { PageTitle } from '../../parts/page-title.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { QueryView } from '../../parts/query-view.tsx'
import { commonWords } from '../../words/common-words.ts'
import { useWords } from '../../words/language-context.tsx'
import { Instant } from '../instant.tsx'
import { useRight } from '../use-rights.ts'
import { officeWords } from './office-words.ts'

const colors = { waiting: 'gray', sent: 'petrol', failed: 'red', bounced: 'red' } as const

export function MailsPage() {
  const words = useWords(officeWords)
  const common = useWords(commonWords)
  const mayWrite = useRight('mails:write')
  const client = useQueryClient()
  const retrying = useMutation({
    mutationFn: retryMail,
    onSuccess: () => client.invalidateQueries({ queryKey: ['mails'] }),
  })
  return (
    <Stack gap="lg">
      <PageTitle title={common.mails} />
      {retrying.isError && <ProblemNotice error={retrying.error} />}
      <QueryView query={useQuery(mailsQuery)}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState icon={<IconMail size={26} />} title={words.noMailsTitle} text={words.noMailsText} />
          ) : (
            <DataTable
              caption={common.mails}
              rows={items}
              keyOf={({ id }) => id}
              columns={[
                { title: words.when, cell: ({ createdAt }) => <Instant at={createdAt} /> },
                { title: words.to, cell: ({ to }) => to },
                { title: words.subject, cell: ({ subject }) => subject },
                {
                  title: words.state,
                  cell: (mail) => (
                    <Group gap="sm">
                      <Badge color={colors[mail.state]} c="var(--mantine-color-text)">
                        {words[mail.state]}
                      </Badge>
                      {mayWrite && isStuck(mail) && (
                        <Button size="xs" variant="default" onClick={() => retrying.mutate(mail.id)}>
                          {words.sendAgain}
                        </Button>
                      )}
                    </Group>
                  ),
                },
                { title: words.attempts, isNumeric: true, cell: ({ attempts }) => attempts },
                { title: words.problem, cell: ({ problem }) => problem ?? '–' },
              ]}
            />
          )
        }
      </QueryView>
    </Stack>
  )
}

function isStuck({ state }: Mail): boolean {
  return state === 'failed' || state === 'bounced'
}
