/** The manufacturers of the installation, and making another with its first administrator. */
import { Alert, Badge, Button, Stack } from '@mantine/core'
import { IconBuilding } from '@tabler/icons-react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'

import { manufacturersQuery } from '../../api/manufacturers.ts'
import { DataTable } from '../../parts/data-table.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { PageTitle } from '../../parts/page-title.tsx'
import { Pager } from '../../parts/pager.tsx'
import { QueryView } from '../../parts/query-view.tsx'
import { commonWords } from '../../words/common-words.ts'
import { useWords } from '../../words/language-context.tsx'
import { Disclosure } from '../disclosure.tsx'
import { Instant } from '../instant.tsx'
import { useRight } from '../use-rights.ts'
import { installationWords } from './installation-words.ts'
import { ManufacturerForm } from './manufacturer-form.tsx'
import { ManufacturerSettings } from './manufacturer-settings.tsx'

export function ManufacturersPage() {
  const words = useWords(installationWords)
  const common = useWords(commonWords)
  const mayWrite = useRight('installation:write')
  const navigate = useNavigate()
  const { after } = useSearch({ from: '/shell/manufacturers' })
  const [made, setMade] = useState<{ readonly name: string; readonly email: string }>()
  const [openedId, setOpenedId] = useState<string>()
  const query = useQuery({ ...manufacturersQuery(after?.at(-1)), placeholderData: keepPreviousData })
  const opened = query.data?.items.find(({ id }) => id === openedId)
  return (
    <Stack gap="lg">
      <PageTitle title={common.manufacturers} note={words.note} />
      <div role="status">
        {made !== undefined && (
          <Alert color="petrol" variant="light" title={words.made(made.name, made.email)} />
        )}
      </div>
      {mayWrite && (
        <Disclosure label={words.newManufacturer} width={760}>
          {(close) => (
            <ManufacturerForm
              onMade={(one) => {
                setMade(one)
                close()
              }}
            />
          )}
        </Disclosure>
      )}
      <QueryView query={query}>
        {({ items, nextAfter }) =>
          items.length === 0 ? (
            <EmptyState icon={<IconBuilding size={26} />} title={words.noneTitle} text={words.noneText} />
          ) : (
            <>
              <DataTable
                caption={common.manufacturers}
                rows={items}
                keyOf={({ id }) => id}
                columns={[
                  { title: words.manufacturer, cell: ({ name }) => name },
                  { title: words.invoicePrefix, cell: ({ invoicePrefix }) => invoicePrefix },
                  { title: words.currency, cell: ({ currency }) => currency },
                  { title: words.timeZone, cell: ({ timeZone }) => timeZone },
                  {
                    title: words.seller,
                    cell: ({ seller }) => (
                      <Badge color={seller === null ? 'gray' : 'petrol'} c="var(--mantine-color-text)">
                        {seller === null ? words.notReady : words.ready}
                      </Badge>
                    ),
                  },
                  { title: words.since, cell: ({ createdAt }) => <Instant at={createdAt} /> },
                  {
                    title: words.settings,
                    cell: ({ id, name }) => (
                      <Button
                        size="xs"
                        variant="default"
                        aria-label={words.settingsOf(name)}
                        onClick={() => setOpenedId(id)}
                      >
                        {words.settings}
                      </Button>
                    ),
                  },
                ]}
              />
              <Pager
                cursors={after}
                nextAfter={nextAfter}
                onTurn={(cursors) => void navigate({ to: '/manufacturers', search: { after: cursors } })}
              />
            </>
          )
        }
      </QueryView>
      {opened !== undefined && (
        <ManufacturerSettings manufacturer={opened} onClose={() => setOpenedId(undefined)} />
      )}
    </Stack>
  )
}
