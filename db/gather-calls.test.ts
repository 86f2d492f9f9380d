import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { gatherCalls } from './gather-calls.ts'

const scope = {}

function openCounter(options?: { readonly atOnce?: number; readonly pauseMs?: number }) {
  const asked: number[][] = []
  const double = gatherCalls((_scope: object, inputs: readonly number[]) => {
    asked.push([...inputs])
    if (inputs.includes(13)) return Promise.reject(new Error('unlucky'))
    return Promise.resolve(inputs.map((input) => 2 * input))
  }, options)
  return { asked, double }
}

describe('gatherCalls', () => {
  it('answers what is asked in one turn together, each with its own answer', async () => {
    const { asked, double } = openCounter()
    expect(await Promise.all([double(scope, 1), double(scope, 2), double(scope, 1)])).toEqual([2, 4, 2])
    expect(await double(scope, 3)).toBe(6)
    expect(asked).toEqual([[1, 2, 1], [3]])
  })

  it('keeps calls together that go on in step', async () => {
    const { asked, double } = openCounter()
    const twice = async (input: number) => double(scope, await double(scope, input))
    expect(await Promise.all([1, 2, 3].map(twice))).toEqual([4, 8, 12])
    expect(asked).toEqual([
      [1, 2, 3],
      [2, 4, 6],
    ])
  })

  it('waits for others that come later, once there were others', async () => {
    const { asked, double } = openCounter({ pauseMs: 200 })
    const alone = double(scope, 1)
    await setTimeout(20)
    expect(await Promise.all([alone, double(scope, 2), double(scope, 3)])).toEqual([2, 4, 6])
    const first = double(scope, 4)
    await setTimeout(1)
    expect(await Promise.all([first, double(scope, 5)])).toEqual([8, 10])
    expect(asked).toEqual([[1], [2, 3], [4, 5]])
  })

  it('asks for each scope by itself', async () => {
    const { asked, double } = openCounter()
    await Promise.all([double(scope, 1), double({}, 2)])
    expect(asked).toEqual([[1], [2]])
  })

  it('asks for no more than a number at once', async () => {
    const { asked, double } = openCounter({ atOnce: 2 })
    expect(await Promise.all([1, 2, 3].map((input) => double(scope, input)))).toEqual([2, 4, 6])
    expect(asked).toEqual([[1, 2], [3]])
  })

  it('lets only the one fail that is at fault', async () => {
    const { asked, double } = openCounter()
    const ended = await Promise.allSettled([1, 13, 2].map((input) => double(scope, input)))
    expect(ended.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(asked).toEqual([[1, 13, 2], [1], [13], [2]])
  })

  it('answers a group of a scope when the one before it is answered, whoever asks meanwhile', async () => {
    let isBusy = false
    const groups: number[][] = []
    const slowly = gatherCalls(
      async (_scope: object, inputs: readonly number[]) => {
        expect(isBusy, 'another group of this scope is being answered').toBe(false)
        isBusy = true
        groups.push([...inputs])
        await setTimeout(5)
        isBusy = false
        return inputs
      },
      { atOnce: 2 },
    )
    const first = [1, 2, 3].map((input) => slowly(scope, input))
    await setTimeout(1)
    expect(await Promise.all([...first, slowly(scope, 4), slowly(scope, 5)])).toEqual([1, 2, 3, 4, 5])
    expect(groups).toEqual([[1, 2], [3, 4], [5]])
  })
})
