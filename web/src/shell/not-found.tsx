import { IconMapPinOff } from '@tabler/icons-react'

import { EmptyState } from '../parts/empty-state.tsx'
import { PageTitle } from '../parts/page-title.tsx'
import { ButtonLink } from '../parts/text-link.tsx'
import { commonWords } from '../words/common-words.ts'
import { useWords } from '../words/language-context.tsx'

export function NotFound() {
  const words = useWords(commonWords)
  return (
    <>
      <PageTitle title={words.notFoundTitle} />
      <EmptyState icon={<IconMapPinOff size={26} />} title={words.notFoundTitle} text={words.notFoundText}>
        <ButtonLink to="/" variant="light">
          {words.toStart}
        </ButtonLink>
      </EmptyState>
    </>
  )
}
