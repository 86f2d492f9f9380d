/** Reading arguments: settings as flags plus what one command takes, with every mistake named at once. */
import { parseArgs } from 'node:util'
import { configFlags, loadConfig, type Config } from './config.ts'
import { appErrors } from './errors.ts'

type OwnOptions = Readonly<Record<string, { readonly type: 'string' | 'boolean' }>>

export type CommandArguments<Options extends OwnOptions> = {
  readonly config: Config
  readonly own: {
    readonly [Name in keyof Options]?: Options[Name]['type'] extends 'boolean' ? boolean : string
  }
}

/** @throws AppError `arguments_invalid` for unknown flags and stray words, `configuration_invalid` */
export function parseCommandArguments<const Options extends OwnOptions>(
  argv: readonly string[],
  options: Options,
  environment: Readonly<Record<string, string | undefined>>,
): CommandArguments<Options> {
  const known: OwnOptions = { ...configFlags, ...options }
  const { values, tokens } = parseArgs({
    args: [...argv],
    options: known,
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  const problems = tokens.flatMap((token) => {
    if (token.kind === 'positional') return [`"${token.value}" is not expected here.`]
    if (token.kind !== 'option') return []
    const option = known[token.name]
    if (option === undefined) return [`${token.rawName} is not an option.`]
    if (option.type === 'string' && token.value === undefined) return [`${token.rawName} needs a value.`]
    if (option.type === 'boolean' && token.value !== undefined) return [`${token.rawName} takes no value.`]
    return []
  })
  if (problems.length > 0) {
    throw appErrors.arguments_invalid(
      `Correct the command line:\n${problems.map((each) => `  - ${each}`).join('\n')}`,
    )
  }
  const given = values as Readonly<Record<string, string | boolean | undefined>>
  const own = Object.fromEntries(Object.keys(options).map((name) => [name, given[name]]))
  return { config: loadConfig(given, environment), own: own as CommandArguments<Options>['own'] }
}
