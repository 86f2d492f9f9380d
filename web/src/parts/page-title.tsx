/** The heading of a page; names the tab and takes the focus when the page comes, so that a reader hears where it is. */
import { Group, Text, Title } from '@mantine/core'
import { useEffect, useRef, type ReactNode } from 'react'

let isFirstPage = true

type Props = { readonly title: string; readonly note?: ReactNode; readonly children?: ReactNode }

export function PageTitle({ title, note, children }: Props) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    document.title = `${title} · Usance`
  }, [title])
  useEffect(() => {
    if (!isFirstPage) heading.current?.focus({ preventScroll: true })
    isFirstPage = false
  }, [])
  return (
    <Group justify="space-between" align="flex-end" mb="lg" gap="sm">
      <div>
        <Title order={1} size="h2" ref={heading} tabIndex={-1}>
          {title}
        </Title>
        {note !== undefined && (
          <Text component="div" c="dimmed" size="sm" mt={4}>
            {note}
          </Text>
        )}
      </div>
      {children}
    </Group>
  )
}
