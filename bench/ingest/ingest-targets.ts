/** The servers that are measured, each in a process of its own, behind one shape. */
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startChild, type Child } from '../child-calls.ts'
import { benchErrors } from '../errors.ts'
import type { OutcomeCounts } from '../../metering/index.ts'
import type { BareAedesServerMethods } from './bare-aedes-server.ts'
import { startMosquitto } from './mosquitto-server.ts'
import type { QueueSubscriberMethods } from './queue-subscriber.ts'
import type { UsanceServerMethods } from './usance-server.ts'
import type { UsageMonth, UsageReads } from './usage-reader.ts'

export type TargetName = 'usance' | 'bareAedes' | 'mosquitto' | 'mosquittoWithSubscriber'

export type Target = {
  readonly name: TargetName
  readonly port: number
  /** Absent where we cannot ask. */
  readonly cpuMicroseconds?: () => Promise<number>
  /** Commits so far; only of a server that commits. */
  readonly commits?: () => Promise<number>
  /** Waits until the subscriber has so many messages; resolves to how long that took. */
  readonly awaitDelivery?: (messageCount: number) => Promise<number>
  close(): Promise<void>
}

export type NodeTarget = Target & {
  readonly cpuMicroseconds: () => Promise<number>
  /** After collecting garbage. */
  rssBytes(): Promise<number>
}

export type UsanceTarget = NodeTarget & {
  commits(): Promise<number>
  outcomes(): Promise<OutcomeCounts>
  /** Without collecting garbage first. */
  residentBytes(): Promise<number>
  /** Reads a month of usage over and over until it is stopped. */
  startReadingUsage(month: UsageMonth): Promise<void>
  stopReadingUsage(): Promise<UsageReads>
}

export type UsanceOptions = {
  readonly signal: AbortSignal
  readonly profileFolder?: string | undefined
  /** A module that Node loads before the server, in all of its threads. */
  readonly preload?: URL
  readonly environment?: Readonly<Record<string, string>>
}

const DELIVERY_TIMEOUT_MS = 60_000
const POLL_MS = 5

export async function startUsance(
  file: string,
  { signal, profileFolder, preload, environment = {} }: UsanceOptions,
): Promise<UsanceTarget> {
  const profiling = profileFolder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`]
  const preloading = preload === undefined ? [] : [`--import=${preload.href}`]
  const child = startChild<UsanceServerMethods>(new URL('./usance-server.ts', import.meta.url), {
    args: [file],
    nodeOptions: ['--expose-gc', ...profiling, ...preloading],
    environment,
    signal,
  })
  return {
    ...(await nodeTarget('usance', child)),
    commits: () => child.call('commits', undefined),
    outcomes: () => child.call('outcomes', undefined),
    residentBytes: () => child.call('residentBytes', undefined),
    startReadingUsage: (month) => child.call('startReadingUsage', month),
    stopReadingUsage: () => child.call('stopReadingUsage', undefined),
  }
}

export function startBareAedes(signal: AbortSignal): Promise<NodeTarget> {
  const child = startChild<BareAedesServerMethods>(new URL('./bare-aedes-server.ts', import.meta.url), {
    nodeOptions: ['--expose-gc'],
    signal,
  })
  return nodeTarget('bareAedes', child)
}

export async function startMosquittoAlone(
  program: string,
  folder: string,
  signal: AbortSignal,
): Promise<Target> {
  return { name: 'mosquitto', ...(await startMosquitto(program, path.join(folder, 'mosquitto'), signal)) }
}

export async function startMosquittoWithSubscriber(
  program: string,
  folder: string,
  signal: AbortSignal,
): Promise<Target> {
  const server = await startMosquitto(program, path.join(folder, 'mosquitto-with-subscriber'), signal)
  const subscriber = startChild<QueueSubscriberMethods>(new URL('./queue-subscriber.ts', import.meta.url), {
    args: [String(server.port)],
    signal,
  })
  const close = async () => {
    await subscriber.close()
    await server.close()
  }
  try {
    await subscriber.call('subscribed', undefined)
  } catch (error) {
    await close()
    throw error
  }
  return {
    name: 'mosquittoWithSubscriber',
    port: server.port,
    close,
    async awaitDelivery(messageCount) {
      const startedAt = performance.now()
      while ((await subscriber.call('received', undefined)) < messageCount) {
        if (performance.now() - startedAt > DELIVERY_TIMEOUT_MS) {
          throw benchErrors.bench_failed(
            'The subscriber of mosquitto did not get every acknowledged message.',
          )
        }
        await sleep(POLL_MS)
      }
      return performance.now() - startedAt
    },
  }
}

async function nodeTarget(
  name: TargetName,
  child: Child<Pick<UsanceServerMethods, 'port' | 'cpuMicroseconds' | 'rssBytes' | 'close'>>,
): Promise<NodeTarget> {
  try {
    return {
      name,
      port: await child.call('port', undefined),
      cpuMicroseconds: () => child.call('cpuMicroseconds', undefined),
      rssBytes: () => child.call('rssBytes', undefined),
      close: () => child.close(),
    }
  } catch (error) {
    await child.close()
    throw error
  }
}
