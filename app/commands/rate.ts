import { readFileSync } from 'node:fs'
import { rateFromJson } from '../../billing/index.ts'
import type { CommandContext } from '../command-context.ts'
import { parseCommandArguments } from '../command-line.ts'
import { appErrors } from '../errors.ts'

/** `usance rate --tariff t.json --usage u.json`: prints the rated lines as JSON, without any database. */
export async function runRate({ argv, stdout, environment }: CommandContext): Promise<number> {
  const options = { tariff: { type: 'string' }, usage: { type: 'string' } } as const
  const { own } = parseCommandArguments(argv, options, environment)
  if (own.tariff === undefined || own.usage === undefined) {
    throw appErrors.arguments_invalid('Name both files: usance rate --tariff tariff.json --usage usage.json')
  }
  const result = rateFromJson(readJson(own.tariff), readJson(own.usage))
  stdout.write(`${JSON.stringify(result, null, 2)}\n`)
  return 0
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as unknown
  } catch (cause) {
    throw appErrors.input_file_unreadable(`Give a readable JSON file; "${file}" is not one.`, { cause })
  }
}
