/**
 * Calling methods of an object that lives in a child process, over Node's IPC channel.
 *
 * `serveParent` answers calls in the child; `startChild` gives the parent's side. Every call is bounded in time. A child
 * that ends rejects what waits for it; a child whose parent is gone ends itself, so that no load outlives the bench.
 * A child's standard output goes to standard error: the bench's own standard output is one JSON document.
 */
import { fork } from 'node:child_process'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { InvariantError } from '../core/index.ts'
import { benchErrors } from './errors.ts'

type Methods = Readonly<Record<string, (input: never) => unknown>>
type Input<Method> = Method extends (input: infer Value) => unknown ? Value : never
type Output<Method> = Method extends (input: never) => infer Value ? Awaited<Value> : never

type Call = { readonly id: number; readonly method: string; readonly input: unknown }
type Answer = { readonly id: number; readonly output?: unknown; readonly failure?: string }
type Waiting = { readonly resolve: (output: unknown) => void; readonly reject: (error: Error) => void }

export type Child<Served extends Methods> = {
  call<Name extends keyof Served & string>(
    method: Name,
    input: Input<Served[Name]>,
    timeoutMs?: number,
  ): Promise<Output<Served[Name]>>
  /** Calls the child's `close`, waits for its end, and kills it if that takes too long. Never rejects. */
  close(): Promise<void>
}

export type ChildOptions = {
  readonly args?: readonly string[]
  readonly nodeOptions?: readonly string[]
  /** Added to this process's own. */
  readonly environment?: Readonly<Record<string, string>>
  /** Kills the child. */
  readonly signal: AbortSignal
}

const CALL_TIMEOUT_MS = 30_000
const CLOSE_TIMEOUT_MS = 15_000

/** `Served` must have a method `close`, after which the process ends by itself. */
export function startChild<Served extends Methods & { readonly close: () => unknown }>(
  script: URL,
  { args = [], nodeOptions = [], environment = {}, signal }: ChildOptions,
): Child<Served> {
  const name = path.basename(script.pathname, '.ts')
  const child = fork(fileURLToPath(script), args, {
    execArgv: [...nodeOptions],
    env: { ...process.env, ...environment },
    stdio: ['ignore', 2, 2, 'ipc'],
    signal,
  })
  const waiting = new Map<number, Waiting>()
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => {
      resolve()
      rejectAll(`The process "${name}" ended before it answered.`)
    })
  })
  let nextId = 1

  function rejectAll(detail: string): void {
    for (const call of waiting.values()) call.reject(benchErrors.bench_failed(detail))
    waiting.clear()
  }

  child.on('error', (error) => rejectAll(`The process "${name}" failed: ${error.message}.`))
  child.on('message', (message) => {
    const { id, output, failure } = message as Answer
    const call = waiting.get(id)
    waiting.delete(id)
    if (failure === undefined) call?.resolve(output)
    else call?.reject(benchErrors.bench_failed(`${name}: ${failure}`))
  })

  function call(method: string, input: unknown, timeoutMs = CALL_TIMEOUT_MS): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    const id = nextId++
    const timer = setTimeout(() => {
      waiting.delete(id)
      reject(benchErrors.bench_failed(`The process "${name}" did not answer "${method}" in ${timeoutMs} ms.`))
    }, timeoutMs)
    waiting.set(id, { resolve, reject })
    if (child.connected) child.send({ id, method, input } satisfies Call)
    else rejectAll(`The process "${name}" has ended.`)
    return promise.finally(() => clearTimeout(timer))
  }

  return {
    call: call as Child<Served>['call'],
    async close() {
      const killer = setTimeout(() => child.kill('SIGKILL'), CLOSE_TIMEOUT_MS)
      await call('close', undefined, CLOSE_TIMEOUT_MS).catch(() => child.kill('SIGKILL'))
      await ended
      clearTimeout(killer)
    },
  }
}

/** Answers the parent's calls, one after the other or at once; after `close` the channel is let go. */
export function serveParent(methods: Methods): void {
  async function answer({ id, method, input }: Call): Promise<void> {
    try {
      const serve = methods[method]
      if (serve === undefined) throw new InvariantError(`There is no method "${method}".`)
      const output: unknown = await serve(input as never)
      process.send?.({ id, output } satisfies Answer)
    } catch (error) {
      const failure = error instanceof Error ? error.message : String(error)
      process.send?.({ id, failure } satisfies Answer)
    }
    if (method === 'close') process.disconnect?.()
  }
  process.on('message', (message) => void answer(message as Call))
  // The terminal sends its interruption to every process of the group; the parent decides what it means.
  process.on('SIGINT', () => undefined)
  process.on('disconnect', () => setTimeout(() => process.exit(), CLOSE_TIMEOUT_MS).unref())
}
