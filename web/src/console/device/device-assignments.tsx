/** In which contracts the device was, and is. */
import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'

import { assignmentsQuery } from '../../api/devices.ts'
import { DataTable } from '../../parts/data-table.tsx'
import { QueryView } from '../../parts/query-view.tsx'
import { TextLink } from '../../parts/text-link.tsx'
import { useWords } from '../../words/language-context.tsx'
import { fleetWords } from '../fleet/fleet-words.ts'
import { Instant } from '../instant.tsx'

export function DeviceAssignments({ deviceId }: { readonly deviceId: string }) {
  const words = useWords(fleetWords)
  return (
    <QueryView query={useQuery(assignmentsQuery(deviceId))}>
      {({ items }) =>
        items.length === 0 ? (
          <Text c="dimmed">{words.noAssignments}</Text>
        ) : (
          <DataTable
            caption={words.assignments}
            rows={items}
            keyOf={({ id }) => id}
            columns={[
              {
                title: words.contract,
                cell: ({ contractId }) =>
                  contractId === undefined ? (
                    '–'
                  ) : (
                    <TextLink to="/contracts/$contractId" params={{ contractId }}>
                      {contractId}
                    </TextLink>
                  ),
              },
              { title: words.from, cell: ({ from }) => <Instant at={from} /> },
              { title: words.until, cell: ({ to }) => (to === null ? words.openEnd : <Instant at={to} />) },
            ]}
          />
        )
      }
    </QueryView>
  )
}
