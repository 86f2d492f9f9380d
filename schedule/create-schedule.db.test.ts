import { pino } from 'pino'
import { describe, expect, it, vi } from 'vitest'
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, secureRandomBytes } from '../core/index.ts'
import { openSqliteThread, type LedgerTables } from '../db/index.ts'
import { openFreshLedger, type FreshLedger } from '../test/setup/fresh-ledger.ts'
import { createSchedule } from './create-schedule.ts'
import type { Claim } from './job-rows.ts'
import type { Job, Schedule } from './schedule-types.ts'

const begin = Date.parse('2026-11-20T08:00:30Z')
const minutely = { cron: '* * * * *', timeZone: 'UTC' }

class World implements AsyncDisposable {
  readonly fixture: FreshLedger = openFreshLedger()
  readonly clock = { at: begin, now: () => this.clock.at }
  readonly claims: Claim[] = []
  /** What a run does beside being counted. */
  work: () => Promise<string | undefined> = async () => 'done it'
  readonly #closing: (() => Promise<void>)[] = []

  /** As another process would have one. */
  open(kind: Partial<Job> = { calendar: minutely }): Schedule {
    const ledger = openSqliteThread<LedgerTables>(this.fixture.file)
    const job = {
      name: 'count',
      run: async (claim: Claim) => {
        this.claims.push(claim)
        return await this.work()
      },
      ...kind,
    } as Job
    const log = pino({ level: 'silent' })
    const schedule = createSchedule({
      ledger,
      clock: this.clock,
      randomBytes: secureRandomBytes,
      log,
      jobs: [job],
    })
    this.#closing.push(async () => {
      await schedule.close()
      await ledger.destroy()
    })
    return schedule
  }

  async at(schedule: Schedule, at: number): Promise<number> {
    this.clock.at = at
    const before = this.claims.length
    await schedule.runDue()
    return this.claims.length - before
  }

  async [Symbol.asyncDispose]() {
    for (const close of this.#closing) await close()
    await this.fixture[Symbol.asyncDispose]()
  }
}

const state = async (schedule: Schedule) => (await schedule.list())[0]

describe('a job of the calendar', () => {
  it('runs once for each due instant and shows its last and its next run', async () => {
    await using world = new World()
    const schedule = world.open()
    expect(await world.at(schedule, begin)).toBe(0)
    expect(await world.at(schedule, begin + 29 * SECOND_MS)).toBe(0)
    expect(await world.at(schedule, begin + 30 * SECOND_MS)).toBe(1)
    expect(await world.at(schedule, begin + 31 * SECOND_MS)).toBe(0)
    expect(await state(schedule)).toEqual({
      name: 'count',
      schedule: '* * * * * UTC',
      lastStartedAt: begin + 30 * SECOND_MS,
      lastFinishedAt: begin + 30 * SECOND_MS,
      lastOutcome: 'done',
      lastDetail: 'done it',
      nextRunAt: begin + 90 * SECOND_MS,
      isRunning: false,
    })
    expect(await world.at(schedule, begin + 90 * SECOND_MS)).toBe(1)
    expect(world.claims).toEqual([
      { dueAt: begin + 30 * SECOND_MS, missed: 0 },
      { dueAt: begin + 90 * SECOND_MS, missed: 0 },
    ])
  })

  it('does not run a due instant again after a restart, nor in a second process', async () => {
    await using world = new World()
    const [first, second] = [world.open(), world.open()]
    await world.at(first, begin)
    await world.at(second, begin)
    world.clock.at = begin + MINUTE_MS
    await Promise.all([first.runDue(), second.runDue()])
    expect(world.claims).toHaveLength(1)
    expect(await world.at(world.open(), begin + MINUTE_MS)).toBe(0)
    await Promise.all([first.runDue(), second.runDue()])
    expect(world.claims).toHaveLength(1)
  })

  it('catches up with one run after downtime and says how many it missed', async () => {
    await using world = new World()
    await world.at(world.open(), begin)
    expect(await world.at(world.open(), begin + 10 * MINUTE_MS)).toBe(1)
    expect(world.claims).toEqual([{ dueAt: begin + 10 * MINUTE_MS - 30 * SECOND_MS, missed: 9 }])
    expect(await world.at(world.open(), begin + 30 * DAY_MS)).toBe(1)
    expect(world.claims[1]?.missed).toBe(1_000)
  })

  it('runs once when the clock jumps over a due instant, and not again when it jumps back', async () => {
    await using world = new World()
    const schedule = world.open()
    await world.at(schedule, begin)
    expect(await world.at(schedule, begin + HOUR_MS)).toBe(1)
    expect(await world.at(schedule, begin)).toBe(0)
    expect(await world.at(schedule, begin + 30 * MINUTE_MS)).toBe(0)
    expect(await world.at(schedule, begin + HOUR_MS + MINUTE_MS)).toBe(1)
  })

  it('goes on after a clock that was years ahead is set right', async () => {
    await using world = new World()
    const schedule = world.open()
    await world.at(schedule, begin)
    await world.at(schedule, begin + 4_000 * DAY_MS)
    expect(await world.at(schedule, begin + MINUTE_MS)).toBe(0)
    expect((await state(schedule))?.nextRunAt).toBe(begin + 90 * SECOND_MS)
    expect(await world.at(schedule, begin + 2 * MINUTE_MS)).toBe(0)
  })

  it('shows a failure without its words and runs again at the next instant', async () => {
    await using world = new World()
    const schedule = world.open()
    await world.at(schedule, begin)
    world.work = () => Promise.reject(new Error('password=hunter2'))
    expect(await world.at(schedule, begin + MINUTE_MS)).toBe(1)
    expect(await state(schedule)).toMatchObject({
      lastOutcome: 'failed',
      lastDetail: 'It failed; the log says why.',
    })
    expect(await world.at(schedule, begin + MINUTE_MS)).toBe(0)
    world.work = async () => undefined
    expect(await world.at(schedule, begin + 2 * MINUTE_MS)).toBe(1)
    expect(await state(schedule)).toMatchObject({ lastOutcome: 'done', lastDetail: undefined })
  })

  it('never runs twice at once, in one process or two', async () => {
    await using world = new World()
    const [first, second] = [world.open(), world.open()]
    await world.at(first, begin)
    const { promise, resolve } = Promise.withResolvers<void>()
    const started = Promise.withResolvers<void>()
    world.work = async () => {
      started.resolve()
      await promise
      return undefined
    }
    world.clock.at = begin + MINUTE_MS
    const running = first.runDue()
    await started.promise
    world.clock.at = begin + 3 * MINUTE_MS
    await Promise.all([first.runDue(), second.runDue()])
    expect(world.claims).toHaveLength(1)
    expect((await state(second))?.isRunning).toBe(true)
    await expect(first.ask('count', async () => undefined)).rejects.toMatchObject({ code: 'job_running' })
    await expect(second.ask('count', async () => undefined)).rejects.toMatchObject({ code: 'job_running' })
    resolve()
    await running
    expect(await world.at(first, begin + 3 * MINUTE_MS)).toBe(1)
  })

  it('is taken over from a process that died, after its lease, for the same due instant', async () => {
    await using world = new World()
    const dead = world.open()
    await world.at(dead, begin)
    const started = Promise.withResolvers<void>()
    const end = Promise.withResolvers<undefined>()
    world.work = () => {
      started.resolve()
      return end.promise
    }
    world.clock.at = begin + MINUTE_MS
    const dying = dead.runDue()
    await started.promise
    world.fixture.byHand.exec("UPDATE jobs SET held_by = 'the dead'")
    end.resolve(undefined)
    await dying
    world.work = async () => undefined
    const next = world.open()
    world.fixture.byHand.exec(`UPDATE jobs SET last_due_at = ${begin + DAY_MS / 2}`)
    expect(await world.at(next, begin + 5 * MINUTE_MS)).toBe(0)
    expect(await world.at(next, begin + 6 * MINUTE_MS)).toBe(1)
    expect(world.claims.at(-1)).toEqual({ dueAt: begin + DAY_MS / 2, missed: 0 })
    expect((await state(next))?.isRunning).toBe(false)
  })

  it('keeps its lease for as long as its run lasts, renewed every minute', async () => {
    await using world = new World()
    const [first, second] = [world.open(), world.open()]
    await world.at(first, begin)
    const started = Promise.withResolvers<void>()
    const end = Promise.withResolvers<undefined>()
    world.work = () => {
      started.resolve()
      return end.promise
    }
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    try {
      world.clock.at = begin + MINUTE_MS
      const running = first.runDue()
      await started.promise
      const heldUntil = () =>
        world.fixture.byHand.prepare('SELECT held_until_at AS at FROM jobs').get()?.['at']
      expect(heldUntil()).toBe(begin + 6 * MINUTE_MS)
      world.clock.at = begin + 5 * MINUTE_MS
      vi.advanceTimersByTime(MINUTE_MS)
      await expect.poll(heldUntil).toBe(begin + 10 * MINUTE_MS)
      // Past the lease that the run began with: without the renewal the second process would take it.
      expect(await world.at(second, begin + 9 * MINUTE_MS)).toBe(0)
      end.resolve(undefined)
      await running
      expect(heldUntil()).toBe(null)
      world.clock.at = begin + 9 * MINUTE_MS
      vi.advanceTimersByTime(10 * MINUTE_MS)
      expect(heldUntil()).toBe(null)
    } finally {
      vi.useRealTimers()
    }
  })

  it('runs at once when it is poked, and once more when it is poked during a run', async () => {
    await using world = new World()
    const schedule = world.open()
    const { promise, resolve } = Promise.withResolvers<undefined>()
    world.work = () => promise
    schedule.poke('count')
    schedule.poke('count')
    schedule.poke('count')
    resolve(undefined)
    await expect.poll(() => world.claims.length).toBe(2)
    expect(world.claims[0]).toEqual({ dueAt: undefined, missed: 0 })
  })

  it('runs when somebody asks for it, with their note in the transaction of the claim', async () => {
    await using world = new World()
    const schedule = world.open()
    const refused = schedule.ask('count', () => Promise.reject(new Error('no note')))
    await expect(refused).rejects.toThrow('no note')
    expect(await world.fixture.ledger.selectFrom('jobs').selectAll().execute()).toEqual([])
    await schedule.ask('count', async (transaction) => {
      const row = await transaction.selectFrom('jobs').select('held_by').executeTakeFirst()
      expect(row?.held_by).toMatch(/^[0-9a-z]{26}$/)
    })
    await expect.poll(() => world.claims.length).toBe(1)
  })

  it('is unknown under another name', async () => {
    await using world = new World()
    const schedule = world.open()
    await expect(schedule.ask('other', async () => undefined)).rejects.toMatchObject({ code: 'job_unknown' })
    expect(() => schedule.poke('other')).toThrow(expect.objectContaining({ code: 'job_unknown' }) as Error)
  })
})

describe('a job with a pause', () => {
  it('runs again so long after its end, also when the clock was set back', async () => {
    await using world = new World()
    const schedule = world.open({ everyMs: 5_000 })
    expect(await world.at(schedule, begin + 4_999)).toBe(0)
    expect(await world.at(schedule, begin + 5_000)).toBe(1)
    expect(await world.at(schedule, begin + 9_999)).toBe(0)
    expect(await world.at(schedule, begin - HOUR_MS)).toBe(0)
    expect(await world.at(schedule, begin - HOUR_MS + 5_000)).toBe(1)
    expect(await state(schedule)).toMatchObject({
      schedule: 'every 5 s',
      lastOutcome: 'done',
      lastFinishedAt: begin - HOUR_MS + 5_000,
      nextRunAt: begin - HOUR_MS + 10_000,
    })
  })

  it('shows a failure and goes on', async () => {
    await using world = new World()
    const schedule = world.open({ everyMs: 5_000 })
    world.work = () => Promise.reject(new Error('down'))
    await world.at(schedule, begin + 5_000)
    expect(await state(schedule)).toMatchObject({
      lastOutcome: 'failed',
      lastDetail: 'It failed; the log says why.',
    })
    expect(await world.at(schedule, begin + 10_000)).toBe(1)
  })
})
