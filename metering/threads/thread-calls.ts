/**
 * Calling methods of an object that lives in a worker thread.
 *
 * `serveCalls` begins one call after the other and answers each when it is done, one that returns a promise after those that
 * came meanwhile; `connectThread` gives the caller's side. An `AppError` arrives as
 * an `AppError`. When the thread dies, every open call rejects with `store_unavailable` and the next one starts a new
 * thread, so a crash costs the calls in flight and nothing else.
 */
import { Worker, type MessagePort, type ResourceLimits, type Transferable } from 'node:worker_threads'
import { AppError, type ErrorKind } from '../../core/index.ts'
import { databaseErrors, isEnvironmentalSqliteError } from '../../db/sqlite-index.ts'

type Methods = Readonly<Record<string, (input: never) => unknown>>
type Input<Method> = Method extends (input: infer Value) => unknown ? Value : never
type Output<Method> = Method extends (input: never) => infer Value ? Awaited<Value> : never

type Call = { readonly id: number; readonly method: string; readonly input: unknown }
type Failure =
  | { readonly code: string; readonly kind: ErrorKind; readonly title: string; readonly detail: string }
  | { readonly message: string; readonly stack: string | undefined }
type Answer = { readonly id: number; readonly output?: unknown; readonly failure?: Failure }

export function serveCalls(port: MessagePort, methods: Methods): void {
  const answer = (id: number, output: unknown) => port.postMessage({ id, output } satisfies Answer)
  const refuse = (id: number, error: unknown) =>
    port.postMessage({ id, failure: toFailure(error) } satisfies Answer)
  port.on('message', ({ id, method, input }: Call) => {
    try {
      const output = methods[method]?.(input as never)
      if (!(output instanceof Promise)) answer(id, output)
      else
        output.then(
          (value) => answer(id, value),
          (error: unknown) => refuse(id, error),
        )
    } catch (error) {
      refuse(id, error)
    }
  })
}

export type ThreadConnection<Served extends Methods> = {
  call<Name extends keyof Served & string>(
    method: Name,
    input: Input<Served[Name]>,
    transfer?: readonly Transferable[],
  ): Promise<Output<Served[Name]>>
  /** Ends the thread after the calls before it were answered. */
  close(): Promise<void>
}

type Waiting = { readonly resolve: (output: unknown) => void; readonly reject: (error: Error) => void }

export function connectThread<Served extends Methods>(
  script: URL,
  workerData: unknown,
  onCrash: (error: Error) => void,
  resourceLimits: ResourceLimits = {},
): ThreadConnection<Served> {
  const waiting = new Map<number, Waiting>()
  let nextId = 1
  let worker: Worker | undefined
  let isClosing = false

  function start(): Worker {
    const started = new Worker(script, { workerData, resourceLimits })
    started.on('message', ({ id, output, failure }: Answer) => {
      const call = waiting.get(id)
      waiting.delete(id)
      if (failure === undefined) call?.resolve(output)
      else call?.reject(fromFailure(failure))
    })
    started.on('error', (error: Error) => abandon(started, error))
    started.on('exit', (code) => abandon(started, new Error(`the thread ended with code ${code}`)))
    return started
  }

  function abandon(ended: Worker, cause: Error): void {
    if (worker !== ended) return
    worker = undefined
    if (!isClosing) onCrash(cause)
    const error = databaseErrors.store_unavailable('The store restarts; try again.', { cause })
    for (const call of waiting.values()) call.reject(error)
    waiting.clear()
  }

  return {
    call(method, input, transfer = []) {
      return new Promise((resolve, reject) => {
        if (isClosing) return reject(databaseErrors.store_unavailable('The store is closing.'))
        worker ??= start()
        const id = nextId++
        waiting.set(id, { resolve: resolve as (output: unknown) => void, reject })
        worker.postMessage({ id, method, input } satisfies Call, [...transfer])
      })
    },
    async close() {
      isClosing = true
      const ended = worker
      if (ended === undefined) return
      await new Promise<void>((resolve) => {
        ended.once('exit', () => resolve())
        ended.postMessage({ id: 0, method: 'close', input: undefined } satisfies Call)
      })
    },
  }
}

function toFailure(error: unknown): Failure {
  if (isEnvironmentalSqliteError(error)) {
    return toFailure(
      databaseErrors.store_unavailable('Free space on the disk, or see what else holds the file.'),
    )
  }
  if (error instanceof AppError) {
    return { code: error.code, kind: error.kind, title: error.title, detail: error.message }
  }
  const { message, stack } = error instanceof Error ? error : new Error(String(error))
  return { message, stack }
}

function fromFailure(failure: Failure): Error {
  if ('code' in failure) return new AppError(failure.code, failure, failure.detail)
  const error = new Error(failure.message)
  if (failure.stack !== undefined) error.stack = failure.stack
  return error
}
