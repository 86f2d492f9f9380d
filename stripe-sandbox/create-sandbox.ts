/**
 * The sandbox without its transport: state, clock, events and what falls due, and the calls that a test makes beside the API. `flush` writes
 * what has changed to the state file; the transport calls it before each answer, due work calls it by itself.
 */
import type { Logger } from 'pino'
import type { Stripe } from 'stripe'
import type { Clock, RandomBytes } from '../core/index.ts'
import { answerRequest, type Answer, type ApiRequest } from './answer-request.ts'
import { methodToCharge } from './saved-methods.ts'
import { scheduleExpiry } from './checkout-sessions.ts'
import { answerBank, awaitDebit, payPart, resumeCollection, type PaymentOutcome } from './collect-invoice.ts'
import { closeDispute, openDispute } from './disputes.ts'
import { scheduleFailure } from './refunds.ts'
import { createDueTasks } from './due-tasks.ts'
import { newEvent } from './events.ts'
import type { Fault, FaultThatHappened } from './faults.ts'
import { createIdSource } from './id-source.ts'
import { createIdempotency, v1Rules, v2Rules, type IdempotencyRules } from './idempotency.ts'
import { assertStatus, scheduleOverdue, withAutomaticFinalization } from './invoice-lifecycle.ts'
import { getInvoice } from './invoice-store.ts'
import type { SandboxContext } from './operation.ts'
import { createRateLimiter, type RateLimits } from './rate-limits.ts'
import type { SandboxState, StoredCustomer, StoredInvoice } from './sandbox-state.ts'
import { inspectState, type SandboxContents, type Troubles } from './inspect-state.ts'
import { openStateFile } from './state-file.ts'
import { invalidRequest } from './stripe-failure.ts'
import { createSearchIndex } from './search-index.ts'
import type { DeliveryDisorder, WebhookTarget } from './webhook-delivery.ts'
import { createWebhookDispatch } from './webhook-dispatch.ts'
import { rollSecret } from './webhook-endpoints.ts'

export type SandboxOptions = {
  readonly clock: Clock
  readonly randomBytes: RandomBytes
  readonly log: Logger
  /** The one secret key that is let in. */
  readonly apiKey: string
  readonly webhook?: WebhookTarget
  /** Keeps everything in this file over restarts; without it, in memory only. */
  readonly stateFile?: string
  /** How long after finalizing an invoice with `auto_advance` collects by itself. 200 unless given. */
  readonly collectionDelayMs?: number
  /** The pause before a webhook that was not taken is sent again; it doubles. 1,000 unless given. */
  readonly webhookRetryMs?: number
  /** False: a new customer has no card until one is attached. True unless given. */
  readonly newCustomersPay?: boolean
  /** False: events are delivered and then forgotten, so that memory holds only the objects. True unless given. */
  readonly keepEvents?: boolean
  /** False: the list of mutations stays empty. True unless given. */
  readonly keepMutations?: boolean
  /** How many answers are kept under idempotency keys at most, beside the 24 hours. 100,000 unless given. */
  readonly maxKeptAnswers?: number
  /** No limits unless given. */
  readonly limits?: RateLimits
  /** Loses, doubles, reorders and delays deliveries; none of that unless given. */
  readonly deliveries?: DeliveryDisorder
  /** How long search does not see a change. 60,000 unless given. */
  readonly searchLagMs?: number
  /** How long summaries do not count a meter event. 60,000 unless given. */
  readonly meterLagMs?: number
  /** True: a meter event with a mistake is answered like any other, and never counts. False unless given: it is refused. */
  readonly meterRejectsLater?: boolean
}

/** Only the last ones are remembered. */
const MAX_FAULTS = 1_000

export type Sandbox = {
  readonly context: SandboxContext
  answer(request: ApiRequest, fault: Fault | undefined): Promise<Answer>
  /** Puts an ordered failure on record. */
  readonly onFault: (fault: FaultThatHappened) => void
  readonly flush: () => void
  readonly inspect: () => SandboxContents
  readonly troubles: () => Troubles
  readonly setWebhook: (target: WebhookTarget) => void
  readonly rollSecret: (endpointId: string, keepOldMs: number) => string
  /** Takes up what was under way before a restart. */
  resume(): void
  readonly advance: (durationMs: number) => void
  readonly payPartly: (invoiceId: string, amount: number) => Stripe.Invoice
  readonly openDispute: (chargeId: string, amount?: number) => Stripe.Dispute
  readonly closeDispute: (disputeId: string, result: 'won' | 'lost') => Stripe.Dispute
  /** The customer answers the bank's question about the payment of an invoice that waits for it. */
  readonly answerBank: (invoiceId: string, isConfirmed: boolean) => PaymentOutcome
  close(): Promise<void>
}

export function createSandbox(options: SandboxOptions, url: () => string): Sandbox {
  const tasks = createDueTasks(options.clock, () => file.flush())
  const searchLagMs = options.searchLagMs ?? 60_000
  const searchable = {
    invoices: createSearchIndex<StoredInvoice>(searchLagMs, tasks.nowMs),
    customers: createSearchIndex<StoredCustomer>(searchLagMs, tasks.nowMs),
  }
  const file = openStateFile(options.stateFile, {
    onInvoice: searchable.invoices.record,
    onCustomer: searchable.customers.record,
  })
  const state: SandboxState = file.state
  const isKept = options.keepEvents ?? true
  const webhooks = createWebhookDispatch({
    state,
    nowMs: tasks.nowMs,
    schedule: tasks.schedule,
    log: options.log,
    retryMs: options.webhookRetryMs ?? 1_000,
    disorder: options.deliveries,
    webhook: options.webhook,
    isKept,
    flush: file.flush,
  })
  const context: SandboxContext = {
    state,
    searchable,
    settings: {
      newCustomersPay: options.newCustomersPay ?? true,
      collectionDelayMs: options.collectionDelayMs ?? 200,
      meterLagMs: options.meterLagMs ?? 60_000,
      meterRejectsLater: options.meterRejectsLater ?? false,
    },
    nowMs: tasks.nowMs,
    nowSecond: () => Math.floor(tasks.nowMs() / 1000),
    newId: createIdSource(options.randomBytes),
    url,
    emit(type, object) {
      const endpoints = webhooks.endpointsFor(type)
      if (!isKept && endpoints.length === 0) return
      const event = newEvent(context, type, object, endpoints.length)
      if (isKept) state.events.put(event)
      webhooks.dispatch(event, endpoints)
    },
    schedule: tasks.schedule,
  }
  function keysOf(rules: IdempotencyRules, kind: 'answers' | 'v2Answers') {
    return createIdempotency({
      rules,
      answers: state[kind],
      nowMs: tasks.nowMs,
      maxKept: options.maxKeptAnswers ?? 100_000,
      onChange: (name, answer) => file.record(kind, name, answer),
    })
  }
  const limiter = createRateLimiter(options.limits, tasks.nowMs)
  const faults: FaultThatHappened[] = []
  const parts = {
    context,
    idempotency: { v1: keysOf(v1Rules, 'answers'), v2: keysOf(v2Rules, 'v2Answers') },
    apiKey: options.apiKey,
    limiter,
    limits: options.limits,
    onMutation(mutation: SandboxState['mutations'][number]) {
      if (options.keepMutations === false) return
      state.mutations.push(mutation)
      file.record('mutations', String(state.mutations.length), mutation)
    },
  }

  const troubles = () => ({ faults: [...faults], refusedByLimits: limiter.refusedCount() })

  function saved<T>(work: () => T): T {
    const done = work()
    file.flush()
    return done
  }

  return {
    context,
    answer: (request, fault) => answerRequest(parts, request, fault),
    flush: file.flush,
    onFault(fault) {
      faults.push(fault)
      if (faults.length > MAX_FAULTS) faults.shift()
    },
    troubles,
    inspect: () => ({ ...inspectState(context), ...troubles() }),
    setWebhook: webhooks.setWebhook,
    rollSecret: (endpointId, keepOldMs) => saved(() => rollSecret(context, endpointId, keepOldMs)),
    resume() {
      webhooks.resume()
      for (const stored of state.invoices.all()) {
        if (stored.invoice.status === 'draft') withAutomaticFinalization(context, stored)
        else resumeCollection(context, stored)
        if (stored.invoice.status === 'open') scheduleOverdue(context, stored)
      }
      for (const intent of state.paymentIntents.all()) awaitDebit(context, intent)
      for (const refund of state.refunds.all()) {
        if (refund.status === 'pending') scheduleFailure(context, refund)
      }
      for (const session of state.checkoutSessions.all()) scheduleExpiry(context, session)
    },
    advance: tasks.advance,
    payPartly: (invoiceId, amount) => saved(() => payPartly(context, invoiceId, amount)),
    openDispute: (chargeId, amount) => saved(() => openDispute(context, chargeId, amount)),
    closeDispute: (disputeId, result) => saved(() => closeDispute(context, disputeId, result)),
    answerBank: (invoiceId, isConfirmed) => saved(() => answerBank(context, invoiceId, isConfirmed)),
    async close() {
      tasks.close()
      await webhooks.close()
      file.close()
    },
  }
}

function payPartly(context: SandboxContext, invoiceId: string, amount: number): Stripe.Invoice {
  const stored = getInvoice(context.state, invoiceId)
  assertStatus(stored, ['open', 'uncollectible'], 'paid')
  if (amount <= 0 || amount > stored.invoice.amount_remaining) {
    throw invalidRequest(
      `Between 1 and ${stored.invoice.amount_remaining} can be paid.`,
      'parameter_invalid',
      'amount',
    )
  }
  return payPart(
    context,
    stored,
    methodToCharge(context, 'pm_card_visa', stored.invoice.customer, 'payment_method'),
    amount,
  ).invoice
}
