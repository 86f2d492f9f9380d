import { afterEach, describe, expect, it } from 'vitest'
import { createDueTasks, type DueTasks } from './due-tasks.ts'

const closers: DueTasks[] = []
afterEach(() => {
  for (const tasks of closers.splice(0)) tasks.close()
})

function aClock(onDone: () => void = () => undefined): DueTasks {
  const tasks = createDueTasks({ now: () => 1_000_000 }, onDone)
  closers.push(tasks)
  return tasks
}

describe('what falls due', () => {
  it('is done in the order of its instants when the clock is moved past them', () => {
    const done: string[] = []
    const tasks = aClock(() => done.push('saved'))
    tasks.schedule(1_090_000, () => done.push('later'))
    tasks.schedule(1_050_000, () => done.push('sooner'))
    tasks.schedule(1_100_001, () => done.push('not yet'))
    tasks.advance(100_000)
    expect([tasks.nowMs(), done]).toEqual([1_100_000, ['sooner', 'saved', 'later', 'saved']])
  })

  it('includes what that work schedules, each at its own time', () => {
    const done: number[] = []
    const tasks = aClock()
    const again = (atMs: number) =>
      tasks.schedule(atMs, () => {
        done.push(tasks.nowMs())
        again(tasks.nowMs() + 40_000)
      })
    again(1_040_000)
    tasks.schedule(1_060_000, () => done.push(1))
    tasks.advance(100_000)
    expect([...done, tasks.nowMs()]).toEqual([1_040_000, 1, 1_080_000, 1_100_000])
  })

  it('is done by a timer when nobody moves the clock', async () => {
    const { promise, resolve } = Promise.withResolvers<string>()
    aClock().schedule(1_000_001, () => resolve('done'))
    expect(await promise).toBe('done')
  })

  it('is left undone once it is closed', () => {
    const done: string[] = []
    const tasks = aClock()
    tasks.schedule(1_000_500, () => done.push('work'))
    tasks.close()
    tasks.schedule(1_000_600, () => done.push('work'))
    tasks.advance(10_000)
    expect(done).toEqual([])
  })
})
