/**
 * Sends what is due, several at once: so many in all, so many for one manufacturer and so many to one endpoint, so that who is slow keeps
 * only its own waiting. Endpoints take turns: the one that was served longest ago is next.
 *
 * A run ends when nothing is due and nothing under way; meanwhile it looks again once a second for what has fallen due. What could not be
 * sent for days is given up first, also where nothing can be sent at all: nobody expects news of months ago.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { SECOND_MS } from '../core/index.ts'
import {
  endAttempt,
  findDue,
  giveUpOverdue,
  takeDelivery,
  type AttemptEnd,
  type DueDelivery,
  type TakenDelivery,
} from './deliveries.ts'
import { deliveryProblems } from './delivery-problems.ts'
import type { WebhookAnswer } from './post-webhook.ts'
import { getSecretKey, signDelivery } from './signing-secrets.ts'
import type { WebhooksContext } from './webhooks-context.ts'

const AT_ONCE = 32
const AT_ONCE_FOR_ONE_MANUFACTURER = 8
const AT_ONCE_TO_ONE_ENDPOINT = 4

export type SentCounts = Readonly<Record<AttemptEnd, number>>

export type Sender = {
  deliverWaiting(): Promise<SentCounts>
  /** Breaks off what is under way, which does not count as an attempt; it is sent again after a restart. */
  close(): void
}

export function createSender(context: WebhooksContext): Sender {
  const { ledger, clock, randomBytes, log, post } = context
  const closing = new AbortController()
  const ofManufacturers = createPlaces(AT_ONCE_FOR_ONE_MANUFACTURER)
  const ofEndpoints = createPlaces(AT_ONCE_TO_ONE_ENDPOINT)
  /** In the order in which they were served, the last one at the end. */
  const served = new Set<string>()

  async function attempt(due: TakenDelivery): Promise<AttemptEnd | undefined> {
    const startedAt = clock.now()
    const answer = await answerOf(due, startedAt)
    // Whether it arrived is not known; it stays taken and falls due again.
    if (closing.signal.aborted && answer.status === undefined) return undefined
    const { problem, status } = answer
    const [jitterByte = 0] = randomBytes(1)
    const end = await endAttempt(ledger, due, { ...answer, startedAt, endedAt: clock.now() }, jitterByte)
    if (problem !== undefined) {
      const { id: endpointId, eventId, attempts } = due
      log.warn(
        { endpointId, eventId, attempts, status, problem: problem.sentence },
        'a webhook was not delivered',
      )
    }
    return end
  }

  async function answerOf(due: DueDelivery, at: number): Promise<WebhookAnswer> {
    const { eventId, payload, url } = due
    let headers
    try {
      headers = signDelivery(due, getSecretKey(context.secretKey), { id: eventId, at, payload })
    } catch {
      const problem = deliveryProblems.say('secret_unreadable')
      return { status: undefined, problem, answer: undefined, retryAfter: undefined }
    }
    return await post(url, headers, payload, closing.signal)
  }

  /** As many as there is room for, those first whose turn it is. */
  async function takeSome(room: number): Promise<readonly TakenDelivery[]> {
    const full = { manufacturers: ofManufacturers.full(), endpoints: ofEndpoints.full() }
    const now = clock.now()
    const due = await findDue(ledger, now, full)
    const places = new Map([...served].map((id, place) => [id, place]))
    const placeOf = ({ id }: DueDelivery) => places.get(id) ?? -1
    const taken: TakenDelivery[] = []
    for (const delivery of due.toSorted((left, right) => placeOf(left) - placeOf(right))) {
      if (taken.length === room) break
      if (ofManufacturers.isFull(delivery.manufacturerId)) continue
      const one = await takeDelivery(ledger, delivery, now)
      if (one === undefined) continue
      ofManufacturers.take(one.manufacturerId)
      ofEndpoints.take(one.id)
      served.delete(one.id)
      served.add(one.id)
      taken.push(one)
    }
    return taken
  }

  async function giveUp(): Promise<number> {
    const problem = deliveryProblems.say(
      context.secretKey === undefined ? 'given_up_without_key' : 'given_up',
    )
    const deliveries = await giveUpOverdue(ledger, clock.now(), problem)
    if (deliveries > 0) log.warn({ deliveries, problem: problem.sentence }, 'webhooks were given up')
    return deliveries
  }

  return {
    async deliverWaiting() {
      const counts = { delivered: 0, postponed: 0, failed: await giveUp() }
      if (context.secretKey === undefined) return counts
      const underWay = new Set<Promise<void>>()
      const failures: unknown[] = []
      while (!closing.signal.aborted && failures.length === 0) {
        // Who was left out as busy may have become free during the look.
        const wasBusy = underWay.size > 0
        const taken = underWay.size < AT_ONCE ? await takeSome(AT_ONCE - underWay.size) : []
        for (const due of taken) {
          const work = attempt(due)
            .then(
              (end) => void (end !== undefined && (counts[end] += 1)),
              (error: unknown) => void failures.push(error),
            )
            .finally(() => {
              underWay.delete(work)
              ofManufacturers.release(due.manufacturerId)
              ofEndpoints.release(due.id)
            })
          underWay.add(work)
        }
        if (taken.length > 0) continue
        if (underWay.size > 0) await whenOneEnds(underWay)
        else if (!wasBusy) break
      }
      await Promise.all(underWay)
      if (failures.length > 0) throw new AggregateError(failures, 'Attempts could not be noted.')
      return counts
    },
    close() {
      closing.abort()
    },
  }
}

/** How many are under way for each id; who has as many as it may is full. */
function createPlaces(most: number) {
  const counts = new Map<string, number>()
  const isFull = (id: string) => (counts.get(id) ?? 0) >= most
  return {
    isFull,
    full: () => [...counts.keys()].filter(isFull),
    take: (id: string) => void counts.set(id, (counts.get(id) ?? 0) + 1),
    release(id: string) {
      const count = (counts.get(id) ?? 1) - 1
      if (count > 0) counts.set(id, count)
      else counts.delete(id)
    },
  }
}

/** Or a second later. */
async function whenOneEnds(underWay: ReadonlySet<Promise<void>>): Promise<void> {
  const waiting = new AbortController()
  const second = wait(SECOND_MS, undefined, { signal: waiting.signal }).catch(() => undefined)
  await Promise.race([...underWay, second])
  waiting.abort()
}
