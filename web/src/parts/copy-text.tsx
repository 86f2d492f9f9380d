/** A text to take elsewhere, with a button that copies it and says so. */
import { Button, Code, Group } from '@mantine/core'
import { IconCheck, IconCopy } from '@tabler/icons-react'
import { useState } from 'react'

import { commonWords } from '../words/common-words.ts'
import { useWords } from '../words/language-context.tsx'

export function CopyText({ text, label }: { readonly text: string; readonly label: string }) {
  const words = useWords(commonWords)
  const [isCopied, setCopied] = useState(false)
  const copy = async () => {
    await navigator.clipboard.writeText(text)
    setCopied(true)
  }
  return (
    <div>
      <Code
        block
        // Long lines scroll, so the keyboard must get there (WCAG 2.1.1).
        tabIndex={0}
        role="region"
        aria-label={label}
      >
        {text}
      </Code>
      <Group mt={6} gap="xs">
        <Button
          size="xs"
          variant="default"
          leftSection={isCopied ? <IconCheck size={14} aria-hidden /> : <IconCopy size={14} aria-hidden />}
          onClick={() => void copy()}
        >
          {isCopied ? words.copied : `${words.copy}: ${label}`}
        </Button>
        <span role="status" className="seen-by-readers-only">
          {isCopied ? words.copied : ''}
        </span>
      </Group>
    </div>
  )
}
