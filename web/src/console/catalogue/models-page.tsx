/** The kinds of machines, and what those of each count. */
import { Stack } from '@mantine/core'
import { IconEngine } from '@tabler/icons-react'
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'

import { modelPageQuery } from '../../api/catalogue.ts'
import { DataTable } from '../../parts/data-table.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { PageTitle } from '../../parts/page-title.tsx'
import { Pager } from '../../parts/pager.tsx'
import { QueryView } from '../../parts/query-view.tsx'
import { TextLink } from '../../parts/text-link.tsx'
import { commonWords } from '../../words/common-words.ts'
import { useLanguage, useWords } from '../../words/language-context.tsx'
import { registerLabel } from '../../words/register-name.ts'
import { Disclosure } from '../disclosure.tsx'
import { ModelForm } from '../set-up/catalogue-forms.tsx'
import { useRight } from '../use-rights.ts'
import { catalogueWords } from './catalogue-words.ts'

export function ModelsPage() {
  const words = useWords(catalogueWords)
  const common = useWords(commonWords)
  const { locale } = useLanguage()
  const mayWrite = useRight('catalogue:write')
  const client = useQueryClient()
  const navigate = useNavigate()
  const { after } = useSearch({ from: '/shell/models' })
  const query = useQuery({ ...modelPageQuery(after?.at(-1)), placeholderData: keepPreviousData })
  return (
    <Stack gap="lg">
      <PageTitle title={common.models} note={words.modelsNote} />
      {mayWrite && (
        <Disclosure label={words.newModel}>
          {(close) => (
            <ModelForm
              onDone={async () => {
                await client.invalidateQueries({ queryKey: ['models'] })
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
              icon={<IconEngine size={26} />}
              title={words.noModelsTitle}
              text={words.noModelsText}
            />
          ) : (
            <>
              <DataTable
                caption={common.models}
                rows={items}
                keyOf={({ id }) => id}
                columns={[
                  {
                    title: words.model,
                    cell: ({ id, name }) => (
                      <TextLink to="/models/$modelId" params={{ modelId: id }} fw={600}>
                        {name}
                      </TextLink>
                    ),
                  },
                  { title: words.id, cell: ({ id }) => id },
                  {
                    title: words.registers,
                    cell: ({ registers }) =>
                      registers.map((register) => registerLabel(register, common)).join(', '),
                  },
                  {
                    title: words.version,
                    isNumeric: true,
                    cell: ({ version }) => version.toLocaleString(locale),
                  },
                ]}
              />
              <Pager
                cursors={after}
                nextAfter={nextAfter}
                onTurn={(cursors) => void navigate({ to: '/models', search: { after: cursors } })}
              />
            </>
          )
        }
      </QueryView>
    </Stack>
  )
}
