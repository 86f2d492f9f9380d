/** A form with its failure above and its button below. */
import { Button, Group, Stack } from '@mantine/core'
import type { ReactNode, SyntheticEvent } from 'react'

import { ProblemNotice } from './problem-notice.tsx'

type Props = {
  readonly form: {
    readonly onSubmit: (event: SyntheticEvent) => void
    readonly isPending: boolean
    readonly error: unknown
  }
  readonly submitLabel: string
  /** What it does takes something away. */
  readonly isEnding?: boolean
  readonly label?: string
  /** Stands where the failure would: the page's own way out of it. */
  readonly notice?: ReactNode
  readonly children: ReactNode
  /** Beside the button. */
  readonly aside?: ReactNode
}

export function FormFrame({ form, submitLabel, isEnding = false, label, notice, children, aside }: Props) {
  return (
    <form onSubmit={form.onSubmit} aria-label={label ?? submitLabel}>
      <Stack gap="sm">
        {notice ?? (form.error !== null && <ProblemNotice error={form.error} />)}
        {children}
        <Group gap="sm" mt={4}>
          <Button type="submit" loading={form.isPending} {...(isEnding && { color: 'red.9' })}>
            {submitLabel}
          </Button>
          {aside}
        </Group>
      </Stack>
    </form>
  )
}
