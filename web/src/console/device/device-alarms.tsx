/** The alarms of one device, open ones unless asked for all. */
import { Stack, Switch } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'

import { alarmsQuery } from '../../api/alarms.ts'
import { Pager, type Cursors } from '../../parts/pager.tsx'
import { QueryView } from '../../parts/query-view.tsx'
import { useWords } from '../../words/language-context.tsx'
import { AlarmTable } from '../fleet/alarm-table.tsx'
import { fleetWords } from '../fleet/fleet-words.ts'

export function DeviceAlarms({ deviceId }: { readonly deviceId: string }) {
  const words = useWords(fleetWords)
  const [isAll, setAll] = useState(false)
  const [cursors, setCursors] = useState<Cursors>()
  const query = useQuery({
    ...alarmsQuery({ deviceId, state: isAll ? 'all' : 'open' }, cursors?.at(-1)),
    placeholderData: keepPreviousData,
  })
  return (
    <Stack>
      <Switch
        label={words.alarmsAll}
        checked={isAll}
        onChange={(event) => {
          setAll(event.currentTarget.checked)
          setCursors(undefined)
        }}
      />
      <QueryView query={query} outlines={2}>
        {({ items, nextAfter }) => (
          <>
            <AlarmTable alarms={items} isOfOneDevice />
            <Pager cursors={cursors} nextAfter={nextAfter} onTurn={setCursors} />
          </>
        )}
      </QueryView>
    </Stack>
  )
}
