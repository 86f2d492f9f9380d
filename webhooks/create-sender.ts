/**
 * Sends what is due, several at once: so many in all, and so many to one endpoint, so that a slow one keeps only its own waiting. Endpoints
 * take turns: the one that was served longest ago is next.
 *
 * A run ends when nothing is due and nothing under way; meanwhile it looks again once a second for what has fallen due.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { SECOND_MS } from '../core/index.ts'
import { endAttempt, findDue, takeDelivery, type AttemptEnd, type DueDelivery } from './deliveries.ts'
import type { WebhookAnswer } from './post-webhook.ts'
import { getSecretKey, signDelivery } from './signing-secrets.ts'
import type { WebhooksContext } from './webhooks-context.ts'

const AT_ONCE = 32
const AT_ONCE_TO_ONE = 4

export type SentCounts = Readonly<Record<AttemptEnd, number>>

export type Sender = {
  deliverWaiting(): Promise<SentCounts>
  /** Breaks off what is under way; it is sent again after a restart. */
  close(): void
}

export function createSender(context: WebhooksContext): Sender {
  const { ledger, clock, randomBytes, log, post } = context
  const closing = new AbortController()
  /** How many are under way, by endpoint. */
  const busy = new Map<string, number>()
  /** In the order in which they were served, the last one at the end. */
  const served = new Set<string>()

  async function attempt(due: DueDelivery): Promise<AttemptEnd | undefined> {
    const startedAt = clock.now()
    const answer = await answerOf(due, startedAt)
    // Whether it arrived is not known; it stays taken and falls due again.
    if (closing.signal.aborted && answer.status === undefined) return undefined
    const { problem, status } = answer
    const [jitterByte = 0] = randomBytes(1)
    const end = await endAttempt(ledger, due, { ...answer, startedAt, endedAt: clock.now() }, jitterByte)
    if (problem !== undefined) {
      const { id: endpointId, eventId, attempts } = due
      log.warn({ endpointId, eventId, attempts, status, problem }, 'a webhook was not delivered')
    }
    return end
  }

  async function answerOf(due: DueDelivery, at: number): Promise<WebhookAnswer> {
    const { eventId, payload, url } = due
    let headers
    try {
      headers = signDelivery(due, getSecretKey(context.secretKey), { id: eventId, at, payload })
    } catch {
      const problem = 'Its signing secret cannot be read: the server has another key now. Make a new secret.'
      return { status: undefined, problem, answer: undefined, retryAfter: undefined }
    }
    return await post(url, headers, payload, closing.signal)
  }

  /** As many as there is room for, those first whose turn it is. */
  async function takeSome(room: number): Promise<readonly DueDelivery[]> {
    const full = [...busy].filter(([, count]) => count >= AT_ONCE_TO_ONE).map(([id]) => id)
    const now = clock.now()
    const due = await findDue(ledger, now, full)
    const places = new Map([...served].map((id, place) => [id, place]))
    const placeOf = ({ id }: DueDelivery) => places.get(id) ?? -1
    const taken: DueDelivery[] = []
    for (const delivery of due.toSorted((left, right) => placeOf(left) - placeOf(right)).slice(0, room)) {
      if (!(await takeDelivery(ledger, delivery, now))) continue
      served.delete(delivery.id)
      served.add(delivery.id)
      taken.push(delivery)
    }
    return taken
  }

  function release(endpointId: string): void {
    const count = (busy.get(endpointId) ?? 1) - 1
    if (count > 0) busy.set(endpointId, count)
    else busy.delete(endpointId)
  }

  return {
    async deliverWaiting() {
      const counts = { delivered: 0, postponed: 0, failed: 0 }
      if (context.secretKey === undefined) return counts
      const underWay = new Set<Promise<void>>()
      const failures: unknown[] = []
      while (!closing.signal.aborted && failures.length === 0) {
        const taken = underWay.size < AT_ONCE ? await takeSome(AT_ONCE - underWay.size) : []
        for (const due of taken) {
          busy.set(due.id, (busy.get(due.id) ?? 0) + 1)
          const work = attempt(due)
            .then(
              (end) => void (end !== undefined && (counts[end] += 1)),
              (error: unknown) => void failures.push(error),
            )
            .finally(() => {
              underWay.delete(work)
              release(due.id)
            })
          underWay.add(work)
        }
        if (taken.length > 0) continue
        if (underWay.size === 0) break
        await whenOneEnds(underWay)
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

/** Or a second later. */
async function whenOneEnds(underWay: ReadonlySet<Promise<void>>): Promise<void> {
  const waiting = new AbortController()
  const second = wait(SECOND_MS, undefined, { signal: waiting.signal }).catch(() => undefined)
  await Promise.race([...underWay, second])
  waiting.abort()
}
