/** Where a list would be and nothing is yet: why, and what comes next. */
import { Stack, Text, ThemeIcon } from '@mantine/core'
import type { ReactNode } from 'react'

type Props = {
  readonly icon: ReactNode
  readonly title: string
  readonly text: string
  readonly children?: ReactNode
}

export function EmptyState({ icon, title, text, children }: Props) {
  return (
    <Stack className="card" align="center" gap="xs" py={40} ta="center">
      <ThemeIcon size={52} radius="xl" variant="light" aria-hidden>
        {icon}
      </ThemeIcon>
      <Text fw={600} mt="xs">
        {title}
      </Text>
      <Text c="dimmed" maw={420} size="sm">
        {text}
      </Text>
      {children}
    </Stack>
  )
}
