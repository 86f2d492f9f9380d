/** The command line of `bench ingest` as one typed value; every mistake is named at once. */
import { parseArgs } from 'node:util'
import type { LoadShape } from './publisher-connection.ts'

export type LoadName = 'fullSegments' | 'singleMessages'

/**
 * The first is what a device sends that catches up, the second what a fleet sends that reports now and then: a write, and
 * so a segment, per message. There a connection waits for each acknowledgement unless told otherwise: with ten messages
 * under way a busy server finds several segments in each read, which no fleet of slow reporters gives it.
 */
export type LoadShapes = Readonly<Record<LoadName, LoadShape>>

export const loadsByFlag: Readonly<Record<string, LoadName>> = {
  'full-segments': 'fullSegments',
  'single-messages': 'singleMessages',
}

export function loadShapes(segmentsUnderWay: number): LoadShapes {
  return {
    fullSegments: { messagesPerSegment: 20, segmentsUnderWay: 2 },
    singleMessages: { messagesPerSegment: 1, segmentsUnderWay },
  }
}

export type IngestSettings = {
  readonly connections: number
  readonly rounds: number
  readonly warmUpMs: number
  readonly windowMs: number
  /** Connections that the memory of one is measured with. */
  readonly idleConnections: number
  readonly loads: readonly LoadName[]
  readonly shapes: LoadShapes
  /** Where CPU profiles of our server go, if they are wanted. */
  readonly profileFolder: string | undefined
}

export type IngestArguments =
  | { readonly kind: 'run'; readonly settings: IngestSettings }
  | { readonly kind: 'help' }
  | { readonly kind: 'misused'; readonly problems: readonly string[] }

export const ingestOptions = {
  connections: { type: 'string' },
  seconds: { type: 'string' },
  rounds: { type: 'string' },
  window: { type: 'string' },
  load: { type: 'string' },
  profile: { type: 'string' },
  quick: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

const defaults = {
  connections: 200,
  seconds: 4,
  rounds: 3,
  warmUpMs: 1_500,
  window: 1,
  idleConnections: 1_000,
}
const quickDefaults = {
  connections: 50,
  seconds: 1,
  rounds: 1,
  warmUpMs: 500,
  window: 1,
  idleConnections: 300,
}

export function parseIngestArguments(argv: readonly string[]): IngestArguments {
  const values = readFlags(argv)
  if (typeof values === 'string') return { kind: 'misused', problems: [values] }
  if (values.help === true) return { kind: 'help' }
  const problems: string[] = []

  const readCount = (
    name: 'connections' | 'seconds' | 'rounds' | 'window',
    fallback: number,
    maximum: number,
  ) => {
    const text = values[name]
    if (text === undefined) return fallback
    const count = /^[1-9]\d{0,5}$/.test(text) ? Number(text) : 0
    if (count >= 1 && count <= maximum) return count
    problems.push(`--${name} is a whole number from 1 to ${maximum}, not "${text}".`)
    return fallback
  }

  const base = values.quick === true ? quickDefaults : defaults
  const connections = readCount('connections', base.connections, 5_000)
  const seconds = readCount('seconds', base.seconds, 60)
  const rounds = readCount('rounds', base.rounds, 20)
  const window = readCount('window', base.window, 1_000)
  const onlyLoad = values.load === undefined ? undefined : loadsByFlag[values.load]
  if (values.load !== undefined && onlyLoad === undefined) {
    problems.push(`--load is ${Object.keys(loadsByFlag).join(' or ')}, not "${values.load}".`)
  }
  if (problems.length > 0) return { kind: 'misused', problems }
  return {
    kind: 'run',
    settings: {
      connections,
      rounds,
      warmUpMs: base.warmUpMs,
      windowMs: seconds * 1_000,
      idleConnections: base.idleConnections,
      loads: onlyLoad === undefined ? Object.values(loadsByFlag) : [onlyLoad],
      shapes: loadShapes(window),
      profileFolder: values.profile,
    },
  }
}

function readFlags(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: ingestOptions }).values
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
