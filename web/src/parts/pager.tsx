/**
 * Turns the pages of a list that the server cuts. The address holds the cursors of the pages gone through, the last being the
 * shown page's, so that "previous" works after a reload and in a link that was sent. Only so many are kept: before the oldest
 * of them "previous" leads to the first page.
 */
import { Button, Group, Text } from '@mantine/core'
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react'

import { commonWords } from '../words/common-words.ts'
import { useLanguage, useWords } from '../words/language-context.tsx'

export type Cursors = readonly string[]

const MOST_KEPT = 40

type Props = {
  readonly cursors: Cursors | undefined
  readonly nextAfter: string | null
  /** Undefined for the first page, so that its address is plain. */
  readonly onTurn: (cursors: Cursors | undefined) => void
}

export function Pager({ cursors = [], nextAfter, onTurn }: Props) {
  const words = useWords(commonWords)
  const { locale } = useLanguage()
  const before = cursors.slice(0, -1)
  const isFirst = cursors.length === 0
  if (isFirst && nextAfter === null) return null
  return (
    <Group component="nav" justify="flex-end" gap="sm" aria-label={words.pages}>
      <Text size="sm" c="dimmed" role="status">
        {words.pageNumber((cursors.length + 1).toLocaleString(locale))}
      </Text>
      <Button
        variant="default"
        disabled={isFirst}
        leftSection={<IconChevronLeft size={16} aria-hidden />}
        onClick={() => onTurn(before.length === 0 ? undefined : before)}
      >
        {words.previous}
      </Button>
      <Button
        variant="default"
        disabled={nextAfter === null}
        rightSection={<IconChevronRight size={16} aria-hidden />}
        onClick={() => nextAfter !== null && onTurn([...cursors, nextAfter].slice(-MOST_KEPT))}
      >
        {words.next}
      </Button>
    </Group>
  )
}
