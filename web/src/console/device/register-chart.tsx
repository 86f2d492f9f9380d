/** The course of a register over the newest readings. Only a picture: the exact values are in the table of readings. */
import { useComputedColorScheme } from '@mantine/core'
import { useEffect, useRef } from 'react'
import UPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'

import type { Reading } from '../../api/devices.ts'
import { useLanguage, useWords } from '../../words/language-context.tsx'
import { fleetWords } from '../fleet/fleet-words.ts'

const HEIGHT = 260

type Props = {
  readonly readings: readonly Reading[]
  readonly register: string
  /** As people know the register. */
  readonly name: string
  readonly unit: string
}

export default function RegisterChart({ readings, register, name, unit }: Props) {
  const words = useWords(fleetWords)
  const { locale } = useLanguage()
  const scheme = useComputedColorScheme()
  const place = useRef<HTMLDivElement>(null)
  const points = readings
    .flatMap(({ at, receivedAt, registers, outcome }) => {
      const value = registers[register]
      return value === undefined || outcome !== 'accepted'
        ? []
        : [{ seconds: Date.parse(at ?? receivedAt) / 1_000, height: Number(value) }]
    })
    .sort((one, other) => one.seconds - other.seconds)
  const key = points.map(({ seconds }) => seconds).join()

  useEffect(() => {
    const element = place.current
    if (element === null) return
    const style = getComputedStyle(element)
    const axis = {
      stroke: style.getPropertyValue('--mantine-color-dimmed'),
      grid: { stroke: style.getPropertyValue('--hairline'), width: 1 },
      ticks: { stroke: style.getPropertyValue('--hairline') },
      font: `12px ${style.fontFamily}`,
    }
    const chart = new UPlot(
      {
        width: element.clientWidth,
        height: HEIGHT,
        legend: { show: false },
        cursor: { show: false },
        axes: [
          {
            ...axis,
            space: 120,
            values: (_chart, seconds) => seconds.map((second) => clockText(second, locale)),
          },
          {
            ...axis,
            size: 96,
            values: (_chart, values) => values.map((value) => `${value.toLocaleString(locale)} ${unit}`),
          },
        ],
        series: [
          {},
          {
            stroke: style.getPropertyValue('--accent'),
            width: 2,
            fill: style.getPropertyValue('--accent-soft'),
            points: { show: false },
          },
        ],
      },
      [points.map(({ seconds }) => seconds), points.map(({ height }) => height)],
      element,
    )
    const observer = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height: HEIGHT }))
    observer.observe(element)
    return () => {
      observer.disconnect()
      chart.destroy()
    }
    // The points are new with every drawing; the key says whether they differ.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [key, register, unit, locale, scheme])

  return (
    <div className="card">
      <div ref={place} role="img" aria-label={words.chartLabel(name, points.length)} />
    </div>
  )
}

function clockText(second: number, locale: string): string {
  const format = { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' } as const
  return new Date(second * 1_000).toLocaleString(locale, format)
}
