import { Button } from '@mantine/core'
import { IconMoodSad } from '@tabler/icons-react'

import { EmptyState } from '../parts/empty-state.tsx'
import { PageTitle } from '../parts/page-title.tsx'
import { commonWords } from '../words/common-words.ts'
import { useWords } from '../words/language-context.tsx'

export function Crashed() {
  const words = useWords(commonWords)
  return (
    <>
      <PageTitle title={words.crashedTitle} />
      <EmptyState icon={<IconMoodSad size={26} />} title={words.crashedTitle} text={words.crashedText}>
        <Button onClick={() => location.reload()}>{words.reload}</Button>
      </EmptyState>
    </>
  )
}
