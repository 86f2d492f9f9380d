/**
 * When a machine ran on each day of a week: one strip per day, midnight to midnight by the contract's clock, drawn from its sessions
 * to the second.
 */
import { Stack, Text, Title } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useId } from 'react'

import { contractSessionsQuery, type ContractUsage, type UsageRegister } from '../api/contracts.ts'
import type { Period } from '../api/pages.ts'
import { formatQuantity } from '../format/exact-number.ts'
import { formatTime, formatWeekday, startOfDay } from '../format/instants.ts'
import { QueryView } from '../parts/query-view.tsx'
import { useLanguage, useWords } from '../words/language-context.tsx'
import { portalWords } from './portal-words.ts'
import classes from './portal.module.css'
import { DAY_SECONDS, runningDays, type RunningDay } from './running-times.ts'

/** In seconds of the strip: about a pixel on a phone. */
const LEAST_WIDTH = 240

type Props = {
  readonly contractId: string
  readonly period: Period
  readonly usage: ContractUsage
  readonly register: UsageRegister
  readonly days: readonly string[]
}

export function WeekStrips({ contractId, period, usage, register, days }: Props) {
  const words = useWords(portalWords)
  const { locale } = useLanguage()
  const { timeZone } = usage
  const query = useQuery({
    ...contractSessionsQuery(contractId, { ...period, register: register.register }),
    placeholderData: keepPreviousData,
  })
  return (
    <QueryView query={query} outlines={5}>
      {({ devices }) => (
        <Stack gap="lg">
          {usage.devices.map(({ deviceId, series }) => {
            const daily = series.find((one) => one.register === register.register)?.steps ?? []
            const sessions = devices.find((one) => one.deviceId === deviceId)?.sessions ?? []
            const shown = runningDays({ daily, sessions }, days, timeZone)
            const sum = shown.reduce((total, { quantity }) => total + quantity, 0n)
            return (
              <div key={deviceId}>
                <div className={classes.row}>
                  <Title order={3} size="h5">
                    {deviceId}
                  </Title>
                  <Text span className="numeric" fw={600}>
                    {formatQuantity(sum.toString(), register, locale)}
                  </Text>
                </div>
                <Hours />
                {shown.map((day) => {
                  const name = formatWeekday(startOfDay(day.day, timeZone), { locale, timeZone })
                  const quantity = formatQuantity(day.quantity.toString(), register, locale)
                  const note = day.hasEstimate ? ` (${words.estimatedWord})` : ''
                  const times = day.stretches
                    .map((stretch) =>
                      [stretch.from, stretch.to].map((at) => formatTime(at, { locale, timeZone })).join('–'),
                    )
                    .join(', ')
                  const label =
                    times === ''
                      ? words.stripLabel(deviceId, name, words.nothing)
                      : `${deviceId}, ${name}: ${times}${note}`
                  return (
                    <div key={day.day} className={classes.strip}>
                      <span aria-hidden>{name}</span>
                      <DayStrip day={day} label={label} />
                      <span className={`numeric ${classes.stripSum ?? ''}`}>
                        {day.quantity === 0n ? '–' : quantity}
                      </span>
                    </div>
                  )
                })}
              </div>
            )
          })}
        </Stack>
      )}
    </QueryView>
  )
}

function Hours() {
  return (
    <div className={classes.strip} aria-hidden style={{ paddingBottom: 0 }}>
      <span />
      <Text component="div" size="xs" c="dimmed" className={classes.row}>
        <span>0</span>
        <span>6</span>
        <span>12</span>
        <span>18</span>
        <span>24</span>
      </Text>
      <span />
    </div>
  )
}

function DayStrip({ day, label }: { readonly day: RunningDay; readonly label: string }) {
  const hatch = useId()
  return (
    <svg
      viewBox={`0 0 ${DAY_SECONDS} 60`}
      preserveAspectRatio="none"
      width="100%"
      height="18"
      role="img"
      aria-label={label}
    >
      <defs>
        <pattern id={hatch} width="1440" height="60" patternUnits="userSpaceOnUse">
          <rect width="1440" height="60" fill="var(--accent-soft)" />
          <rect width="600" height="60" fill="var(--accent)" />
        </pattern>
      </defs>
      <rect width={DAY_SECONDS} height="60" rx="360" ry="6" fill="var(--track)" />
      {[6, 12, 18].map((hour) => (
        <rect key={hour} x={hour * 3_600 - 90} width="180" height="60" fill="var(--hairline)" />
      ))}
      {day.stretches.map(({ from, fromSecond, toSecond, isEstimated }) => (
        <rect
          key={from}
          x={fromSecond}
          // A minute would be less than a pixel; it must be seen all the same.
          width={Math.max(LEAST_WIDTH, toSecond - fromSecond)}
          height="60"
          fill={isEstimated ? `url(#${hatch})` : 'var(--accent)'}
        />
      ))}
    </svg>
  )
}
