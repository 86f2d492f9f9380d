/** A titled part of a page of the console. */
import { Group, Title } from '@mantine/core'
import { useId, type ReactNode } from 'react'

type Props = { readonly title: string; readonly action?: ReactNode; readonly children: ReactNode }

export function Section({ title, action, children }: Props) {
  const id = useId()
  return (
    <section aria-labelledby={id}>
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h4" id={id}>
          {title}
        </Title>
        {action}
      </Group>
      {children}
    </section>
  )
}
