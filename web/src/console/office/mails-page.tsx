/** What was mailed, what waits, and what failed and can be sent again. */
import { Button, Group, Stack } from '@mantine/core'
import { IconMail } from '@tabler/icons-react'
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'

import { mailsQuery, retryMail } from '../../api/mails.ts'
import { DataTable } from '../../parts/data-table.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { PageTitle } from '../../parts/page-title.tsx'
import { Pager } from '../../parts/pager.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { QueryView } from '../../parts/query-view.tsx'
import { TextLink } from '../../parts/text-link.tsx'
import { commonWords } from '../../words/common-words.ts'
import { useLanguage, useWords } from '../../words/language-context.tsx'
import { Instant } from '../instant.tsx'
import { useRight } from '../use-rights.ts'
import { isStuck, MailState } from './mail-state.tsx'
import { officeWords } from './office-words.ts'

export function MailsPage() {
  const words = useWords(officeWords)
  const common = useWords(commonWords)
  const { locale } = useLanguage()
  const mayWrite = useRight('mails:write')
  const client = useQueryClient()
  const navigate = useNavigate()
  const { after } = useSearch({ from: '/shell/mails' })
  const retrying = useMutation({
    mutationFn: retryMail,
    onSuccess: () => client.invalidateQueries({ queryKey: ['mails'] }),
  })
  const query = useQuery({ ...mailsQuery(after?.at(-1)), placeholderData: keepPreviousData })
  return (
    <Stack gap="lg">
      <PageTitle title={common.mails} />
      {retrying.isError && <ProblemNotice error={retrying.error} />}
      <QueryView query={query}>
        {({ items, nextAfter }) =>
          items.length === 0 ? (
            <EmptyState icon={<IconMail size={26} />} title={words.noMailsTitle} text={words.noMailsText} />
          ) : (
            <>
              <DataTable
                caption={common.mails}
                rows={items}
                keyOf={({ id }) => id}
                columns={[
                  { title: words.when, cell: ({ createdAt }) => <Instant at={createdAt} /> },
                  { title: words.to, cell: ({ to }) => to },
                  {
                    title: words.subject,
                    cell: ({ id, subject }) => (
                      <TextLink to="/mails/$mailId" params={{ mailId: String(id) }} fw={600}>
                        {subject}
                      </TextLink>
                    ),
                  },
                  {
                    title: words.state,
                    cell: (mail) => (
                      <Group gap="sm">
                        <MailState state={mail.state} />
                        {mayWrite && isStuck(mail) && (
                          <Button
                            size="xs"
                            variant="default"
                            aria-label={`${words.sendAgain}: ${mail.subject}, ${mail.to}`}
                            onClick={() => retrying.mutate(mail.id)}
                          >
                            {words.sendAgain}
                          </Button>
                        )}
                      </Group>
                    ),
                  },
                  {
                    title: words.attempts,
                    isNumeric: true,
                    cell: ({ attempts }) => attempts.toLocaleString(locale),
                  },
                  { title: words.problem, cell: ({ problem }) => problem ?? '–' },
                ]}
              />
              <Pager
                cursors={after}
                nextAfter={nextAfter}
                onTurn={(cursors) => void navigate({ to: '/mails', search: { after: cursors } })}
              />
            </>
          )
        }
      </QueryView>
    </Stack>
  )
}
