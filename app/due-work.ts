/**
 * Work that falls due by itself: each job runs alone, again after a pause, and at once when it is poked.
 *
 * A job that fails is logged and tried again after its pause; it never stops the process or the other jobs.
 */
import type { Logger } from 'pino'

export type DueWork = {
  /** Runs the job now, or once more right after the run under way. */
  poke(): void
  /** Waits for the run under way and starts no other. */
  stop(): Promise<void>
}

export function startDueWork(
  name: string,
  pauseMs: number,
  log: Logger,
  job: () => Promise<unknown>,
): DueWork {
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined
  let isPoked = false
  let isStopped = false

  async function run(): Promise<void> {
    isPoked = false
    try {
      await job()
    } catch (error) {
      log.error({ err: error, job: name }, 'a scheduled job failed; it runs again after its pause')
    }
    running = undefined
    if (!isStopped) timer = setTimeout(start, isPoked ? 0 : pauseMs)
  }

  function start(): void {
    clearTimeout(timer)
    running = run()
  }

  timer = setTimeout(start, pauseMs)
  return {
    poke() {
      if (isStopped) return
      if (running === undefined) start()
      else isPoked = true
    },
    async stop() {
      isStopped = true
      clearTimeout(timer)
      await running
    },
  }
}
