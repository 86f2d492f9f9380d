/**
 * All devices: live counts, filters, order and pages. The address holds all of it, so that a view can be kept and sent; the server
 * filters, sorts and cuts. Rows move as devices report.
 */
import { Button, Group, NativeSelect, Stack, TextInput } from '@mantine/core'
import { IconBell, IconBuildingFactory2, IconSearch, IconTicket } from '@tabler/icons-react'
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback } from 'react'

import { modelsQuery } from '../../api/catalogue.ts'
import {
  devicesQuery,
  deviceSorts,
  type Device,
  type DeviceFilter,
  type DevicePage,
  type DeviceSort,
} from '../../api/devices.ts'
import { useLiveEvents } from '../../api/live-events.ts'
import { DataTable } from '../../parts/data-table.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { PageTitle } from '../../parts/page-title.tsx'
import { Pager, type Cursors } from '../../parts/pager.tsx'
import { QueryView } from '../../parts/query-view.tsx'
import { ButtonLink, TextLink } from '../../parts/text-link.tsx'
import { commonWords } from '../../words/common-words.ts'
import { useLanguage, useWords } from '../../words/language-context.tsx'
import { Instant } from '../instant.tsx'
import { DeviceStateBadge } from './device-state.tsx'
import { FleetCounts } from './fleet-counts.tsx'
import classes from './fleet.module.css'
import { fleetWords } from './fleet-words.ts'

type FleetSearch = DeviceFilter & { readonly after?: Cursors | undefined }

export function FleetPage() {
  const words = useWords(fleetWords)
  const common = useWords(commonWords)
  const search: FleetSearch = useSearch({ from: '/shell/fleet' })
  const { after, ...filter } = search
  const navigate = useNavigate()
  useLiveRows()
  const query = useQuery({ ...devicesQuery(filter, after?.at(-1)), placeholderData: keepPreviousData })
  const go = (next: FleetSearch) => void navigate({ to: '/fleet', search: next })
  const isFiltered = Object.keys(filter).some((name) => name !== 'sort')
  return (
    <Stack gap="lg">
      <PageTitle title={words.fleetTitle}>
        <Group gap="sm">
          <ButtonLink to="/alarms" variant="default" leftSection={<IconBell size={16} aria-hidden />}>
            {common.alarms}
          </ButtonLink>
          <ButtonLink to="/claims" variant="default" leftSection={<IconTicket size={16} aria-hidden />}>
            {common.claims}
          </ButtonLink>
        </Group>
      </PageTitle>
      <FleetCounts state={filter.state} />
      <Filters filter={filter} onChange={go} />
      <QueryView query={query}>
        {({ items, nextAfter }) =>
          items.length === 0 && nextAfter === null && after === undefined ? (
            <EmptyState
              icon={<IconBuildingFactory2 size={26} />}
              title={isFiltered ? words.noMatchTitle : words.noneTitle}
              text={isFiltered ? words.noMatchText : words.noneText}
            >
              {isFiltered && (
                <Button variant="light" onClick={() => go({})}>
                  {words.clear}
                </Button>
              )}
            </EmptyState>
          ) : (
            <>
              <DeviceTable devices={items} />
              <Pager
                cursors={after}
                nextAfter={nextAfter}
                onTurn={(cursors) => go({ ...filter, after: cursors })}
              />
            </>
          )
        }
      </QueryView>
    </Stack>
  )
}

function DeviceTable({ devices }: { readonly devices: readonly Device[] }) {
  const words = useWords(fleetWords)
  const { locale } = useLanguage()
  return (
    <DataTable
      caption={words.devices}
      rows={devices}
      keyOf={({ id }) => id}
      columns={[
        {
          title: words.device,
          cell: ({ id }) => (
            <TextLink to="/devices/$deviceId" params={{ deviceId: id }} fw={600}>
              {id}
            </TextLink>
          ),
        },
        { title: words.state, cell: (device) => <DeviceStateBadge device={device} /> },
        { title: words.model, cell: ({ modelId }) => modelId },
        { title: words.site, cell: ({ site }) => site ?? '–' },
        { title: words.tag, cell: ({ tags }) => tags.join(', ') || '–' },
        { title: words.lastSeen, cell: ({ lastSeenAt }) => <Instant at={lastSeenAt} /> },
        { title: words.holds, isNumeric: true, cell: ({ openHolds }) => openHolds.toLocaleString(locale) },
      ]}
    />
  )
}

type FilterProps = { readonly filter: DeviceFilter; readonly onChange: (filter: DeviceFilter) => void }

function Filters({ filter, onChange }: FilterProps) {
  const words = useWords(fleetWords)
  const models = useQuery(modelsQuery)
  const change = (name: keyof DeviceFilter, value: string) => {
    const { [name]: _before, ...rest } = filter
    onChange(value === '' ? rest : { ...rest, [name]: value })
  }
  const sortNames: Readonly<Record<DeviceSort, string>> = {
    id: words.sortId,
    '-id': words.sortIdDown,
    '-lastSeenAt': words.sortSeenDown,
    lastSeenAt: words.sortSeen,
  }
  return (
    <search aria-label={words.filters} className={classes.filters}>
      <TextInput
        label={words.searchLabel}
        leftSection={<IconSearch size={16} aria-hidden />}
        defaultValue={filter.text ?? ''}
        key={filter.text ?? ''}
        onBlur={(event) => {
          if (event.currentTarget.value !== (filter.text ?? '')) change('text', event.currentTarget.value)
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter') change('text', event.currentTarget.value)
        }}
      />
      <NativeSelect
        label={words.model}
        value={filter.modelId ?? ''}
        data={[
          { value: '', label: words.anyModel },
          ...(models.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name })),
        ]}
        onChange={(event) => change('modelId', event.currentTarget.value)}
      />
      <TextInput
        label={words.site}
        defaultValue={filter.site ?? ''}
        key={`site ${filter.site ?? ''}`}
        onBlur={(event) => {
          if (event.currentTarget.value !== (filter.site ?? '')) change('site', event.currentTarget.value)
        }}
      />
      <TextInput
        label={words.tag}
        defaultValue={filter.tag ?? ''}
        key={`tag ${filter.tag ?? ''}`}
        onBlur={(event) => {
          if (event.currentTarget.value !== (filter.tag ?? '')) change('tag', event.currentTarget.value)
        }}
      />
      <NativeSelect
        label={words.sort}
        value={filter.sort ?? 'id'}
        data={deviceSorts.map((sort) => ({ value: sort, label: sortNames[sort] }))}
        onChange={(event) => change('sort', event.currentTarget.value)}
      />
    </search>
  )
}

/** Puts what a device just reported into every list that shows it. */
function useLiveRows(): void {
  const client = useQueryClient()
  const put = useCallback(
    (document: unknown) => {
      const device = document as Device
      client.setQueriesData<DevicePage>({ queryKey: ['devices'] }, (page) =>
        page === undefined
          ? page
          : { ...page, items: page.items.map((row) => (row.id === device.id ? { ...row, ...device } : row)) },
      )
    },
    [client],
  )
  useLiveEvents('device_status', undefined, put)
}
