/**
 * What stopped some work of the server, in the language of the page: from the code and the facts that the server keeps beside its English
 * sentence. That sentence is shown where there is no code, as of what was written before there were codes, and where this page does not know
 * it, as of a newer server.
 *
 * A fact whose name ends in `Minor` is an amount, of the fact `currency` (of `ownCurrency`, if there is one and the name begins with "own"); one that
 * ends in `Count`, `Percent` or `Seconds` is a number. Whatever else it is shows as it came.
 */
import { minorToMajor } from '../format/currency-decimals.ts'
import { formatAmount, formatNumber } from '../format/exact-number.ts'

type Facts = Readonly<Record<string, string>>
type Reason = { readonly code: string; readonly facts: Facts }

/** The words for every code that the server's description names: a catalogue that lacks one does not compile. */
export type WordsOf<Told extends Reason> = {
  readonly [Code in Told['code']]: string | ((facts: Extract<Told, { code: Code }>['facts']) => string)
}

type Words = Readonly<Record<string, string | ((facts: never) => string)>>

export function sayProblem<Sentence extends string | null>(
  words: Words,
  { problem, problemReason }: { readonly problem: Sentence; readonly problemReason: Reason | null },
  locale: string,
): Sentence | string {
  if (problemReason === null || !Object.hasOwn(words, problemReason.code)) return problem
  const said = words[problemReason.code] as string | ((facts: Facts) => string)
  return typeof said === 'string' ? said : said(showFacts(problemReason.facts, locale))
}

function showFacts(facts: Facts, locale: string): Facts {
  const { currency, ownCurrency = currency } = facts
  return Object.fromEntries(
    Object.entries(facts).map(([name, fact]) => {
      const itsCurrency = (name.startsWith('own') ? ownCurrency : currency)?.toUpperCase()
      if (name.endsWith('Minor') && itsCurrency !== undefined) {
        return [name, formatAmount(minorToMajor(fact, itsCurrency), itsCurrency, locale)]
      }
      return [name, /(?:Count|Percent|Seconds)$/.test(name) ? formatNumber(fact, locale) : fact]
    }),
  )
}
