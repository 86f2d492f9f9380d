/**
 * What a catalogue of texts is: English says which keys there are, German must have exactly those, and the compiler checks it.
 * A text with something in it is a function. Catalogues lie beside what shows them, so that a customer loads none of the console's.
 */
import type { Language } from '../api/me.ts'

type Text = string | ((...given: never[]) => string)
type SameKeys<Texts> = {
  readonly [Key in keyof Texts]: Texts[Key] extends (...given: infer Given) => string
    ? (...given: Given) => string
    : string
}

export type Catalogue<Texts> = Readonly<Record<Language, SameKeys<Texts>>>

export function catalogue<const Texts extends Readonly<Record<string, Text>>>(
  english: Texts,
  german: NoInfer<SameKeys<Texts>>,
): Catalogue<Texts> {
  return { en: english as unknown as SameKeys<Texts>, de: german }
}
