/** Registers, their course over time, and when the device ran. */
import { NativeSelect, Skeleton, Stack, Text } from '@mantine/core'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useState } from 'react'

import { readingsQuery, sessionsQuery, type Device } from '../../api/devices.ts'
import { formatNumber, formatQuantity } from '../../format/exact-number.ts'
import { DataTable } from '../../parts/data-table.tsx'
import { QueryView } from '../../parts/query-view.tsx'
import { commonWords } from '../../words/common-words.ts'
import { useLanguage, useWords } from '../../words/language-context.tsx'
import { fleetWords } from '../fleet/fleet-words.ts'
import { Instant } from '../instant.tsx'
import { Section } from '../section.tsx'
import { useRegisters, type Registers } from './use-registers.ts'

/** The chart brings a library of its own, and most visits do not get as far as this. */
const RegisterChart = lazy(() => import('./register-chart.tsx'))
const HOUR_MS = 3_600_000
const WEEK_MS = 168 * HOUR_MS

export function DeviceOverview({ device }: { readonly device: Device }) {
  const words = useWords(fleetWords)
  const { locale } = useLanguage()
  const known = useRegisters(device.modelId)
  const registers = Object.entries(device.registers).map(([name, at]) => ({ name, ...at }))
  return (
    <Stack gap="xl">
      <Section title={words.registers}>
        {registers.length === 0 ? (
          <Text c="dimmed">{words.noReadingsText}</Text>
        ) : (
          <DataTable
            caption={words.registers}
            rows={registers}
            keyOf={({ name }) => name}
            columns={[
              {
                title: words.register,
                cell: ({ name }) => (
                  <>
                    {known.nameOf(name)}
                    <Text size="xs" c="dimmed">
                      {name}
                    </Text>
                  </>
                ),
              },
              {
                title: words.value,
                isNumeric: true,
                cell: ({ name, value }) => `${formatNumber(value, locale)} ${known.find(name)?.unit ?? ''}`,
              },
              {
                title: words.asPeopleSay,
                isNumeric: true,
                cell: ({ name, value }) => formatQuantity(value, known.find(name) ?? { unit: '' }, locale),
              },
              { title: words.readAt, cell: ({ at }) => <Instant at={at} /> },
            ]}
          />
        )}
      </Section>
      {registers.length > 0 && (
        <Course deviceId={device.id} names={registers.map(({ name }) => name)} known={known} />
      )}
      <Sessions deviceId={device.id} known={known} />
    </Stack>
  )
}

function Course(props: {
  readonly deviceId: string
  readonly names: readonly string[]
  readonly known: Registers
}) {
  const words = useWords(fleetWords)
  const { deviceId, names, known } = props
  const [chosen, setChosen] = useState(names[0] ?? '')
  const query = useInfiniteQuery(readingsQuery(deviceId))
  return (
    <Section
      title={words.chart}
      action={
        <NativeSelect
          aria-label={words.register}
          value={chosen}
          data={names.map((name) => ({ value: name, label: known.labelOf(name) }))}
          onChange={(event) => setChosen(event.currentTarget.value)}
        />
      }
    >
      <QueryView query={query} outlines={2}>
        {({ pages }) => (
          <Suspense fallback={<Skeleton height={260} />}>
            <RegisterChart
              readings={pages.flatMap(({ items }) => items)}
              register={chosen}
              name={known.nameOf(chosen)}
              unit={known.find(chosen)?.unit ?? ''}
            />
          </Suspense>
        )}
      </QueryView>
    </Section>
  )
}

function Sessions({ deviceId, known }: { readonly deviceId: string; readonly known: Registers }) {
  const words = useWords(fleetWords)
  const common = useWords(commonWords)
  const { locale } = useLanguage()
  // Whole hours, so that the same question is asked again and not a new one at each drawing.
  const [period] = useState(() => {
    const to = Math.ceil(Date.now() / HOUR_MS) * HOUR_MS
    return { from: new Date(to - WEEK_MS).toISOString(), to: new Date(to).toISOString() }
  })
  return (
    <Section title={words.sessions}>
      <QueryView query={useQuery(sessionsQuery(deviceId, period))}>
        {({ items }) =>
          items.length === 0 ? (
            <Text c="dimmed">{words.noSessions}</Text>
          ) : (
            <DataTable
              caption={words.sessions}
              rows={items}
              keyOf={({ from, register }) => `${register} ${from}`}
              columns={[
                { title: words.from, cell: ({ from }) => <Instant at={from} /> },
                { title: words.to, cell: ({ to }) => <Instant at={to} /> },
                {
                  title: words.duration,
                  isNumeric: true,
                  cell: ({ quantity, register }) =>
                    formatQuantity(quantity, known.find(register) ?? { unit: register }, locale),
                },
                { title: words.estimated, cell: ({ isEstimated }) => (isEstimated ? common.yes : common.no) },
              ]}
            />
          )
        }
      </QueryView>
    </Section>
  )
}
