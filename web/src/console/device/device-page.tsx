/** One device: where it stands, what it reported, what is held of it, what it signs in with, and whose it is. The address holds the tab. */
import { Group, Stack, Tabs, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import type { ReactNode } from 'react'

import { deviceQuery, deviceTabs, type Device, type DeviceTab } from '../../api/devices.ts'
import type { Versioned } from '../../api/request.ts'
import { PageTitle } from '../../parts/page-title.tsx'
import { QueryView } from '../../parts/query-view.tsx'
import { TextLink } from '../../parts/text-link.tsx'
import { commonWords } from '../../words/common-words.ts'
import { useWords } from '../../words/language-context.tsx'
import { DeviceStateBadge } from '../fleet/device-state.tsx'
import { fleetWords } from '../fleet/fleet-words.ts'
import { Instant } from '../instant.tsx'
import { DeviceAccess } from './device-access.tsx'
import { DeviceAlarms } from './device-alarms.tsx'
import { DeviceAssignments } from './device-assignments.tsx'
import { DeviceDetails } from './device-details.tsx'
import { DeviceHolds } from './device-holds.tsx'
import { DeviceOverview } from './device-overview.tsx'
import { DeviceReadings } from './device-readings.tsx'

const REFRESH_MS = 10_000

export function DevicePage() {
  const { deviceId = '' } = useParams({ strict: false })
  const query = useQuery({ ...deviceQuery(deviceId), refetchInterval: REFRESH_MS })
  return <QueryView query={query}>{(device) => <DeviceView device={device} />}</QueryView>
}

function DeviceView({ device }: { readonly device: Versioned<Device> }) {
  const words = useWords(fleetWords)
  const common = useWords(commonWords)
  const navigate = useNavigate()
  const { item } = device
  const { tab = 'overview' } = useSearch({ from: '/shell/devices/$deviceId' })
  const names: Readonly<Record<DeviceTab, string>> = {
    overview: words.overview,
    readings: words.readings,
    holds: words.holdsTab(item.openHolds),
    alarms: common.alarms,
    access: words.access,
    assignments: words.assignments,
    details: words.details,
  }
  const panels: Readonly<Record<DeviceTab, ReactNode>> = {
    overview: <DeviceOverview device={item} />,
    readings: <DeviceReadings device={item} />,
    holds: <DeviceHolds device={item} />,
    alarms: <DeviceAlarms deviceId={item.id} />,
    access: <DeviceAccess device={item} />,
    assignments: <DeviceAssignments deviceId={item.id} />,
    details: <DeviceDetails device={device} />,
  }
  const open = (next: string | null) => {
    const chosen = deviceTabs.find((known) => known === next)
    const search = chosen === undefined || chosen === 'overview' ? {} : { tab: chosen }
    void navigate({ to: '/devices/$deviceId', params: { deviceId: item.id }, search, replace: true })
  }
  return (
    <>
      <PageTitle title={item.id} note={<DeviceStateBadge device={item} />} />
      <Facts device={item} />
      <Tabs value={tab} onChange={open} mt="lg" keepMounted={false}>
        <Tabs.List mb="lg">
          {deviceTabs.map((name) => (
            <Tabs.Tab key={name} value={name}>
              {names[name]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {deviceTabs.map((name) => (
          <Tabs.Panel key={name} value={name}>
            {panels[name]}
          </Tabs.Panel>
        ))}
      </Tabs>
    </>
  )
}

function Facts({ device }: { readonly device: Device }) {
  const words = useWords(fleetWords)
  const { modelId, modelVersion, customer, tags } = device
  return (
    <Stack gap="xs">
      {device.revoked !== null && <Text c="red">{words.revokedBecause(device.revoked.reason)}</Text>}
      <Group gap="12px 40px" component="dl" m={0}>
        <Fact
          name={words.model}
          value={
            <TextLink to="/models/$modelId" params={{ modelId }}>
              {words.modelVersion(modelId, modelVersion)}
            </TextLink>
          }
        />
        {customer !== null && customer !== undefined && (
          <Fact
            name={words.customer}
            value={
              <TextLink to="/customers/$customerId" params={{ customerId: customer.id }}>
                {customer.name}
              </TextLink>
            }
          />
        )}
        <Fact name={words.serial} value={device.serial ?? '–'} />
        <Fact name={words.site} value={device.site ?? '–'} />
        {tags.length > 0 && <Fact name={words.tags} value={tags.join(', ')} />}
        <Fact name={words.firmware} value={device.firmware ?? '–'} />
        <Fact name={words.commissioned} value={<Instant at={device.commissionedAt} />} />
        <Fact name={words.lastSeen} value={<Instant at={device.lastSeenAt} />} />
      </Group>
    </Stack>
  )
}

function Fact({ name, value }: { readonly name: string; readonly value: ReactNode }) {
  return (
    <div>
      <Text component="dt" size="xs" c="dimmed">
        {name}
      </Text>
      <Text component="dd" m={0} size="sm" fw={550}>
        {value}
      </Text>
    </div>
  )
}
