/**
 * Problems that are written down to be read later: each has a stable code and the facts that its sentence needs, so that a page can say it in
 * its reader's language. The English sentence follows from code and facts, here and nowhere else.
 *
 * A domain declares its problems once. Codes and names of facts are API, as those of errors are: never renamed, never removed while rows may
 * hold them. Facts are texts: ids, numbers, words of others in their own language. By their names a page knows how to show them: one that ends
 * in `Minor` is an amount in minor units of the fact `currency` (of `ownCurrency`, if there is one and the name begins with "own"); one that ends in `Count`, `Percent` or `Seconds` is a number.
 *
 * Unlike an `AppError` such a problem answers no request: it is kept beside the work that it stopped.
 */
import { assertInvariant } from './errors.ts'

type ProblemDeclaration<Name extends string> = {
  readonly factNames: readonly Name[]
  readonly sentence: (facts: Readonly<Record<Name, string>>) => string
}
export type ProblemDeclarations = Readonly<
  Record<string, { readonly factNames: readonly string[]; readonly sentence: (facts: never) => string }>
>

type NamesOf<Declaration> = Declaration extends ProblemDeclaration<infer Name> ? Name : never

/** Code and facts of one of the declared problems. */
export type ReasonOf<Declarations> = {
  [Code in keyof Declarations & string]: {
    readonly code: Code
    readonly facts: Readonly<Record<NamesOf<Declarations[Code]>, string>>
  }
}[keyof Declarations & string]

export type SaidProblem<Declarations> = {
  /** English, and what to do. */
  readonly sentence: string
  readonly reason: ReasonOf<Declarations>
}

type GivenFacts<Name extends string> = Readonly<Record<Name, string | number | bigint>>

/** Facts only where the sentence needs some. */
export type SayArguments<Declarations> = {
  [Code in keyof Declarations & string]: [NamesOf<Declarations[Code]>] extends [never]
    ? readonly [code: Code]
    : readonly [code: Code, facts: GivenFacts<NamesOf<Declarations[Code]>>]
}[keyof Declarations & string]

export type ProblemCatalogue<Declarations> = {
  readonly problems: Declarations
  readonly say: (...what: SayArguments<Declarations>) => SaidProblem<Declarations>
  /**
   * What was stored as JSON of a reason. Undefined for a row without one, and for a code that this program does not know: a newer one wrote it.
   */
  readonly readReason: (json: string | null) => ReasonOf<Declarations> | undefined
}

/** One problem of a table for `declareProblems`. */
export function problem<const Name extends string = never>(
  factNames: readonly Name[],
  sentence: (facts: Readonly<Record<Name, string>>) => string,
): ProblemDeclaration<Name> {
  return { factNames, sentence }
}

export function declareProblems<Declarations extends ProblemDeclarations>(
  declarations: Declarations,
): ProblemCatalogue<Declarations> {
  return {
    problems: declarations,
    say(...what) {
      const [code, given = {}] = what as readonly [code: string, given: GivenFacts<string> | undefined]
      const declared = declarations[code] as ProblemDeclaration<string> | undefined
      assertInvariant(declared !== undefined, `The problem "${code}" is declared.`)
      const facts = Object.fromEntries(declared.factNames.map((name) => [name, String(given[name])]))
      const reason = { code, facts } as ReasonOf<Declarations>
      return { sentence: declared.sentence(facts), reason }
    },
    readReason(json) {
      if (json === null) return undefined
      const reason = JSON.parse(json) as ReasonOf<Declarations>
      return Object.hasOwn(declarations, reason.code) ? reason : undefined
    },
  }
}
