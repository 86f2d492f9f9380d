/**
 * `usance preview`: what a contract's bill is or would be, for any of its periods and under any tariff, as a table with a sentence
 * for each line. Asks the running server over its API; nothing is stored.
 */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { findUsanceAccess } from '../../devices-sim/index.ts'
import { openApiCalls } from '../api-calls.ts'
import type { CommandContext } from '../command-context.ts'
import { parseCommandArguments } from '../command-line.ts'
import { appErrors } from '../errors.ts'

const text = { type: 'string' } as const
export const previewOptions = {
  contract: text,
  at: text,
  cutoff: text,
  tariff: text,
  'tariff-id': text,
  version: text,
  from: text,
  json: { type: 'boolean' },
  url: text,
  key: text,
} as const

type Compared = { readonly amount: string; readonly inForce: string; readonly difference: string }
type Preview = {
  readonly period: { readonly from: string; readonly to: string }
  readonly cutoffAt: string
  readonly currency: string
  readonly lines: readonly {
    readonly itemId: string
    readonly quantity: string
    readonly unit: string
    readonly amount: string
    readonly sentence: string
  }[]
  readonly difference:
    (Compared & { readonly items: readonly (Compared & { readonly itemId: string })[] }) | null
  readonly notCompared: { readonly code: string; readonly detail: string } | null
  readonly held: readonly { readonly deviceId: string; readonly register: string; readonly code: string }[]
}

export async function runPreview({ argv, stdout, environment }: CommandContext): Promise<number> {
  const { config, own } = parseCommandArguments(argv, previewOptions, environment)
  if (own.contract === undefined) {
    throw appErrors.arguments_invalid('Name the contract: usance preview --contract con_…')
  }
  const tariff = {
    ...(own.tariff !== undefined && { document: readDocument(own.tariff) }),
    ...(own['tariff-id'] !== undefined && { tariffId: own['tariff-id'] }),
    ...(own.version !== undefined && { versionId: own.version }),
    ...(own.from !== undefined && { from: own.from }),
  }
  const isOther = Object.keys(tariff).length > 0
  const body = {
    contractId: own.contract,
    ...(own.at !== undefined && { at: own.at }),
    ...(own.cutoff !== undefined && { cutoffAt: own.cutoff }),
    ...(isOther && { tariff }),
  }
  const access = await findUsanceAccess(
    { mqttUrl: undefined, apiUrl: own.url, apiKey: own.key },
    environment,
    path.join(config.data, 'demo-access.json'),
  )
  const send = openApiCalls(access.apiUrl, access.apiKey)
  const answer = await send('POST', '/v1/previews', {
    type: 'application/json',
    body: JSON.stringify(body),
  })
  const preview = (await answer.json()) as Preview
  stdout.write(
    own.json === true ? `${JSON.stringify(preview, null, 2)}\n` : describePreview(preview, isOther),
  )
  return 0
}

function readDocument(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as unknown
  } catch (cause) {
    throw appErrors.input_file_unreadable(`Give a readable JSON file; "${file}" is not one.`, { cause })
  }
}

/** The comparison is of interest only where another tariff was asked for. */
export function describePreview(preview: Preview, isOther: boolean): string {
  const { period, cutoffAt, currency, lines, difference, notCompared, held } = preview
  const sum = difference === null ? [] : [['total', '', difference.amount]]
  const parts = [
    `From ${period.from} to ${period.to}, usage before ${cutoffAt}, in ${currency}`,
    layOut([
      ['item', 'quantity', 'amount'],
      ...lines.map(({ itemId, quantity, unit, amount }) => [itemId, `${quantity} ${unit}`, amount]),
      ...sum,
    ]),
    lines.map(({ sentence }) => sentence).join('\n'),
  ]
  if (isOther && difference !== null) {
    const rows = [...difference.items, { itemId: 'total', ...difference }]
    parts.push(
      layOut([
        ['item', 'this tariff', 'in force', 'difference'],
        ...rows.map((row) => [row.itemId, row.amount, row.inForce, row.difference]),
      ]),
    )
  }
  if (isOther && notCompared !== null) {
    parts.push(`Not compared with the tariff in force: ${notCompared.detail} (${notCompared.code})`)
  }
  parts.push(
    ...held.map(
      ({ deviceId, register, code }) => `In no line yet: ${register} of device ${deviceId} (${code})`,
    ),
  )
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`
}

/** The first column begins at the left, the others end at the right. */
function layOut(rows: readonly (readonly string[])[]): string {
  const widths =
    rows[0]?.map((_cell, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? []
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  '),
    )
    .join('\n')
}
