/**
 * What a page shows of something that is asked of the server: its outline while it loads, the thing itself, or the failure. Once
 * there was an answer it stays, and a note says since when nothing newer came.
 */
import { Skeleton, Stack, Text } from '@mantine/core'
import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'

import { formatTime } from '../format/instants.ts'
import { commonWords } from '../words/common-words.ts'
import { useLanguage, useWords } from '../words/language-context.tsx'
import { ProblemNotice } from './problem-notice.tsx'
import { ownTimeZone } from './own-time-zone.ts'

type Props<Answer> = {
  readonly query: Pick<UseQueryResult<Answer>, 'data' | 'error' | 'isError' | 'refetch' | 'dataUpdatedAt'>
  /** How many outlines of lines to show while it loads. */
  readonly outlines?: number
  readonly children: (answer: Answer) => ReactNode
}

export function QueryView<Answer>({ query, outlines = 4, children }: Props<Answer>) {
  const words = useWords(commonWords)
  const { locale } = useLanguage()
  const { data, error, isError, refetch, dataUpdatedAt } = query
  const retry = () => void refetch()
  if (data === undefined) {
    return isError ? <ProblemNotice error={error} onRetry={retry} /> : <Outlines count={outlines} />
  }
  return (
    <>
      {isError && (
        <Text size="sm" role="status" mb="sm" c="var(--warn-ink)">
          {words.stale(formatTime(new Date(dataUpdatedAt).toISOString(), { locale, timeZone: ownTimeZone }))}
        </Text>
      )}
      {children(data)}
    </>
  )
}

function Outlines({ count }: { readonly count: number }) {
  const words = useWords(commonWords)
  return (
    <Stack gap="sm" aria-busy>
      <span className="seen-by-readers-only" role="status">
        {words.loading}
      </span>
      {Array.from({ length: count }, (_none, place) => (
        <Skeleton key={place} height={place === 0 ? 64 : 36} radius="md" />
      ))}
    </Stack>
  )
}
