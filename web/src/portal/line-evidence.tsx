/** What a line rests on besides registers: the steps of its amount, peaks and events. */
import { Text, Title } from '@mantine/core'
import type { ReactNode } from 'react'

import type { Line } from '../api/bills.ts'
import { formatAmount, formatNumber } from '../format/exact-number.ts'
import { formatInstant, type Place } from '../format/instants.ts'
import { commonWords } from '../words/common-words.ts'
import { useWords } from '../words/language-context.tsx'
import { registerName } from '../words/register-name.ts'
import { sayLabels, sayStep } from './say-step.ts'
import { stepWords } from './step-words.ts'
import classes from './portal.module.css'

type EvidenceProps = { readonly line: Line; readonly place: Place }

export function LineSteps({ line, place }: EvidenceProps) {
  const words = useWords(stepWords)
  return (
    <div>
      <Title order={3} size="h6" mb="xs">
        {words.stepsTitle}
      </Title>
      <dl className={classes.facts}>
        {line.explanation.steps.map((step, index) => (
          // Steps have no names of their own and keep their order.
          <Fact key={index} name={sayStep(step, line, place, words)}>
            {formatAmount(step.amount, line.currency, place.locale)}
          </Fact>
        ))}
      </dl>
    </div>
  )
}

export function Peaks({ line, place }: EvidenceProps) {
  const words = useWords(stepWords)
  const common = useWords(commonWords)
  return line.explanation.peaks.map(({ deviceId, register, unit, from, at, quantity }) => {
    const name = registerName({ name: register, unit }, common)
    return (
      <div key={`${deviceId} ${from}`} className={classes.proof}>
        <Text size="sm" fw={600} mb={6}>
          {deviceId}
        </Text>
        <dl className={classes.facts}>
          <Fact name={at === null ? words.noPeak(name) : words.peak(name, formatInstant(at, place))}>
            {formatNumber(quantity, place.locale)} {unit}
          </Fact>
        </dl>
      </div>
    )
  })
}

export function Events({ line, place }: EvidenceProps) {
  const words = useWords(stepWords)
  const devices = Map.groupBy(line.explanation.events, ({ deviceId }) => deviceId)
  return [...devices].map(([deviceId, events]) => (
    <div key={deviceId} className={classes.proof}>
      <Text size="sm" fw={600} mb={6}>
        {deviceId}
      </Text>
      <dl className={classes.facts}>
        {events.map(({ id, type, from, to, quantity, labels }) => (
          <Fact key={id} name={words.event(type, formatInstant(from, place), formatInstant(to, place))}>
            {[sayLabels(labels), formatNumber(quantity, place.locale)]
              .filter((text) => text !== '')
              .join(' · ')}
          </Fact>
        ))}
      </dl>
    </div>
  ))
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  )
}
