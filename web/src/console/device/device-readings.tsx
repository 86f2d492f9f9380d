/** What the device reported, newest first, and what became of each reading. */
import { Badge, Button, Stack } from '@mantine/core'
import { IconActivity } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'

import { readingsQuery, type Device, type Reading } from '../../api/devices.ts'
import { formatNumber } from '../../format/exact-number.ts'
import { DataTable } from '../../parts/data-table.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { QueryView } from '../../parts/query-view.tsx'
import { commonWords } from '../../words/common-words.ts'
import { useLanguage, useWords } from '../../words/language-context.tsx'
import { fleetWords } from '../fleet/fleet-words.ts'
import { Instant } from '../instant.tsx'
import { useRegisters } from './use-registers.ts'

const colors = { accepted: 'petrol', held: 'yellow', pending: 'gray', rejected: 'red' } as const

export function DeviceReadings({ device }: { readonly device: Device }) {
  const words = useWords(fleetWords)
  const common = useWords(commonWords)
  const { locale } = useLanguage()
  const query = useInfiniteQuery(readingsQuery(device.id))
  const known = useRegisters(device.modelId)
  return (
    <QueryView query={query}>
      {({ pages }) => {
        const readings = pages.flatMap(({ items }) => items)
        if (readings.length === 0) {
          return (
            <EmptyState
              icon={<IconActivity size={26} />}
              title={words.noReadingsTitle}
              text={words.noReadingsText}
            />
          )
        }
        return (
          <Stack>
            <DataTable
              caption={words.readings}
              rows={readings}
              keyOf={({ epoch, seq, receivedAt }) => `${epoch}/${seq} ${receivedAt}`}
              columns={[
                { title: words.reading, cell: ({ epoch, seq }) => `${epoch}/${seq}` },
                { title: words.received, cell: ({ receivedAt }) => <Instant at={receivedAt} /> },
                { title: words.deviceTime, cell: ({ at }) => (at === null ? '–' : <Instant at={at} />) },
                {
                  title: words.registers,
                  cell: ({ registers }) =>
                    Object.entries(registers)
                      .map(
                        ([name, value]) =>
                          `${known.nameOf(name)} ${formatNumber(value, locale)} ${known.find(name)?.unit ?? ''}`,
                      )
                      .join(', '),
                },
                { title: words.outcome, cell: (reading) => <Outcome reading={reading} /> },
              ]}
            />
            {query.hasNextPage && (
              <Button
                variant="default"
                loading={query.isFetchingNextPage}
                onClick={() => void query.fetchNextPage()}
              >
                {common.more}
              </Button>
            )}
          </Stack>
        )
      }}
    </QueryView>
  )
}

function Outcome({ reading: { outcome, codes } }: { readonly reading: Reading }) {
  const words = useWords(fleetWords)
  return (
    <>
      <Badge color={colors[outcome]} c="var(--mantine-color-text)">
        {words[outcome]}
      </Badge>{' '}
      {codes.join(', ')}
    </>
  )
}
