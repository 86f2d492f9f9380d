/**
 * Work that falls due on the sandbox's clock: that of the machine (or a test's) and what `advance` has added. Each task waits on a timer of
 * real time and runs early when the clock is moved past it, the earliest first. Tasks live in memory; who needs them after a restart
 * asks for them again.
 */
import type { Clock } from '../core/index.ts'

export type DueTasks = {
  readonly nowMs: () => number
  readonly schedule: (atMs: number, work: () => void) => void
  /** Moves the clock from one due instant to the next up to the new time, and does what is due at each. */
  readonly advance: (durationMs: number) => void
  close(): void
}

/** setTimeout takes no more; what is due later waits for `advance` or another restart of its timer. */
const MAX_TIMER_MS = 2 ** 31 - 1

type Task = { readonly atMs: number; readonly work: () => void; timer: NodeJS.Timeout }

export function createDueTasks(clock: Clock, onDone: () => void): DueTasks {
  const tasks = new Set<Task>()
  /** While the clock is being moved: what is due by its new time, the latest first. */
  let passed: Task[] | undefined
  let aheadMs = 0
  let isClosed = false
  const nowMs = () => clock.now() + aheadMs

  function schedule(atMs: number, work: () => void): void {
    if (isClosed) return
    const wait = () => setTimeout(ring, Math.min(Math.max(atMs - nowMs(), 0), MAX_TIMER_MS)).unref()
    const task = { atMs, work, timer: wait() }
    function ring(): void {
      if (atMs - nowMs() > MAX_TIMER_MS) task.timer = wait()
      else run(task)
    }
    tasks.add(task)
    if (passed === undefined) return
    const at = passed.findLastIndex((other) => other.atMs > atMs)
    passed.splice(at + 1, 0, task)
  }

  function run(task: Task): void {
    clearTimeout(task.timer)
    if (!tasks.delete(task)) return
    task.work()
    onDone()
  }

  return {
    nowMs,
    schedule,
    advance(durationMs) {
      const endMs = nowMs() + durationMs
      passed = [...tasks].sort((left, right) => right.atMs - left.atMs)
      for (let task = passed.pop(); task !== undefined && task.atMs <= endMs; task = passed.pop()) {
        aheadMs += Math.max(0, task.atMs - nowMs())
        run(task)
      }
      passed = undefined
      aheadMs += Math.max(0, endMs - nowMs())
    },
    close() {
      isClosed = true
      for (const { timer } of tasks) clearTimeout(timer)
      tasks.clear()
    },
  }
}
