/** The audit trail, newest first. The address holds the filters and the page, so that what was found can be sent. */
import { Anchor, Stack, Text } from '@mantine/core'
import { IconHistory } from '@tabler/icons-react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'

import { auditQuery, type AuditFilter } from '../../api/audit.ts'
import { DataTable } from '../../parts/data-table.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { ownTimeZone } from '../../parts/own-time-zone.ts'
import { PageTitle } from '../../parts/page-title.tsx'
import { Pager, type Cursors } from '../../parts/pager.tsx'
import { QueryView } from '../../parts/query-view.tsx'
import { commonWords } from '../../words/common-words.ts'
import { useWords } from '../../words/language-context.tsx'
import { Instant } from '../instant.tsx'
import { AuditChange } from './audit-change.tsx'
import { AuditFilters } from './audit-filters.tsx'
import { actionWords, subjectWords, wordFor } from './audit-words.ts'
import { officeWords } from './office-words.ts'

export function AuditPage() {
  const words = useWords(officeWords)
  const common = useWords(commonWords)
  const actions = useWords(actionWords)
  const subjects = useWords(subjectWords)
  const { after, ...filter } = useSearch({ from: '/shell/audit' })
  const navigate = useNavigate()
  const go = (search: AuditFilter & { readonly after?: Cursors | undefined }) =>
    void navigate({ to: '/audit', search })
  const query = useQuery({
    ...auditQuery(filter, ownTimeZone, after?.at(-1)),
    placeholderData: keepPreviousData,
  })
  return (
    <Stack gap="lg">
      <PageTitle title={common.audit} note={words.auditNote} />
      <AuditFilters filter={filter} onChange={go} />
      <QueryView query={query}>
        {({ items, nextAfter }) =>
          items.length === 0 ? (
            <EmptyState
              icon={<IconHistory size={26} />}
              title={words.noneFoundTitle}
              text={words.noneFoundText}
            />
          ) : (
            <>
              <DataTable
                caption={common.audit}
                rows={items}
                keyOf={({ no }) => no}
                columns={[
                  { title: words.number, isNumeric: true, cell: ({ no }) => no },
                  { title: words.when, cell: ({ at }) => <Instant at={at} /> },
                  {
                    title: words.who,
                    cell: ({ actor }) => (
                      <Anchor
                        component="button"
                        type="button"
                        size="sm"
                        ta="left"
                        aria-label={words.onlyOf(actor.name)}
                        onClick={() => go({ ...filter, actorId: actor.id })}
                      >
                        {actor.name}
                      </Anchor>
                    ),
                  },
                  { title: words.what, cell: ({ action }) => wordFor(actions, action) },
                  {
                    title: words.about,
                    cell: ({ subject }) => (
                      <>
                        {wordFor(subjects, subject.kind)}
                        <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
                          {subject.id}
                        </Text>
                      </>
                    ),
                  },
                  { title: words.reason, cell: ({ reason }) => reason ?? '–' },
                  { title: words.change, cell: (entry) => <AuditChange entry={entry} /> },
                ]}
              />
              <Pager
                cursors={after}
                nextAfter={nextAfter}
                onTurn={(cursors) => go({ ...filter, after: cursors })}
              />
            </>
          )
        }
      </QueryView>
    </Stack>
  )
}
