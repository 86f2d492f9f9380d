/** How far a mail has come, in a word and a colour. */
import { Badge } from '@mantine/core'

import type { Mail } from '../../api/mails.ts'
import { useWords } from '../../words/language-context.tsx'
import { officeWords } from './office-words.ts'

const colors = { waiting: 'gray', sent: 'petrol', failed: 'red', bounced: 'red' } as const

export function MailState({ state }: Pick<Mail, 'state'>) {
  const words = useWords(officeWords)
  return (
    <Badge color={colors[state]} c="var(--mantine-color-text)">
      {words[state]}
    </Badge>
  )
}

/** What the server tries no more by itself. */
export function isStuck({ state }: Mail): boolean {
  return state === 'failed' || state === 'bounced'
}
