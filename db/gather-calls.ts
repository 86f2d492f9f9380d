/**
 * Many calls, one statement: what is asked of the same scope (a database, a transaction, a thread) in one turn of the event loop is
 * answered together. Code that does one thing for one contract is so written once, and a thousand of it at the same time costs a
 * few statements, since they go on in step.
 *
 * A scope's groups are answered one after the other, so an answer may read what the one before it wrote; whoever asks meanwhile is in
 * the next group. An answer must not ask the same of the same scope: it would wait for itself.
 *
 * With `pauseMs` a group waits that long for callers that do not go on in step, unless the one before had a single call; at most `atOnce`
 * are in one group.
 *
 * `answer` gives one output for each input, in their order. If it fails for several, it is asked for each alone, one after the other,
 * so that only who is at fault fails; what it does must be undone when it fails, or be of a transaction that ends with that.
 */
import { setImmediate, setTimeout } from 'node:timers/promises'
import { assertInvariant } from '../core/index.ts'

type Waiting<Input, Output> = {
  readonly input: Input
  readonly resolve: (output: Output) => void
  readonly reject: (error: unknown) => void
}

export function gatherCalls<Scope extends object, Input, Output>(
  answer: (scope: Scope, inputs: readonly Input[]) => Promise<readonly Output[]>,
  { atOnce = 1_000, pauseMs = 0 }: { readonly atOnce?: number; readonly pauseMs?: number } = {},
): (scope: Scope, input: Input) => Promise<Output> {
  const waitingOf = new WeakMap<Scope, Waiting<Input, Output>[]>()
  const lastSizeOf = new WeakMap<Scope, number>()

  async function settle(scope: Scope, calls: readonly Waiting<Input, Output>[]): Promise<void> {
    const inputs = calls.map(({ input }) => input)
    try {
      const outputs = await answer(scope, inputs)
      assertInvariant(outputs.length === calls.length, 'Each call is answered.')
      for (const [index, { resolve }] of calls.entries()) resolve(outputs[index] as Output)
    } catch (error) {
      if (calls.length === 1) return calls[0]?.reject(error)
      for (const call of calls) await settle(scope, [call])
    }
  }

  async function answerAll(scope: Scope, waiting: Waiting<Input, Output>[]): Promise<void> {
    while (waiting.length > 0) {
      const isAlone = (lastSizeOf.get(scope) ?? 1) === 1
      await (isAlone || pauseMs === 0 ? setImmediate() : setTimeout(pauseMs))
      const calls = waiting.splice(0, atOnce)
      lastSizeOf.set(scope, calls.length)
      await settle(scope, calls)
    }
    waitingOf.delete(scope)
  }

  return (scope, input) =>
    new Promise<Output>((resolve, reject) => {
      const call = { input, resolve, reject }
      const waiting = waitingOf.get(scope)
      if (waiting !== undefined) return void waiting.push(call)
      const first = [call]
      waitingOf.set(scope, first)
      void answerAll(scope, first)
    })
}
