/** The lines of a bill; each opens to its sentence and to the readings it rests on. */
import { Stack, Text, Title } from '@mantine/core'
import { IconChevronRight } from '@tabler/icons-react'
import { useId, useState } from 'react'

import type { EvidenceBorder, EvidencePoint, Line, UsageRecord } from '../api/bills.ts'
import { formatAmount, formatNumber, formatQuantity } from '../format/exact-number.ts'
import { formatInstant, formatPeriod, type Place } from '../format/instants.ts'
import { commonWords } from '../words/common-words.ts'
import { useLanguage, useWords } from '../words/language-context.tsx'
import { registerName } from '../words/register-name.ts'
import { Events, LineSteps, Peaks } from './line-evidence.tsx'
import { portalWords, type PortalWords } from './portal-words.ts'
import { tellsMore, titleOf } from './say-step.ts'
import { stepWords } from './step-words.ts'
import classes from './portal.module.css'

export function BillLines({ lines, place }: { readonly lines: readonly Line[]; readonly place: Place }) {
  // Carried and corrected periods stand beside the bill's own: then each line says whose it is.
  const hasPeriods = new Set(lines.map(({ explanation }) => explanation.period.from)).size > 1
  return (
    <ul className={`card ${classes.list ?? ''} ${classes.noPadding ?? ''}`}>
      {lines.map((line, position) => (
        // The same item may have a line for each version and each pool.
        <BillLine key={`${position} ${line.itemId}`} line={line} place={place} hasPeriod={hasPeriods} />
      ))}
    </ul>
  )
}

type BillLineProps = { readonly line: Line; readonly place: Place; readonly hasPeriod: boolean }

function BillLine({ line, place, hasPeriod }: BillLineProps) {
  const words = useWords(portalWords)
  const steps = useWords(stepWords)
  const [isOpen, setOpen] = useState(false)
  const bodyId = useId()
  const { locale } = place
  return (
    <li>
      <button
        type="button"
        className={classes.lineButton}
        aria-expanded={isOpen}
        aria-controls={bodyId}
        onClick={() => setOpen(!isOpen)}
      >
        <IconChevronRight size={20} className={classes.chevron} aria-hidden />
        <span style={{ flex: 1 }}>
          <Text span fw={600}>
            {titleOf(line, steps)}
          </Text>
          <Text component="span" display="block" size="sm" c="dimmed">
            {formatNumber(line.quantity, locale)} {line.unit}
            {hasPeriod && ` · ${formatPeriod(line.explanation.period, place)}`}
            {line.unitPrice !== null &&
              ` · ${words.unitPrice(formatAmount(line.unitPrice, line.currency, locale), line.unit)}`}
          </Text>
        </span>
        <Text span fw={600} className="numeric">
          {formatAmount(line.amount, line.currency, locale)}
        </Text>
      </button>
      <div id={bodyId} hidden={!isOpen} className={classes.evidence}>
        {isOpen && <Evidence line={line} place={place} />}
      </div>
    </li>
  )
}

function Evidence({ line, place }: { readonly line: Line; readonly place: Place }) {
  const words = useWords(portalWords)
  const { language } = useLanguage()
  const { usage, peaks, events } = line.explanation
  const isFixed = usage.length + peaks.length + events.length === 0
  return (
    <Stack gap="md">
      <div>
        <Title order={3} size="h6">
          {words.whyTitle}
        </Title>
        <Text size="sm">{line.sentences[language]}</Text>
        <Text size="sm" c="dimmed">
          {words.unrounded(formatAmount(line.unroundedAmount, line.currency, place.locale))}
        </Text>
      </div>
      {tellsMore(line) && <LineSteps line={line} place={place} />}
      <div>
        <Title order={3} size="h6" mb="xs">
          {words.readingsTitle}
        </Title>
        {isFixed && <Text size="sm">{words.noReadings}</Text>}
        <Stack gap="sm">
          {usage.map((record) => (
            <Proof
              key={`${record.deviceId} ${record.register} ${record.from}`}
              record={record}
              place={place}
            />
          ))}
          <Peaks line={line} place={place} />
          <Events line={line} place={place} />
        </Stack>
      </div>
    </Stack>
  )
}

function Proof({ record, place }: { readonly record: UsageRecord; readonly place: Place }) {
  const words = useWords(portalWords)
  const common = useWords(commonWords)
  const show = (value: string) => `${formatNumber(value, place.locale)}\u00a0${record.unit}`
  return (
    <div className={classes.proof}>
      <Text size="sm" fw={600} mb={6}>
        {record.deviceId} · {registerName({ name: record.register, unit: record.unit }, common)}
      </Text>
      <Border title={words.registerStart} border={record.start} show={show} place={place} />
      <Border title={words.registerEnd} border={record.end} show={show} place={place} />
      <dl
        className={classes.facts}
        style={{ marginTop: 10, borderTop: '1px solid var(--hairline)', paddingTop: 8 }}
      >
        <dt className={classes.strong}>{words.difference}</dt>
        <dd className={classes.strong}>
          {show(record.quantity)}
          {record.unit === 's' && ` = ${formatQuantity(record.quantity, record, place.locale)}`}
        </dd>
      </dl>
    </div>
  )
}

type BorderProps = {
  readonly title: string
  readonly border: EvidenceBorder
  readonly show: (value: string) => string
  readonly place: Place
}

function Border({ title, border, show, place }: BorderProps) {
  const words = useWords(portalWords)
  const { before, after, at, value, isEstimated } = border
  const exact = [before, after].find((point) => point?.at === at && point.value === value) ?? undefined
  return (
    <div style={{ marginTop: 8 }}>
      <dl className={classes.facts}>
        <dt className={classes.strong}>
          {title}, {formatInstant(at, place)}
        </dt>
        <dd className={classes.strong}>{show(value)}</dd>
        {exact === undefined && before !== null && (
          <Point point={before} side="before" show={show} place={place} />
        )}
        {exact === undefined && after !== null && (
          <Point point={after} side="after" show={show} place={place} />
        )}
      </dl>
      {exact !== undefined && exact.epoch !== null && (
        <Text size="xs" c="dimmed">
          {words.exactReading(String(exact.epoch), String(exact.seq))}
        </Text>
      )}
      {exact === undefined && before !== null && after !== null && (
        <Text size="xs" c="dimmed">
          {isEstimated ? words.borderEstimated : words.interpolated}
        </Text>
      )}
    </div>
  )
}

type PointProps = {
  readonly point: EvidencePoint
  readonly side: 'before' | 'after'
  readonly show: (value: string) => string
  readonly place: Place
}

function Point({ point, side, show, place }: PointProps) {
  const words = useWords(portalWords)
  return (
    <>
      <dt>
        {pointName(point, side, words)}, {formatInstant(point.at, place)}
      </dt>
      <dd>{show(point.value)}</dd>
    </>
  )
}

function pointName({ epoch, seq }: EvidencePoint, side: 'before' | 'after', words: PortalWords): string {
  if (epoch === null || seq === null) return side === 'before' ? words.declaredBefore : words.declaredAfter
  return words[side](String(epoch), String(seq))
}
