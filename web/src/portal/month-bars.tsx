/** What all machines of a contract used on each day of a month, as bars and as a table. */
import { Text } from '@mantine/core'
import { useId } from 'react'

import type { ContractUsage, UsageRegister } from '../api/contracts.ts'
import { formatQuantity } from '../format/exact-number.ts'
import { dayOf, formatWeekday, startOfDay } from '../format/instants.ts'
import { DataTable } from '../parts/data-table.tsx'
import { useLanguage, useWords } from '../words/language-context.tsx'
import { HatchPattern } from './hatching.tsx'
import { portalWords } from './portal-words.ts'
import classes from './portal.module.css'

const HEIGHT = 160
const STEP = 22

type Props = {
  readonly usage: ContractUsage
  readonly register: UsageRegister
  readonly days: readonly string[]
  readonly name: string
}

type Bar = { readonly day: string; readonly quantity: bigint; readonly estimated: bigint }

export function MonthBars({ usage, register, days, name }: Props) {
  const words = useWords(portalWords)
  const { locale } = useLanguage()
  const hatch = useId()
  const { timeZone } = usage
  const bars = sumByDay(usage, register.register, days)
  const largest = bars.reduce((most, { quantity }) => (quantity > most ? quantity : most), 1n)
  const sum = bars.reduce((total, { quantity }) => total + quantity, 0n)
  const show = (quantity: bigint) => formatQuantity(quantity.toString(), register, locale)
  // Only lengths of bars, in whole pixels; the figures beside them are exact.
  const lengthOf = (quantity: bigint) => Number((quantity * BigInt(HEIGHT)) / largest)
  const dayName = (day: string) => formatWeekday(startOfDay(day, timeZone), { locale, timeZone })
  return (
    <>
      <Text size="sm" mb="sm">
        <Text span fw={600} className="numeric">
          {show(sum)}
        </Text>{' '}
        <Text span c="dimmed">
          {words.allMachines}
        </Text>
      </Text>
      <svg
        viewBox={`0 0 ${STEP * bars.length} ${HEIGHT + 28}`}
        width="100%"
        role="img"
        aria-label={`${name}: ${show(sum)}`}
      >
        <defs>
          <HatchPattern id={hatch} />
        </defs>
        <line x1="0" x2={STEP * bars.length} y1={HEIGHT} y2={HEIGHT} stroke="var(--hairline)" />
        {bars.map(({ day, quantity, estimated }, place) => {
          const length = lengthOf(quantity)
          const hatched = lengthOf(estimated)
          const x = place * STEP + 3
          return (
            <g key={day}>
              <rect x={x} y={HEIGHT - length} width={STEP - 6} height={length} rx="2" fill="var(--accent)" />
              {hatched > 0 && (
                <rect
                  x={x}
                  y={HEIGHT - length}
                  width={STEP - 6}
                  height={hatched}
                  fill={`url(#${hatch})`}
                  stroke="var(--accent)"
                />
              )}
              {place % 5 === 0 && (
                <text x={x + (STEP - 6) / 2} y={HEIGHT + 22} textAnchor="middle" className={classes.axis}>
                  {Number(day.slice(8))}
                </text>
              )}
            </g>
          )
        })}
      </svg>
      <details style={{ marginTop: 12 }}>
        <summary style={{ minHeight: 24, cursor: 'pointer' }}>{words.asTable}</summary>
        <div style={{ marginTop: 12 }}>
          <DataTable
            caption={name}
            rows={bars.filter(({ quantity }) => quantity !== 0n)}
            keyOf={({ day }) => day}
            columns={[
              { title: words.day, cell: ({ day }) => dayName(day) },
              { title: words.quantity, isNumeric: true, cell: ({ quantity }) => show(quantity) },
              {
                title: words.estimatedWord,
                isNumeric: true,
                cell: ({ estimated }) => (estimated === 0n ? '–' : show(estimated)),
              },
            ]}
          />
        </div>
      </details>
    </>
  )
}

function sumByDay(usage: ContractUsage, register: string, days: readonly string[]): Bar[] {
  const steps = usage.devices
    .flatMap(({ series }) => series.filter((one) => one.register === register))
    .flatMap((one) => one.steps)
  const byDay = Map.groupBy(steps, ({ from }) => dayOf(from, usage.timeZone))
  const sumOf = (own: typeof steps) => own.reduce((sum, { quantity }) => sum + BigInt(quantity), 0n)
  return days.map((day) => {
    const own = byDay.get(day) ?? []
    return { day, quantity: sumOf(own), estimated: sumOf(own.filter(({ isEstimated }) => isEstimated)) }
  })
}
