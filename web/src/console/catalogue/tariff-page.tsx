/** One tariff with all its versions, the newest first, and publishing the next. */
import { Badge, Code, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useState } from 'react'

import { tariffQuery, type TariffVersion, type TariffWithDocuments } from '../../api/tariffs.ts'
import { formatInstant } from '../../format/instants.ts'
import { ownTimeZone } from '../../parts/own-time-zone.ts'
import { PageTitle } from '../../parts/page-title.tsx'
import { QueryView } from '../../parts/query-view.tsx'
import { useLanguage, useWords } from '../../words/language-context.tsx'
import { Disclosure } from '../disclosure.tsx'
import { Section } from '../section.tsx'
import { useRight } from '../use-rights.ts'
import { catalogueWords } from './catalogue-words.ts'
import { readTariffDocument } from './read-tariff-document.ts'
import { TariffPrices } from './tariff-prices.tsx'
import { TariffVersionForm } from './tariff-version-form.tsx'
import { versionsNow } from './versions-now.ts'

export function TariffPage() {
  const { tariffId = '' } = useParams({ strict: false })
  return <QueryView query={useQuery(tariffQuery(tariffId))}>{(tariff) => <View tariff={tariff} />}</QueryView>
}

function View({ tariff }: { readonly tariff: TariffWithDocuments }) {
  const words = useWords(catalogueWords)
  const mayWrite = useRight('catalogue:write')
  const [now] = useState(() => Date.now())
  const { current, newestFirst } = versionsNow(tariff.versions, now)
  const newest = newestFirst[0]
  const document = newest === undefined ? undefined : readTariffDocument(newest.document)
  return (
    <Stack gap="xl">
      <PageTitle title={tariff.name} note={tariff.id} />
      {mayWrite &&
        (document === undefined ? (
          <Text c="dimmed">{words.needsApi}</Text>
        ) : (
          <Disclosure label={words.publish} width={760}>
            {(close) => (
              <TariffVersionForm key={newest?.id} tariffId={tariff.id} document={document} onDone={close} />
            )}
          </Disclosure>
        ))}
      {newestFirst.map((version) => (
        <Version key={version.id} version={version} state={stateOf(version, current, now)} />
      ))}
    </Stack>
  )
}

type State = 'now' | 'coming' | 'past'
const colors = { now: 'petrol', coming: 'yellow', past: 'gray' } as const

function stateOf(version: TariffVersion, current: TariffVersion | undefined, now: number): State {
  if (version === current) return 'now'
  return Date.parse(version.effectiveAt) > now ? 'coming' : 'past'
}

function Version({ version, state }: { readonly version: TariffVersion; readonly state: State }) {
  const words = useWords(catalogueWords)
  const { locale } = useLanguage()
  const instant = formatInstant(version.effectiveAt, { locale, timeZone: ownTimeZone })
  const document = readTariffDocument(version.document)
  return (
    <Section
      title={words.from(instant)}
      action={
        <Badge color={colors[state]} c="var(--mantine-color-text)">
          {words[state]}
        </Badge>
      }
    >
      <Stack gap="sm">
        {document === undefined ? (
          <>
            <Text>{words.unknownDocument}</Text>
            <Published version={version} label={words.documentOf(instant)} />
          </>
        ) : (
          <>
            <TariffPrices document={document} caption={words.from(instant)} />
            <details>
              <summary style={{ minHeight: 24, cursor: 'pointer' }}>{words.showDocument}</summary>
              <Published version={version} label={words.documentOf(instant)} />
            </details>
          </>
        )}
      </Stack>
    </Section>
  )
}

function Published({ version, label }: { readonly version: TariffVersion; readonly label: string }) {
  const words = useWords(catalogueWords)
  return (
    <Stack gap="xs" mt="xs">
      {/* Long lines scroll, so the keyboard must get there (WCAG 2.1.1). */}
      <Code block tabIndex={0} role="region" aria-label={label}>
        {JSON.stringify(version.document, null, 2)}
      </Code>
      <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
        {words.versionId}: {version.id}
      </Text>
    </Stack>
  )
}
