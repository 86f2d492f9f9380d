/**
 * `usance import --devices FILE`: registers the devices of a CSV or NDJSON file. Prints one JSON line per line of the file, with
 * the new device's secret, once; exits 1 if a line could not be taken.
 */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { findUsanceAccess } from '../../devices-sim/index.ts'
import { openApiCalls } from '../api-calls.ts'
import type { CommandContext } from '../command-context.ts'
import { parseCommandArguments } from '../command-line.ts'
import { appErrors } from '../errors.ts'

const text = { type: 'string' } as const
export const importOptions = { devices: text, 'dry-run': { type: 'boolean' }, url: text, key: text } as const

export async function runImport({ argv, stdout, environment }: CommandContext): Promise<number> {
  const { config, own } = parseCommandArguments(argv, importOptions, environment)
  if (own.devices === undefined) {
    throw appErrors.arguments_invalid('Name the file: usance import --devices devices.csv')
  }
  const access = await findUsanceAccess(
    { mqttUrl: undefined, apiUrl: own.url, apiKey: own.key },
    environment,
    path.join(config.data, 'demo-access.json'),
  )
  const send = openApiCalls(access.apiUrl, access.apiKey)
  const type = own.devices.endsWith('.csv') ? 'text/csv' : 'application/x-ndjson'
  const address = `/v1/devices/import${own['dry-run'] === true ? '?dryRun=true' : ''}`
  const answer = await send('POST', address, { type, body: readBytes(own.devices) })

  let isWhole = false
  let hasRefused = false
  const lines = answer.body === null ? [] : createInterface({ input: Readable.fromWeb(answer.body) })
  for await (const line of lines) {
    stdout.write(`${line}\n`)
    const { outcome } = JSON.parse(line) as { outcome: string }
    if (outcome === 'done') isWhole = true
    if (outcome === 'refused') hasRefused = true
  }
  return isWhole && !hasRefused ? 0 : 1
}

function readBytes(file: string): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(readFileSync(file))
  } catch (cause) {
    throw appErrors.input_file_unreadable(`Give a readable file; "${file}" is not one.`, { cause })
  }
}
