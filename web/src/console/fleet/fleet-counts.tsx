/** How many devices stand where; each count is a filter. */
import { SimpleGrid, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'

import { fleetQuery, type DeviceState, type Fleet } from '../../api/devices.ts'
import { QueryView } from '../../parts/query-view.tsx'
import { useLanguage, useWords } from '../../words/language-context.tsx'
import classes from './fleet.module.css'
import { fleetWords } from './fleet-words.ts'

const tiles: readonly (readonly [state: DeviceState | undefined, count: keyof Fleet])[] = [
  [undefined, 'devices'],
  ['online', 'online'],
  ['offline', 'offline'],
  ['silent', 'silent'],
  ['never_seen', 'neverSeen'],
  ['revoked', 'revoked'],
]

export function FleetCounts({ state }: { readonly state: DeviceState | undefined }) {
  const words = useWords(fleetWords)
  const { locale } = useLanguage()
  return (
    <QueryView query={useQuery(fleetQuery)} outlines={1}>
      {(fleet) => (
        <SimpleGrid cols={{ base: 2, xs: 3, md: 6 }} spacing="sm">
          {tiles.map(([tile, count]) => (
            <Link
              key={count}
              to="/fleet"
              search={(before) => withState(before as Search, tile)}
              className={`card ${classes.tile ?? ''}`}
              data-chosen={tile === state}
              activeProps={{ 'aria-current': undefined }}
            >
              <Text size="sm" c="dimmed">
                {tile === undefined ? words.all : words[tile]}
              </Text>
              <Text fz={28} fw={650} className="numeric" lh={1.2}>
                {fleet[count].toLocaleString(locale)}
              </Text>
            </Link>
          ))}
        </SimpleGrid>
      )}
    </QueryView>
  )
}

type Search = { readonly state?: DeviceState | undefined; readonly after?: readonly string[] | undefined }

function withState<Before extends Search>(before: Before, state: DeviceState | undefined) {
  const { after: _after, state: _state, ...rest } = before
  return state === undefined ? rest : { ...rest, state }
}
