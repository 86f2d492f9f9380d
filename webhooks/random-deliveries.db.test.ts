/**
 * Random answers, kills, replays and switches against a plain model: what an endpoint wanted arrives there at least once with its own id
 * and bytes, unless the attempts were used up or the endpoint was off, and what it did not want never arrives.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DAY_MS } from '../core/index.ts'
import { deliveryProblems } from './delivery-problems.ts'
import type { EventType } from './event-types.ts'
import type { PostWebhook } from './post-webhook.ts'
import { acme, openWebhooksFixture } from './testing/webhooks-fixture.ts'

/** For a hang, not for speed: ten ledgers are made, which takes long on a machine that does much else. */
const TIMEOUT_MS = 120_000

const { SEED, SEED_PATH } = process.env
const seed = Number(SEED ?? Math.floor(Math.random() * 2 ** 31))

/** How a post ends: with a status, without one, or with the process killed before (`lost`) or after (`kept`) it arrived. */
const endings = [200, 200, 200, 500, 429, undefined, 'lost', 'kept'] as const
type Ending = (typeof endings)[number]

const step = fc.oneof(
  fc.record({ kind: fc.constant('issue' as const) }),
  fc.record({ kind: fc.constant('pay' as const) }),
  fc.record({ kind: fc.constant('deliver' as const), afterMs: fc.nat(2 * DAY_MS) }),
  fc.record({ kind: fc.constant('replay' as const), event: fc.nat() }),
)
const wanted: readonly (readonly EventType[] | undefined)[] = [
  undefined,
  ['invoice.issued'],
  ['invoice.paid'],
]

function drawn(stream: Iterator<Ending>): Ending {
  const { done, value } = stream.next()
  return done === true ? 200 : value
}

describe('each event', () => {
  it(
    'arrives at least once at each endpoint that wanted it, with the same id',
    async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(step, { minLength: 1, maxLength: 12 }),
          fc.infiniteStream(fc.constantFrom(...endings)),
          async (steps, stream) => {
            await using fixture = openWebhooksFixture()
            const { clock, changes } = fixture
            const arrived = new Map<string, Set<string>>()
            let isHealthy = false
            const nextEnding = (): Ending => (isHealthy ? 200 : drawn(stream))
            /** A process: it posts until one of its posts kills it. */
            const openProcess = () => {
              const post: PostWebhook = async (url, headers, payload) => {
                const ending = nextEnding()
                if (ending === 'kept' || typeof ending === 'number') {
                  arrived.set(url, (arrived.get(url) ?? new Set()).add(`${headers['webhook-id']} ${payload}`))
                }
                if (ending === 'lost' || ending === 'kept') sender.close()
                const status = typeof ending === 'number' ? ending : undefined
                const problem =
                  status === 200
                    ? undefined
                    : deliveryProblems.say('unreachable', { errorCode: 'ECONNRESET' })
                return { status, problem, answer: undefined, retryAfter: '60' }
              }
              const sender = fixture.open({ post })
              return sender
            }
            const urls = wanted.map((_types, no) => `http://127.0.0.1:9/${no}`)
            for (const [no, types] of wanted.entries()) await fixture.addEndpoint(urls[no] ?? '', types)
            for (const each of steps) {
              if (each.kind === 'issue') await fixture.noteIssued()
              if (each.kind === 'pay') await fixture.notePaid()
              if (each.kind === 'deliver') {
                clock.at += each.afterMs
                await openProcess().deliverWaiting()
              }
              const events = await fixture.events()
              if (each.kind === 'replay' && events.length > 0) {
                await changes.replayEvent(acme, events[each.event % events.length]?.id ?? '')
              }
            }
            // Whatever was given up, also as overdue, or switched off is asked for again, and now everything works.
            isHealthy = true
            await openProcess().deliverWaiting()
            const { items } = await fixture.webhooks.listEndpoints(acme, { limit: 100 })
            for (const { id } of items) {
              await changes.changeEndpoint(acme, id, { state: 'on' }, undefined)
              await changes.replayMissed(acme, id, 0)
            }
            // Longer than the longest pause.
            clock.at += 2 * DAY_MS
            await openProcess().deliverWaiting()
            for (const [no, types] of wanted.entries()) {
              const due = (await fixture.events())
                .filter(({ type }) => types === undefined || types.some((each) => each === type))
                .map(({ id, payload }) => `${id} ${payload}`)
              expect([...(arrived.get(urls[no] ?? '') ?? [])].toSorted()).toEqual(due.toSorted())
            }
            const open = await fixture.ledger
              .selectFrom('webhook_deliveries')
              .select('state')
              .where('state', '<>', 'delivered')
              .execute()
            expect(open).toEqual([])
          },
        ),
        { seed, numRuns: 10, ...(SEED_PATH === undefined ? {} : { path: SEED_PATH }) },
      )
    },
    TIMEOUT_MS,
  )
})
