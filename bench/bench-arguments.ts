/** What the command lines of all benches have in common: flags, whole numbers within bounds, every mistake named at once. */
import { parseArgs, type ParseArgsOptionsConfig } from 'node:util'

export type BenchArguments<Settings> =
  | { readonly kind: 'run'; readonly settings: Settings }
  | { readonly kind: 'help' }
  | { readonly kind: 'misused'; readonly problems: readonly string[] }

/** Flags as they were given. What is read and wrong is noted, and the fallback taken. */
export class BenchFlags {
  readonly problems: string[] = []
  readonly #values: Readonly<Record<string, unknown>>

  constructor(values: Readonly<Record<string, unknown>>) {
    this.#values = values
  }

  has(name: string): boolean {
    return this.#values[name] === true
  }

  count(name: string, fallback: number, maximum: number): number {
    const text = this.#values[name]
    if (typeof text !== 'string') return fallback
    const count = readWholeNumber(text, maximum)
    if (count !== undefined) return count
    this.problems.push(`--${name} is a whole number from 1 to ${maximum}, not "${text}".`)
    return fallback
  }

  /** One of the names that `choices` has; undefined when the flag was not given. */
  choice<Value>(name: string, choices: Readonly<Record<string, Value>>): Value | undefined {
    const text = this.#values[name]
    if (typeof text !== 'string') return undefined
    if (Object.hasOwn(choices, text)) return choices[text]
    this.problems.push(`--${name} is ${Object.keys(choices).join(' or ')}, not "${text}".`)
    return undefined
  }

  /** Several numbers with commas between them. */
  counts(name: string, fallback: readonly number[], maximum: number): readonly number[] {
    const text = this.#values[name]
    if (typeof text !== 'string') return fallback
    const counts = text.split(',').map((each) => readWholeNumber(each, maximum))
    const known = counts.filter((count) => count !== undefined)
    if (known.length === counts.length) return known
    this.problems.push(`--${name} is whole numbers from 1 to ${maximum} with commas, not "${text}".`)
    return fallback
  }
}

/** `options` has a `help`. */
export function parseBenchArguments<Settings>(
  argv: readonly string[],
  options: ParseArgsOptionsConfig,
  toSettings: (flags: BenchFlags) => Settings,
): BenchArguments<Settings> {
  let flags: BenchFlags
  try {
    flags = new BenchFlags(parseArgs({ args: [...argv], options }).values)
  } catch (error) {
    return { kind: 'misused', problems: [error instanceof Error ? error.message : String(error)] }
  }
  if (flags.has('help')) return { kind: 'help' }
  const settings = toSettings(flags)
  return flags.problems.length > 0 ? { kind: 'misused', problems: flags.problems } : { kind: 'run', settings }
}

function readWholeNumber(text: string, maximum: number): number | undefined {
  const count = /^[1-9]\d{0,8}$/.test(text) ? Number(text) : 0
  return count >= 1 && count <= maximum ? count : undefined
}
