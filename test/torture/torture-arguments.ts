/** The command line of `npm run torture` as one typed value; every mistake is named at once. */
import { parseArgs } from 'node:util'

export const partNames = ['crash', 'model', 'fuzz', 'stripe'] as const
export type PartName = (typeof partNames)[number]

export type TortureSettings = {
  readonly parts: readonly PartName[]
  /** Undefined draws one. */
  readonly seed: number | undefined
  readonly kills: number
  readonly devices: number
  /** Cases of the property test and of the fuzz test. */
  readonly cases: number
  readonly limitMs: number
}

export type TortureArguments =
  | { readonly kind: 'run'; readonly settings: TortureSettings }
  | { readonly kind: 'help' }
  | { readonly kind: 'misused'; readonly problems: readonly string[] }

const options = {
  seed: { type: 'string' },
  kills: { type: 'string' },
  devices: { type: 'string' },
  cases: { type: 'string' },
  minutes: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const

export function parseTortureArguments(argv: readonly string[]): TortureArguments {
  const parsed = readWords(argv)
  if (typeof parsed === 'string') return { kind: 'misused', problems: [parsed] }
  const { values, positionals } = parsed
  if (values.help === true) return { kind: 'help' }
  const problems: string[] = []
  const readCount = (
    name: 'seed' | 'kills' | 'devices' | 'cases' | 'minutes',
    fallback: number,
    maximum: number,
  ) => {
    const text = values[name]
    if (text === undefined) return fallback
    const count = /^\d{1,10}$/.test(text) ? Number(text) : -1
    if (count >= (name === 'seed' ? 0 : 1) && count <= maximum) return count
    problems.push(`--${name} is a whole number up to ${maximum}, not "${text}".`)
    return fallback
  }

  const [word = 'all', ...rest] = positionals
  const part = partNames.find((name) => name === word)
  if (part === undefined && word !== 'all') {
    problems.push(`There is no part "${word.slice(0, 40)}"; there are ${partNames.join(', ')} and all.`)
  }
  if (rest.length > 0) problems.push('Name one part, or all.')
  const settings: TortureSettings = {
    parts: part === undefined ? partNames : [part],
    seed: values.seed === undefined ? undefined : readCount('seed', 0, 0xffff_ffff),
    kills: readCount('kills', 300, 10_000),
    devices: readCount('devices', 24, 500),
    cases: readCount('cases', 10_000, 1_000_000),
    limitMs: readCount('minutes', 60, 1_440) * 60_000,
  }
  return problems.length > 0 ? { kind: 'misused', problems } : { kind: 'run', settings }
}

function readWords(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true })
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
