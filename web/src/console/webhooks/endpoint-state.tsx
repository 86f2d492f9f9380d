/** Whether an endpoint is on, and how it does, in a word and a colour. */
import { Badge } from '@mantine/core'

import type { Endpoint } from '../../api/webhooks.ts'
import { useWords } from '../../words/language-context.tsx'
import { webhooksWords } from './webhooks-words.ts'

const colors = { on: 'petrol', failing: 'yellow', off: 'red' } as const

export function EndpointState({ state, failingSince }: Pick<Endpoint, 'state' | 'failingSince'>) {
  const words = useWords(webhooksWords)
  const shown = state === 'on' && failingSince !== null ? 'failing' : state
  return (
    <Badge color={colors[shown]} c="var(--mantine-color-text)">
      {words[shown]}
    </Badge>
  )
}
