/** All tariffs, with what is in force of each and what is to come. */
import { Stack } from '@mantine/core'
import { IconTags } from '@tabler/icons-react'
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'

import { tariffPageQuery } from '../../api/tariffs.ts'
import { DataTable } from '../../parts/data-table.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { PageTitle } from '../../parts/page-title.tsx'
import { Pager } from '../../parts/pager.tsx'
import { QueryView } from '../../parts/query-view.tsx'
import { TextLink } from '../../parts/text-link.tsx'
import { commonWords } from '../../words/common-words.ts'
import { useLanguage, useWords } from '../../words/language-context.tsx'
import { Disclosure } from '../disclosure.tsx'
import { Instant } from '../instant.tsx'
import { TariffForm } from '../set-up/catalogue-forms.tsx'
import { useRight } from '../use-rights.ts'
import { catalogueWords } from './catalogue-words.ts'
import { versionsNow } from './versions-now.ts'

export function TariffsPage() {
  const words = useWords(catalogueWords)
  const common = useWords(commonWords)
  const { locale } = useLanguage()
  const mayWrite = useRight('catalogue:write')
  const client = useQueryClient()
  const navigate = useNavigate()
  const { after } = useSearch({ from: '/shell/tariffs' })
  const [now] = useState(() => Date.now())
  const query = useQuery({ ...tariffPageQuery(after?.at(-1)), placeholderData: keepPreviousData })
  return (
    <Stack gap="lg">
      <PageTitle title={common.tariffs} note={words.tariffsNote} />
      {mayWrite && (
        <Disclosure label={words.newTariff}>
          {(close) => (
            <TariffForm
              onDone={async () => {
                await client.invalidateQueries({ queryKey: ['tariffs'] })
                close()
              }}
            />
          )}
        </Disclosure>
      )}
      <QueryView query={query}>
        {({ items, nextAfter }) =>
          items.length === 0 ? (
            <EmptyState
              icon={<IconTags size={26} />}
              title={words.noTariffsTitle}
              text={words.noTariffsText}
            />
          ) : (
            <>
              <DataTable
                caption={common.tariffs}
                rows={items}
                keyOf={({ id }) => id}
                columns={[
                  {
                    title: words.tariff,
                    cell: ({ id, name }) => (
                      <TextLink to="/tariffs/$tariffId" params={{ tariffId: id }} fw={600}>
                        {name}
                      </TextLink>
                    ),
                  },
                  {
                    title: words.inForce,
                    cell: ({ versions }) => {
                      const { current } = versionsNow(versions, now)
                      return current === undefined ? '–' : <Instant at={current.effectiveAt} />
                    },
                  },
                  {
                    title: words.nextFrom,
                    cell: ({ versions }) => {
                      const { next } = versionsNow(versions, now)
                      return next === undefined ? '–' : <Instant at={next.effectiveAt} />
                    },
                  },
                  {
                    title: words.versions,
                    isNumeric: true,
                    cell: ({ versions }) => versions.length.toLocaleString(locale),
                  },
                  { title: words.created, cell: ({ createdAt }) => <Instant at={createdAt} /> },
                ]}
              />
              <Pager
                cursors={after}
                nextAfter={nextAfter}
                onTurn={(cursors) => void navigate({ to: '/tariffs', search: { after: cursors } })}
              />
            </>
          )
        }
      </QueryView>
    </Stack>
  )
}
