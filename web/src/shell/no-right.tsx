import { IconLock } from '@tabler/icons-react'

import { EmptyState } from '../parts/empty-state.tsx'
import { PageTitle } from '../parts/page-title.tsx'
import { ButtonLink } from '../parts/text-link.tsx'
import { commonWords, roleName } from '../words/common-words.ts'
import { useWords } from '../words/language-context.tsx'

export function NoRight({ role }: { readonly role: string | null }) {
  const words = useWords(commonWords)
  return (
    <>
      <PageTitle title={words.noRightTitle} />
      <EmptyState
        icon={<IconLock size={26} />}
        title={words.noRightTitle}
        text={words.noRightText(roleName(words, role))}
      >
        <ButtonLink to="/" variant="light">
          {words.toStart}
        </ButtonLink>
      </EmptyState>
    </>
  )
}
