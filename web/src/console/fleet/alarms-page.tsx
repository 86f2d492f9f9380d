/** What an operator has to look at, over the whole fleet. */
import { Stack, Switch } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'

import { alarmsQuery } from '../../api/alarms.ts'
import { PageTitle } from '../../parts/page-title.tsx'
import { Pager } from '../../parts/pager.tsx'
import { QueryView } from '../../parts/query-view.tsx'
import { commonWords } from '../../words/common-words.ts'
import { useWords } from '../../words/language-context.tsx'
import { AlarmTable } from './alarm-table.tsx'
import { fleetWords } from './fleet-words.ts'

export function AlarmsPage() {
  const words = useWords(fleetWords)
  const common = useWords(commonWords)
  const { state, after } = useSearch({ from: '/shell/alarms' })
  const navigate = useNavigate()
  const query = useQuery({ ...alarmsQuery({ state }, after?.at(-1)), placeholderData: keepPreviousData })
  return (
    <Stack gap="lg">
      <PageTitle title={common.alarms} note={words.alarmsNote} />
      <Switch
        label={words.alarmsAll}
        checked={state === 'all'}
        onChange={(event) =>
          void navigate({ to: '/alarms', search: event.currentTarget.checked ? { state: 'all' } : {} })
        }
      />
      <QueryView query={query}>
        {({ items, nextAfter }) => (
          <>
            <AlarmTable alarms={items} />
            <Pager
              cursors={after}
              nextAfter={nextAfter}
              onTurn={(cursors) => void navigate({ to: '/alarms', search: { state, after: cursors } })}
            />
          </>
        )}
      </QueryView>
    </Stack>
  )
}
