/**
 * A register as people know it. Machines name registers for machines ("run_s"): the usual ones have words, others are read out of
 * the name, without the unit at its end, which stands beside it.
 */
import type { commonWords } from './common-words.ts'

type Register = {
  readonly name: string
  readonly unit?: string | undefined
  readonly display?: { readonly unit: string } | null | undefined
}
type Words = (typeof commonWords)['en']

/** "run_s" to "Run time", "pumped_l" in "l" to "Pumped". */
export function registerName({ name, unit }: Register, words: Words): string {
  const usual: Readonly<Record<string, string>> = {
    run_s: words.registerRun,
    energy_wh: words.registerEnergy,
    cycles: words.registerCycles,
  }
  const known = usual[name]
  if (known !== undefined) return known
  const ending = `_${(unit ?? '').toLowerCase()}`
  const bare = ending.length > 1 && name.endsWith(ending) ? name.slice(0, -ending.length) : name
  const text = bare.replaceAll('_', ' ').trim()
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** With the unit that its values are written in, where it is known: "Run time (s)". */
export function registerLabel(register: Register, words: Words): string {
  const name = registerName(register, words)
  return register.unit === undefined ? name : `${name} (${register.unit})`
}
