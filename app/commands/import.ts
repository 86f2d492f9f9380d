/**
 * `usance import`: sends lists of customers, devices, contracts and assignments, CSV or NDJSON of any length, in the order in which
 * one needs the other. Prints one JSON line per line of each file, with a new device's secret, once, and at last a sentence per file; exits
 * 1 if a line was not taken.
 */
import { once } from 'node:events'
import { open } from 'node:fs/promises'
import path from 'node:path'
import { findUsanceAccess } from '../../devices-sim/index.ts'
import { openApiCalls } from '../api-calls.ts'
import type { CommandContext } from '../command-context.ts'
import { parseCommandArguments } from '../command-line.ts'
import { appErrors } from '../errors.ts'
import { sendList, type ListCounts, type ListFile, type ListName } from '../lists/send-list.ts'

const text = { type: 'string' } as const
export const importOptions = {
  customers: text,
  devices: text,
  contracts: text,
  assignments: text,
  'dry-run': { type: 'boolean' },
  url: text,
  key: text,
} as const

/** Each may name what the ones before it make. */
const order = ['customers', 'devices', 'contracts', 'assignments'] as const satisfies readonly ListName[]

export async function runImport({ argv, stdout, stderr, environment }: CommandContext): Promise<number> {
  const { config, own } = parseCommandArguments(argv, importOptions, environment)
  const isDryRun = own['dry-run'] === true
  const named = order.flatMap((list) => (own[list] === undefined ? [] : [{ list, file: own[list] }]))
  if (named.length === 0) {
    throw appErrors.arguments_invalid('Name a file: usance import --devices devices.csv')
  }
  const access = await findUsanceAccess(
    { mqttUrl: undefined, apiUrl: own.url, apiKey: own.key },
    environment,
    path.join(config.data, 'demo-access.json'),
  )
  const send = openApiCalls(access.apiUrl, access.apiKey)
  const print = async (answer: object) => {
    if (!stdout.write(`${JSON.stringify(answer)}\n`)) await once(stdout, 'drain')
  }

  const ends: string[] = []
  let isGood = true
  let notFound = 0
  // All are opened before anything is sent: a name misspelt at the end leaves nothing half done.
  const files = await Promise.all(named.map(({ list, file }) => openList(list, file)))
  for (const [index, file] of files.entries()) {
    const end = await sendList(file, { send, isDryRun, print })
    ends.push(`${file.list} (${named[index]?.file ?? ''}): ${describe(end.counts, isDryRun)}`)
    if (index > 0) notFound += end.notFound
    if (!end.isWhole || end.counts.refused > 0) isGood = false
    if (!end.isWhole) break
  }
  stderr.write(`${ends.join('\n')}\n`)
  if (isDryRun && notFound > 0) {
    stderr.write(
      'A dry run makes nothing, so a line that names what an earlier file would make is refused as not found: import that file first, then check this one.\n',
    )
  }
  return isGood ? 0 : 1
}

async function openList(list: ListName, file: string): Promise<ListFile> {
  try {
    const handle = await open(file)
    if ((await handle.stat()).isDirectory()) throw new Error('a folder')
    return { list, isCsv: /\.(csv|tsv|txt)$/i.test(file), bytes: handle.createReadStream() }
  } catch (cause) {
    throw appErrors.input_file_unreadable(`Give a readable file; "${file}" is not one.`, { cause })
  }
}

function describe({ created, unchanged, valid, refused }: ListCounts, isDryRun: boolean): string {
  return `${isDryRun ? `${valid} valid` : `${created} created`}, ${unchanged} unchanged, ${refused} refused`
}
