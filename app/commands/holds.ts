/**
 * `usance holds`: what was set aside for a person, and the decisions about it.
 *
 * Talks to the running server over its API instead of opening the database: one process writes and judges, and the key says
 * whose devices they are.
 */
import path from 'node:path'
import { findUsanceAccess } from '../../devices-sim/index.ts'
import { openApiCalls } from '../api-calls.ts'
import type { CommandContext } from '../command-context.ts'
import { parseCommandArguments } from '../command-line.ts'
import { appErrors } from '../errors.ts'

const text = { type: 'string' } as const
const options = {
  url: text,
  key: text,
  device: text,
  register: text,
  code: text,
  after: text,
  limit: text,
  json: { type: 'boolean' },
  epoch: text,
  seq: text,
  reading: text,
  value: text,
  final: text,
  start: text,
  at: text,
  decision: text,
  by: text,
  reason: text,
} as const

type Own = ReturnType<typeof parseCommandArguments<typeof options>>['own']
type OwnName = Exclude<keyof typeof options, 'json'>

/** Word on the command line → kind of the API. */
const kinds: Readonly<Record<string, string>> = {
  release: 'release',
  reject: 'reject',
  replace: 'replace',
  exchange: 'exchange',
  'hand-over': 'hand_over',
  withdraw: 'withdraw',
}

/** Flag → member of the body, and whether the member is a JSON number. What a kind needs, the server says. */
const bodyMembers: readonly {
  readonly flag: OwnName
  readonly member: string
  readonly isNumber: boolean
}[] = [
  { flag: 'epoch', member: 'epoch', isNumber: true },
  { flag: 'seq', member: 'seq', isNumber: true },
  { flag: 'reading', member: 'readingId', isNumber: true },
  { flag: 'register', member: 'register', isNumber: false },
  { flag: 'value', member: 'value', isNumber: false },
  { flag: 'final', member: 'final', isNumber: false },
  { flag: 'start', member: 'start', isNumber: false },
  { flag: 'at', member: 'at', isNumber: false },
  { flag: 'decision', member: 'decisionId', isNumber: true },
  { flag: 'by', member: 'decidedBy', isNumber: false },
  { flag: 'reason', member: 'reason', isNumber: false },
]
const listFlags: readonly OwnName[] = ['device', 'register', 'code', 'after', 'limit']
const decideFlags: readonly OwnName[] = ['device', ...bodyMembers.map(({ flag }) => flag)]

type Point = { readonly value: string; readonly at: string; readonly isPlaced: boolean }
type Hold = {
  readonly id: number
  readonly deviceId: string
  readonly register: string | null
  readonly epoch: number
  readonly seq: number
  readonly readingId: number
  readonly code: string
  readonly detail: string
  readonly at: string | null
  readonly values: readonly {
    readonly register: string
    readonly value: string
    readonly before: Point | null
    readonly after: Point | null
  }[]
}
type HoldPage = { readonly items: readonly Hold[]; readonly nextAfter: string | null }

export async function runHolds({ argv, stdout, stderr, environment }: CommandContext): Promise<number> {
  const [word = ''] = argv
  const isList = word === '' || word.startsWith('-')
  const kind = Object.hasOwn(kinds, word) ? kinds[word] : undefined
  if (!isList && kind === undefined) {
    throw appErrors.arguments_invalid(
      `Use ${Object.keys(kinds).join(', ')}, or no word to list what is held.`,
    )
  }
  const { config, own } = parseCommandArguments(isList ? argv : argv.slice(1), options, environment)
  assertTakes(own, isList ? listFlags : decideFlags)
  const access = await findUsanceAccess(
    { mqttUrl: undefined, apiUrl: own.url, apiKey: own.key },
    environment,
    path.join(config.data, 'demo-access.json'),
  )
  const send = openApiCalls(access.apiUrl, access.apiKey)
  const call = async (method: 'GET' | 'POST', address: string, body?: object): Promise<unknown> => {
    const content = body && { type: 'application/json', body: JSON.stringify(body) }
    return (await send(method, address, content)).json()
  }

  if (kind === undefined) {
    const query = new URLSearchParams(
      listFlags.flatMap((flag) => (own[flag] === undefined ? [] : [[nameOf(flag), own[flag]]])),
    )
    const page = (await call('GET', `/v1/holds?${query.toString()}`)) as HoldPage
    stdout.write(
      own.json === true ? `${JSON.stringify(page, null, 2)}\n` : page.items.map(describeHold).join('\n'),
    )
    if (page.nextAfter !== null) stderr.write(`There are more: --after ${page.nextAfter}\n`)
    if (page.items.length === 0) stderr.write('Nothing is held.\n')
    return 0
  }
  if (own.device === undefined) throw appErrors.arguments_invalid('Name the device: --device <id>')
  const body = Object.fromEntries(
    bodyMembers.flatMap(({ flag, member, isNumber }) => {
      const given = own[flag]
      return given === undefined ? [] : [[member, isNumber ? readCounter(flag, given) : given]]
    }),
  )
  const decision = await call('POST', `/v1/devices/${encodeURIComponent(own.device)}/decisions`, {
    kind,
    ...body,
  })
  stdout.write(`${JSON.stringify(decision, null, 2)}\n`)
  return 0
}

function assertTakes(own: Own, taken: readonly OwnName[]): void {
  const always: readonly (keyof typeof options)[] = ['url', 'key', 'json']
  const stray = (Object.keys(options) as (keyof typeof options)[]).filter(
    (flag) => own[flag] !== undefined && !always.includes(flag) && !taken.some((each) => each === flag),
  )
  if (stray.length === 0) return
  throw appErrors.arguments_invalid(`Leave out ${stray.map((flag) => `--${flag}`).join(', ')} here.`)
}

function nameOf(flag: OwnName): string {
  return flag === 'device' ? 'deviceId' : flag
}

function readCounter(flag: string, given: string): number {
  if (!/^(0|[1-9][0-9]{0,14})$/.test(given)) {
    throw appErrors.arguments_invalid(`Give --${flag} as a whole number.`)
  }
  return Number(given)
}

function describeHold({ id, deviceId, epoch, seq, readingId, code, detail, at, values }: Hold): string {
  const lines = values.map(
    ({ register, value, before, after }) =>
      `    ${register} ${value} at ${at ?? 'an unknown time'}; accepted before: ${describePoint(before)}; after: ${describePoint(after)}`,
  )
  return `${id}  ${deviceId}  ${code}  epoch ${epoch}, seq ${seq}, reading ${readingId}\n    ${detail}\n${lines.map((line) => `${line}\n`).join('')}`
}

function describePoint(point: Point | null): string {
  if (point === null) return 'nothing'
  return `${point.value} at ${point.at}${point.isPlaced ? ' (placed)' : ''}`
}
