/** One model: its registers and how each behaves, its events, and the versions before. */
import { Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'

import { modelQuery, modelVersionsQuery, type Model, type ModelRegister } from '../../api/catalogue.ts'
import { formatNumber, formatQuantity } from '../../format/exact-number.ts'
import { DataTable } from '../../parts/data-table.tsx'
import { PageTitle } from '../../parts/page-title.tsx'
import { QueryView } from '../../parts/query-view.tsx'
import { ButtonLink } from '../../parts/text-link.tsx'
import { commonWords } from '../../words/common-words.ts'
import { useLanguage, useWords } from '../../words/language-context.tsx'
import { registerName } from '../../words/register-name.ts'
import { Section } from '../section.tsx'
import { useRight } from '../use-rights.ts'
import { catalogueWords } from './catalogue-words.ts'

const SECOND_MS = 1_000

export function ModelPage() {
  const { modelId = '' } = useParams({ strict: false })
  return <QueryView query={useQuery(modelQuery(modelId))}>{(model) => <View model={model} />}</QueryView>
}

function View({ model }: { readonly model: Model }) {
  const words = useWords(catalogueWords)
  const { locale } = useLanguage()
  const maySeeDevices = useRight('devices:read')
  const { id, name, version, registers, eventTypes } = model
  return (
    <Stack gap="xl">
      <PageTitle title={name} note={`${id} · ${words.versionOf(version.toLocaleString(locale))}`}>
        {maySeeDevices && (
          <ButtonLink to="/fleet" search={{ modelId: id }} variant="default">
            {words.machines}
          </ButtonLink>
        )}
      </PageTitle>
      <Section title={words.registers}>
        <Registers registers={registers} caption={words.registers} />
      </Section>
      {eventTypes.length > 0 && (
        <Section title={words.eventTypes}>
          <DataTable
            caption={words.eventTypes}
            rows={eventTypes}
            keyOf={({ type }) => type}
            columns={[
              { title: words.eventType, cell: ({ type }) => type },
              { title: words.maxLength, cell: ({ maxLengthMs }) => <Length ms={maxLengthMs} /> },
              { title: words.heartbeat, cell: ({ heartbeatMs }) => <Length ms={heartbeatMs} /> },
              {
                title: words.isBillable,
                cell: ({ isBillable }) => (isBillable === false ? words.notBillable : words.billable),
              },
            ]}
          />
        </Section>
      )}
      <Section title={words.earlier}>
        <Earlier id={id} newest={version} />
      </Section>
    </Stack>
  )
}

type RegistersProps = { readonly registers: readonly ModelRegister[]; readonly caption: string }

function Registers({ registers, caption }: RegistersProps) {
  const words = useWords(catalogueWords)
  const common = useWords(commonWords)
  const { locale } = useLanguage()
  const inUnit = (value: string, unit: string) => `${formatNumber(value, locale)} ${unit}`
  return (
    <DataTable
      caption={caption}
      rows={registers}
      keyOf={({ name }) => name}
      columns={[
        {
          title: words.register,
          cell: (register) => (
            <>
              <Text size="sm" fw={550}>
                {registerName(register, common)}
              </Text>
              <Text size="xs" c="dimmed">
                {register.name}
              </Text>
            </>
          ),
        },
        {
          title: words.shownAs,
          cell: ({ unit, display }) =>
            display === undefined
              ? unit
              : words.shownFactor(display.unit, formatNumber(display.factor, locale), unit),
        },
        {
          title: words.maxPerHour,
          isNumeric: true,
          cell: ({ maxPerHour, unit }) => inUnit(maxPerHour, unit),
        },
        { title: words.maxGap, cell: ({ maxGapMs }) => <Length ms={maxGapMs} /> },
        { title: words.gapRule, cell: ({ gapRule }) => words[gapRule] },
        {
          title: words.modulus,
          isNumeric: true,
          cell: ({ modulus, unit }) => (modulus === undefined ? '–' : inUnit(modulus, unit)),
        },
      ]}
    />
  )
}

/** Whole seconds as people say them; what is shorter in milliseconds. */
function Length({ ms }: { readonly ms: number | undefined }) {
  const words = useWords(catalogueWords)
  const { locale } = useLanguage()
  if (ms === undefined) return <>{words.noRule}</>
  if (ms % SECOND_MS !== 0) return <>{`${ms.toLocaleString(locale)} ms`}</>
  return <>{formatQuantity(String(ms / SECOND_MS), { unit: 's' }, locale)}</>
}

function Earlier({ id, newest }: { readonly id: string; readonly newest: number }) {
  const words = useWords(catalogueWords)
  const { locale } = useLanguage()
  return (
    <QueryView query={useQuery(modelVersionsQuery(id))} outlines={1}>
      {({ items }) => {
        const before = items.filter(({ version }) => version !== newest).toReversed()
        return (
          <Stack gap="sm">
            <Text c="dimmed" size="sm">
              {words.versionNote}
            </Text>
            {before.map(({ version, registers }) => {
              const name = words.versionOf(version.toLocaleString(locale))
              return (
                <details key={version}>
                  <summary style={{ minHeight: 24, cursor: 'pointer' }}>{name}</summary>
                  <Registers registers={registers} caption={name} />
                </details>
              )
            })}
          </Stack>
        )
      }}
    </QueryView>
  )
}
