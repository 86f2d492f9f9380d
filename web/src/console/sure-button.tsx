/** A button for what cannot be undone: the first press asks, the second does. */
import { Button, Group, Text } from '@mantine/core'
import { useState } from 'react'

import { commonWords } from '../words/common-words.ts'
import { useWords } from '../words/language-context.tsx'

type Props = { readonly label: string; readonly question: string; readonly onSure: () => void }

export function SureButton({ label, question, onSure }: Props) {
  const words = useWords(commonWords)
  const [isAsked, setAsked] = useState(false)
  if (!isAsked) {
    return (
      <Button size="xs" variant="default" onClick={() => setAsked(true)}>
        {label}
      </Button>
    )
  }
  return (
    <Group gap={6} role="group" aria-label={question}>
      <Text size="sm">{question}</Text>
      <Button
        size="xs"
        color="red.9"
        onClick={() => {
          setAsked(false)
          onSure()
        }}
      >
        {label}
      </Button>
      <Button size="xs" variant="default" data-autofocus onClick={() => setAsked(false)}>
        {words.cancel}
      </Button>
    </Group>
  )
}
