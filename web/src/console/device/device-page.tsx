/** One device: where it stands, what it reported, what is held of it, what it signs in with, and whose it is. */
import { Group, Stack, Tabs, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import type { ReactNode } from 'react'

import { deviceQuery, type Device } from '../../api/devices.ts'
import { PageTitle } from '../../parts/page-title.tsx'
import { QueryView } from '../../parts/query-view.tsx'
import { useWords } from '../../words/language-context.tsx'
import { DeviceStateBadge } from '../fleet/device-state.tsx'
import { fleetWords } from '../fleet/fleet-words.ts'
import { Instant } from '../instant.tsx'
import { DeviceAccess } from './device-access.tsx'
import { DeviceAssignments } from './device-assignments.tsx'
import { DeviceHolds } from './device-holds.tsx'
import { DeviceOverview } from './device-overview.tsx'
import { DeviceReadings } from './device-readings.tsx'

const REFRESH_MS = 10_000

export function DevicePage() {
  const { deviceId = '' } = useParams({ strict: false })
  const query = useQuery({ ...deviceQuery(deviceId), refetchInterval: REFRESH_MS })
  return <QueryView query={query}>{(device) => <DeviceView device={device} />}</QueryView>
}

function DeviceView({ device }: { readonly device: Device }) {
  const words = useWords(fleetWords)
  return (
    <>
      <PageTitle title={device.id} note={<DeviceStateBadge device={device} />} />
      <Facts device={device} />
      <Tabs defaultValue="overview" mt="lg" keepMounted={false}>
        <Tabs.List mb="lg">
          <Tabs.Tab value="overview">{words.overview}</Tabs.Tab>
          <Tabs.Tab value="readings">{words.readings}</Tabs.Tab>
          <Tabs.Tab value="holds">{words.holdsTab(device.openHolds)}</Tabs.Tab>
          <Tabs.Tab value="access">{words.access}</Tabs.Tab>
          <Tabs.Tab value="assignments">{words.assignments}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="overview">
          <DeviceOverview device={device} />
        </Tabs.Panel>
        <Tabs.Panel value="readings">
          <DeviceReadings deviceId={device.id} />
        </Tabs.Panel>
        <Tabs.Panel value="holds">
          <DeviceHolds deviceId={device.id} />
        </Tabs.Panel>
        <Tabs.Panel value="access">
          <DeviceAccess deviceId={device.id} />
        </Tabs.Panel>
        <Tabs.Panel value="assignments">
          <DeviceAssignments deviceId={device.id} />
        </Tabs.Panel>
      </Tabs>
    </>
  )
}

function Facts({ device }: { readonly device: Device }) {
  const words = useWords(fleetWords)
  return (
    <Stack gap="xs">
      {device.revoked !== null && <Text c="red">{words.revokedBecause(device.revoked.reason)}</Text>}
      <Group gap={40} component="dl" m={0}>
        <Fact name={words.model} value={words.modelVersion(device.modelId, device.modelVersion)} />
        <Fact name={words.serial} value={device.serial ?? '–'} />
        <Fact name={words.site} value={device.site ?? '–'} />
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
