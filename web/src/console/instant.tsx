/** An instant by the reader's own clock, or the word "never". */
import { formatInstant } from '../format/instants.ts'
import { ownTimeZone } from '../parts/own-time-zone.ts'
import { commonWords } from '../words/common-words.ts'
import { useLanguage, useWords } from '../words/language-context.tsx'

export function Instant({ at }: { readonly at: string | null }) {
  const words = useWords(commonWords)
  const { locale } = useLanguage()
  if (at === null) return <>{words.never}</>
  return (
    <time dateTime={at} className="numeric">
      {formatInstant(at, { locale, timeZone: ownTimeZone })}
    </time>
  )
}
