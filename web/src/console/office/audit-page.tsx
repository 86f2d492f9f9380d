/** The audit trail, newest first, searched by any word in it. */
import { Button, Code, Stack, TextInput } from '@mantine/core'
import { IconHistory, IconSearch } from '@tabler/icons-react'
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { useDeferredValue, useState } from 'react'

import { auditQuery, type AuditEntry } from '../../api/office.ts'
import { DataTable } from '../../parts/data-table.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { PageTitle } from '../../parts/page-title.tsx'
import { QueryView } from '../../parts/query-view.tsx'
import { commonWords } from '../../words/common-words.ts'
import { useWords } from '../../words/language-context.tsx'
import { Instant } from '../instant.tsx'
import { officeWords } from './office-words.ts'

export function AuditPage() {
  const words = useWords(officeWords)
  const common = useWords(commonWords)
  const [text, setText] = useState('')
  const query = useInfiniteQuery({
    ...auditQuery(useDeferredValue(text)),
    placeholderData: keepPreviousData,
  })
  return (
    <Stack gap="lg">
      <PageTitle title={common.audit} note={words.auditNote} />
      <TextInput
        type="search"
        maw={420}
        label={common.search}
        leftSection={<IconSearch size={16} aria-hidden />}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <QueryView query={query}>
        {({ pages }) => {
          const entries = pages.flatMap(({ items }) => items)
          if (entries.length === 0) {
            return (
              <EmptyState
                icon={<IconHistory size={26} />}
                title={words.noneFoundTitle}
                text={words.noneFoundText}
              />
            )
          }
          return (
            <>
              <DataTable
                caption={common.audit}
                rows={entries}
                keyOf={({ no }) => no}
                columns={[
                  { title: words.number, isNumeric: true, cell: ({ no }) => no },
                  { title: words.when, cell: ({ at }) => <Instant at={at} /> },
                  { title: words.who, cell: ({ actor }) => actor.name },
                  { title: words.what, cell: ({ action }) => action },
                  { title: words.about, cell: ({ subject }) => `${subject.kind} ${subject.id}` },
                  { title: words.reason, cell: ({ reason }) => reason ?? '–' },
                  { title: words.change, cell: (entry) => <Change entry={entry} /> },
                ]}
              />
              {query.hasNextPage && (
                <Button variant="default" onClick={() => void query.fetchNextPage()}>
                  {common.more}
                </Button>
              )}
            </>
          )
        }}
      </QueryView>
    </Stack>
  )
}

function Change({ entry: { before, after } }: { readonly entry: AuditEntry }) {
  const words = useWords(officeWords)
  if (before === null && after === null) return '–'
  return (
    <details>
      <summary style={{ minHeight: 24, cursor: 'pointer' }}>{words.show}</summary>
      <Code block>{JSON.stringify({ before, after }, null, 2)}</Code>
    </details>
  )
}
