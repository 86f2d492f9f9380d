/** Alarms with what happened how often, and closing one: in the name of whoever looked at it. */
import { Badge, Button, Text } from '@mantine/core'
import { IconBellCheck } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'

import { acknowledgeAlarm, type Alarm } from '../../api/alarms.ts'
import { DataTable, type Column } from '../../parts/data-table.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { TextLink } from '../../parts/text-link.tsx'
import { commonWords } from '../../words/common-words.ts'
import { useLanguage, useWords } from '../../words/language-context.tsx'
import { Instant } from '../instant.tsx'
import { useRight } from '../use-rights.ts'
import { fleetWords } from './fleet-words.ts'

type Props = { readonly alarms: readonly Alarm[]; readonly isOfOneDevice?: boolean }

export function AlarmTable({ alarms, isOfOneDevice = false }: Props) {
  const words = useWords(fleetWords)
  const common = useWords(commonWords)
  const { locale } = useLanguage()
  const mayWrite = useRight('devices:write')
  const client = useQueryClient()
  const closing = useMutation({
    mutationFn: acknowledgeAlarm,
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['alarms'] })
      await client.invalidateQueries({ queryKey: ['fleet'] })
    },
  })
  if (alarms.length === 0) {
    return (
      <EmptyState icon={<IconBellCheck size={26} />} title={words.noAlarmsTitle} text={words.noAlarmsText} />
    )
  }
  const device: Column<Alarm> = {
    title: words.device,
    cell: ({ deviceId }) => (
      <TextLink to="/devices/$deviceId" params={{ deviceId }} search={{ tab: 'alarms' }} fw={600}>
        {deviceId}
      </TextLink>
    ),
  }
  return (
    <>
      {closing.isError && <ProblemNotice error={closing.error} />}
      <DataTable
        caption={common.alarms}
        rows={alarms}
        keyOf={({ id }) => id}
        columns={[
          ...(isOfOneDevice ? [] : [device]),
          {
            title: words.alarm,
            cell: ({ code, detail }) => (
              <>
                <Text size="sm" fw={550}>
                  {code}
                </Text>
                <Text size="sm" c="dimmed" miw={220} maw={420}>
                  {detail}
                </Text>
              </>
            ),
          },
          { title: words.raised, cell: ({ raisedAt }) => <Instant at={raisedAt} /> },
          { title: words.lastRaised, cell: ({ lastRaisedAt }) => <Instant at={lastRaisedAt} /> },
          { title: words.times, isNumeric: true, cell: ({ times }) => times.toLocaleString(locale) },
          {
            title: words.status,
            cell: ({ id, code, deviceId, acknowledged }) => {
              if (acknowledged !== null) {
                return (
                  <>
                    {words.closedBy(acknowledged.by)}
                    <Text size="xs" c="dimmed">
                      <Instant at={acknowledged.at} />
                    </Text>
                  </>
                )
              }
              if (!mayWrite) {
                return (
                  <Badge color="red" c="var(--mantine-color-text)">
                    {words.alarmOpen}
                  </Badge>
                )
              }
              return (
                <Button
                  size="xs"
                  variant="default"
                  aria-label={`${words.closeAlarm}: ${deviceId}, ${code}`}
                  loading={closing.isPending && closing.variables === id}
                  onClick={() => closing.mutate(id)}
                >
                  {words.closeAlarm}
                </Button>
              )
            },
          },
        ]}
      />
    </>
  )
}
