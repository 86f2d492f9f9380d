/** When a machine ran on each day of a week: one strip per day, midnight to midnight by the contract's clock. */
import { Stack, Text, Title } from '@mantine/core'
import { useId } from 'react'

import type { ContractUsage, UsageRegister } from '../api/contracts.ts'
import { formatQuantity } from '../format/exact-number.ts'
import { formatTime, formatWeekday, startOfDay } from '../format/instants.ts'
import { useLanguage, useWords } from '../words/language-context.tsx'
import { portalWords } from './portal-words.ts'
import classes from './portal.module.css'
import { runningDays, type RunningDay } from './running-times.ts'

type Props = {
  readonly usage: ContractUsage
  readonly register: UsageRegister
  readonly days: readonly string[]
}

export function WeekStrips({ usage, register, days }: Props) {
  const words = useWords(portalWords)
  const { locale } = useLanguage()
  const { timeZone } = usage
  return (
    <Stack gap="lg">
      {usage.devices.map(({ deviceId, series }) => {
        const steps = series.find((one) => one.register === register.register)?.steps ?? []
        const shown = runningDays(steps, days, timeZone)
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
      viewBox="0 0 1440 60"
      preserveAspectRatio="none"
      width="100%"
      height="18"
      role="img"
      aria-label={label}
    >
      <defs>
        <pattern id={hatch} width="24" height="60" patternUnits="userSpaceOnUse">
          <rect width="24" height="60" fill="var(--accent-soft)" />
          <rect width="10" height="60" fill="var(--accent)" />
        </pattern>
      </defs>
      <rect width="1440" height="60" rx="6" fill="var(--track)" />
      {[360, 720, 1080].map((minute) => (
        <rect key={minute} x={minute - 1} width="3" height="60" fill="var(--hairline)" />
      ))}
      {day.stretches.map(({ from, fromMinute, toMinute, isEstimated }) => (
        <rect
          key={from}
          x={fromMinute}
          width={Math.max(8, toMinute - fromMinute)}
          height="60"
          fill={isEstimated ? `url(#${hatch})` : 'var(--accent)'}
        />
      ))}
    </svg>
  )
}
