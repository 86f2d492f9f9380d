/** How many pushes need a person, where somebody of the office looks anyway. Nothing while none does. */
import { Alert, Group } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'

import { parkedQuery } from '../../api/stripe.ts'
import { TextLink } from '../../parts/text-link.tsx'
import { useLanguage, useWords } from '../../words/language-context.tsx'
import { stripeWords } from './stripe-words.ts'

export function ParkedNotice() {
  const words = useWords(stripeWords)
  const { locale } = useLanguage()
  const { data } = useInfiniteQuery(parkedQuery)
  const count = data?.pages.flatMap(({ items }) => items).length ?? 0
  if (count === 0) return null
  const said = count.toLocaleString(locale)
  const hasMore = data?.pages.at(-1)?.nextAfter !== null
  return (
    <Alert
      mb="lg"
      role="status"
      color="red"
      variant="light"
      title={words.parkedCount(hasMore ? words.orMore(said) : said)}
    >
      <Group>
        <TextLink to="/pushes" size="sm">
          {words.look}
        </TextLink>
      </Group>
    </Alert>
  )
}
