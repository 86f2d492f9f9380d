/** When each machine ran: a week in strips and a month in bars, both to be turned back and forth. */
import { Button, Group, NativeSelect, Stack, Text, Title } from '@mantine/core'
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'

import {
  contractUsageQuery,
  type Contract,
  type ContractUsage,
  type UsageRegister,
} from '../api/contracts.ts'
import type { Period } from '../api/pages.ts'
import { addDays, dayOf, formatInstant, formatPeriod, startOfDay } from '../format/instants.ts'
import { PageTitle } from '../parts/page-title.tsx'
import { QueryView } from '../parts/query-view.tsx'
import { commonWords } from '../words/common-words.ts'
import { useLanguage, useWords } from '../words/language-context.tsx'
import { registerLabel } from '../words/register-name.ts'
import { ContractChoice } from './contract-choice.tsx'
import { UsageLegend } from './hatching.tsx'
import { MonthBars } from './month-bars.tsx'
import { portalWords } from './portal-words.ts'
import { WeekStrips } from './week-strips.tsx'

export function UsagePage() {
  const words = useWords(commonWords)
  return (
    <>
      <PageTitle title={words.usage} />
      <ContractChoice>
        {(contract) => <ContractUsageView key={contract.id} contract={contract} />}
      </ContractChoice>
    </>
  )
}

function ContractUsageView({ contract }: { readonly contract: Contract }) {
  const words = useWords(portalWords)
  const [register, setRegister] = useState<string>()
  const [today] = useState(() => dayOf(new Date().toISOString(), contract.timeZone))
  return (
    <Stack gap="lg">
      <Text c="dimmed" size="sm">
        {words.usageNote(contract.timeZone)}
      </Text>
      <Span
        contract={contract}
        title={words.week}
        daysOf={(turn) => daysBetween(addDays(today, turn * 7 - 6), addDays(today, turn * 7 + 1))}
        register={register}
        setRegister={setRegister}
      >
        {({ usage, chosen, days, period }) => (
          <WeekStrips contractId={contract.id} period={period} usage={usage} register={chosen} days={days} />
        )}
      </Span>
      <Span
        contract={contract}
        title={words.month}
        daysOf={(turn) => daysBetween(firstOfMonth(today, turn), firstOfMonth(today, turn + 1))}
        register={register}
      >
        {({ usage, chosen, days, name }) => (
          <MonthBars usage={usage} register={chosen} days={days} name={name} />
        )}
      </Span>
      <UsageLegend />
    </Stack>
  )
}

type SpanProps = {
  readonly contract: Contract
  readonly title: string
  readonly daysOf: (turn: number) => readonly string[]
  readonly register: string | undefined
  readonly setRegister?: (register: string) => void
  readonly children: (shown: {
    readonly usage: ContractUsage
    readonly chosen: UsageRegister
    readonly days: readonly string[]
    readonly period: Period
    readonly name: string
  }) => ReactNode
}

function Span({ contract, title, daysOf, register, setRegister, children }: SpanProps) {
  const words = useWords(portalWords)
  const common = useWords(commonWords)
  const { locale } = useLanguage()
  const [turn, setTurn] = useState(0)
  const { timeZone } = contract
  const days = daysOf(turn)
  const period = {
    from: startOfDay(days[0] ?? '', timeZone),
    to: startOfDay(addDays(days.at(-1) ?? '', 1), timeZone),
  }
  const name = formatPeriod(period, { locale, timeZone })
  const query = useQuery({
    ...contractUsageQuery(contract.id, { ...period, step: 'day', timeZone }),
    placeholderData: keepPreviousData,
  })
  return (
    <section className="card" aria-label={title}>
      <Group justify="space-between" mb="md" gap="xs">
        <div>
          <Title order={2} size="h4">
            {title}
          </Title>
          <Text size="sm" c="dimmed" role="status">
            {name}
          </Text>
        </div>
        <Group gap={4}>
          <Button
            variant="default"
            size="xs"
            aria-label={`${title}: ${words.earlier}`}
            onClick={() => setTurn(turn - 1)}
          >
            <IconChevronLeft size={16} aria-hidden />
          </Button>
          <Button
            variant="default"
            size="xs"
            aria-label={`${title}: ${words.later}`}
            disabled={turn === 0}
            onClick={() => setTurn(turn + 1)}
          >
            <IconChevronRight size={16} aria-hidden />
          </Button>
        </Group>
      </Group>
      <QueryView query={query} outlines={5}>
        {(usage) => {
          const chosen = usage.registers.find((one) => one.register === register) ?? usage.registers[0]
          if (chosen === undefined) return <Text c="dimmed">{words.nothingUsedText}</Text>
          return (
            <>
              {setRegister !== undefined && usage.registers.length > 1 && (
                <NativeSelect
                  mb="md"
                  maw={240}
                  label={words.register}
                  value={chosen.register}
                  data={usage.registers.map(({ register: name, unit, display }) => ({
                    value: name,
                    label: registerLabel({ name, unit: display?.unit ?? unit }, common),
                  }))}
                  onChange={(event) => setRegister(event.currentTarget.value)}
                />
              )}
              {children({ usage, chosen, days, period, name })}
              {usage.knownUntil !== null && turn === 0 && (
                <Text size="xs" c="dimmed" mt="sm">
                  {words.knownUntil(formatInstant(usage.knownUntil, { locale, timeZone }, 'short'))}
                </Text>
              )}
            </>
          )
        }}
      </QueryView>
    </section>
  )
}

function daysBetween(from: string, to: string): string[] {
  const days: string[] = []
  for (let day = from; day < to; day = addDays(day, 1)) days.push(day)
  return days
}

function firstOfMonth(day: string, turn: number): string {
  const months = Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7)) - 1 + turn
  return `${Math.floor(months / 12)}-${String((months % 12) + 1).padStart(2, '0')}-01`
}
