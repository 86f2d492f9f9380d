/** One attempt at one step: prepared, committed, sent, and its outcome recorded, or the step left, renewed or parked. */
import type { Stripe } from 'stripe'
import { AppError, HOUR_MS, MINUTE_MS, SECOND_MS, type ManufacturerId } from '../../core/index.ts'
import { classifyFailure } from './classify-failure.ts'
import { stripeCreditSteps } from './credit-note-steps.ts'
import { stripeCustomerSteps } from './customer-steps.ts'
import { stripeInvoiceSteps } from './invoice-steps.ts'
import {
  beginAttempt,
  postponeStep,
  renewStep,
  type OutboxStep,
  type StepName,
  type StoredCall,
} from './outbox-steps.ts'
import { openContext } from './open-context.ts'
import { stripeOutsideSteps } from './outside-payment-steps.ts'
import { PushProblem, pushProblems, type SaidPushProblem } from './push-problems.ts'
import { recordOvertaken, recordParked, recordStep } from './record-step.ts'
import { Overtaken, type Outcome, type StepContext, type StripeStep } from './step-context.ts'
import type { StripeClients } from './stripe-client.ts'
import type { StripePusherParts } from './stripe-parts.ts'

/** What became of the step, as far as it concerns others. */
export type StepEnd =
  | { readonly kind: 'done' }
  | { readonly kind: 'parked'; readonly problem: string }
  /** Nothing else of this manufacturer would fare better now. */
  | { readonly kind: 'set_aside' }
  /** Stripe asked to go slower. */
  | { readonly kind: 'slowed' }
  /** For later, or for somebody else. */
  | { readonly kind: 'left' }

const KEY_WINDOW_MS = 23 * HOUR_MS
const FIRST_PAUSE_MS = 2 * SECOND_MS
const SLOW_DOWN_MS = 300
const MAX_PAUSE_MS = 15 * MINUTE_MS

const stripeSteps: Readonly<Record<StepName, StripeStep>> = {
  ...stripeCustomerSteps,
  ...stripeInvoiceSteps,
  ...stripeOutsideSteps,
  ...stripeCreditSteps,
}

export class StepRun {
  readonly #parts: StripePusherParts
  readonly #clients: StripeClients
  readonly #clientsOfRun = new Map<ManufacturerId, Promise<Stripe>>()

  constructor(parts: StripePusherParts, clients: StripeClients) {
    this.#parts = parts
    this.#clients = clients
  }

  /** Rejects only when the ledger fails. */
  async run(step: OutboxStep): Promise<StepEnd> {
    const { clock, ledger } = this.#parts
    const opened = await this.#open(step)
    if ('end' in opened) return opened.end
    const { context } = opened
    const isKeyOld = step.firstAttemptAt !== undefined && clock.now() - step.firstAttemptAt >= KEY_WINDOW_MS
    const what = stripeSteps[step.step]
    if (what.isUnwanted?.(context, step.call) === true) {
      return await this.#lookThen(context, step.call, () => this.#overtake(context, undefined))
    }
    if (isKeyOld) return await this.#lookThen(context, step.call, () => this.#renew(context))
    const planned = await attempt(async () => step.call ?? (await what.plan(context)))
    if ('error' in planned) return await this.#handleFailure(context, undefined, planned.error)
    const checked = await attempt(async () => await what.check?.(context, planned.value))
    if ('error' in checked) return await this.#handleFailure(context, undefined, checked.error)
    if (checked.value !== undefined) return await this.#record(context, planned.value, checked.value)
    const call = await beginAttempt(ledger, { step, call: planned.value, now: clock.now() })
    if (call === undefined) return { kind: 'left' }
    const sent = await attempt(() => what.send(context, call))
    if ('value' in sent) return await this.#record(context, call, sent.value)
    return await this.#handleFailure(context, call, sent.error)
  }

  async #open(step: OutboxStep): Promise<{ readonly context: StepContext } | { readonly end: StepEnd }> {
    try {
      const stripe = await this.#clientOf(step.manufacturerId)
      return { context: await openContext(this.#parts, stripe, step) }
    } catch (error) {
      const problem = findSetUpProblem(error)
      if (problem === undefined) throw error
      return { end: await this.#setAside(step, problem, MAX_PAUSE_MS) }
    }
  }

  /** Asked for once in a run: another key that is entered meanwhile counts from the next run on. */
  #clientOf(manufacturerId: ManufacturerId): Promise<Stripe> {
    const known = this.#clientsOfRun.get(manufacturerId)
    if (known !== undefined) return known
    const client = this.#clients.getClient(manufacturerId)
    this.#clientsOfRun.set(manufacturerId, client)
    return client
  }

  /** `call` is undefined when nothing was sent yet. */
  async #handleFailure(context: StepContext, call: StoredCall | undefined, error: unknown): Promise<StepEnd> {
    const { step } = context
    if (error instanceof Overtaken) return await this.#overtake(context, error.invoice)
    const failure = classifyFailure(error)
    switch (failure.kind) {
      case 'rate_limited': {
        const pauseMs = this.#pauseMs(step)
        // Stripe counts by the second: others of the account go on after a part of one.
        this.#clients.pause(step.manufacturerId, Math.min(pauseMs / 4, SLOW_DOWN_MS))
        await this.#postpone(step, failure.problem, pauseMs)
        return { kind: 'slowed' }
      }
      case 'unauthorized':
        return await this.#setAside(step, failure.problem, MAX_PAUSE_MS)
      case 'unknown': {
        const isRepeated = failure.isAnswered && step.attempts > 0n && call !== undefined
        if (isRepeated) return await this.#lookThen(context, call, () => this.#renew(context))
        if (failure.isAnswered) return await this.#postpone(step, failure.problem)
        return await this.#setAside(step, failure.problem, this.#pauseMs(step))
      }
      case 'refused':
        if (call === undefined) return await this.#park(step, failure.problem)
        return await this.#lookThen(context, call, () => this.#giveUp(context, call, failure.problem))
      case 'foreign':
        return await this.#parkForOwnReason(step, error)
    }
  }

  /** Asks Stripe whether the step already happened; `otherwise` runs only when it certainly did not. */
  async #lookThen(
    context: StepContext,
    call: StoredCall | undefined,
    otherwise: () => Promise<StepEnd>,
  ): Promise<StepEnd> {
    const { step } = context
    const looked = await attempt(() => stripeSteps[step.step].look(context, call))
    if ('error' in looked) {
      if (looked.error instanceof Overtaken) return await this.#overtake(context, looked.error.invoice)
      const failure = classifyFailure(looked.error)
      if (failure.kind === 'refused') return await otherwise()
      if (failure.kind === 'foreign') return await this.#parkForOwnReason(step, looked.error)
      return await this.#setAside(step, failure.problem, this.#pauseMs(step))
    }
    if (looked.value === undefined) return await otherwise()
    return await this.#record(context, call, looked.value)
  }

  /** Refused for good, unless what was planned has gone stale: then it is planned again. */
  async #giveUp(context: StepContext, call: StoredCall, problem: SaidPushProblem): Promise<StepEnd> {
    const step = stripeSteps[context.step.step]
    if (step.mayGoStale !== true) return await this.#park(context.step, problem)
    const planned = await attempt(async () => await step.plan(context))
    if ('error' in planned) return await this.#handleFailure(context, undefined, planned.error)
    const isStale = JSON.stringify(planned.value) !== JSON.stringify(call)
    return isStale ? await this.#renew(context) : await this.#park(context.step, problem)
  }

  async #record({ step }: StepContext, call: StoredCall | undefined, outcome: Outcome): Promise<StepEnd> {
    const { ledger, clock, log } = this.#parts
    await recordStep(ledger, { step, call, outcome, now: clock.now() })
    log.debug({ ...about(step), stripeId: outcome.stripeId }, 'a step of a Stripe push is done')
    return { kind: 'done' }
  }

  async #overtake({ step }: StepContext, invoice: Outcome['invoice']): Promise<StepEnd> {
    const { ledger, clock, log } = this.#parts
    await recordOvertaken(ledger, { step, invoice, now: clock.now() })
    log.info(about(step), 'a step of a Stripe push is not wanted any more')
    return { kind: 'left' }
  }

  async #renew({ step }: StepContext): Promise<StepEnd> {
    const { ledger, clock } = this.#parts
    await renewStep(ledger, step, clock.now(), clock.now() + this.#pauseMs(step))
    return { kind: 'left' }
  }

  async #postpone(
    step: OutboxStep,
    problem: SaidPushProblem,
    pauseMs = this.#pauseMs(step),
  ): Promise<StepEnd> {
    const { ledger, clock, log } = this.#parts
    await postponeStep(ledger, step.id, clock.now() + pauseMs, problem)
    log.warn(about(step), 'a step of a Stripe push waits')
    return { kind: 'left' }
  }

  async #setAside(step: OutboxStep, problem: SaidPushProblem, pauseMs: number): Promise<StepEnd> {
    await this.#postpone(step, problem, pauseMs)
    return { kind: 'set_aside' }
  }

  async #parkForOwnReason(step: OutboxStep, error: unknown): Promise<StepEnd> {
    if (error instanceof PushProblem) return await this.#park(step, error.said)
    this.#parts.log.fatal({ err: error, ...about(step) }, 'a Stripe push failed by a mistake')
    return await this.#park(step, pushProblems.say('program_mistake'))
  }

  async #park(step: OutboxStep, problem: SaidPushProblem): Promise<StepEnd> {
    const { ledger, clock, log } = this.#parts
    await recordParked(ledger, { step, problem, now: clock.now() })
    log.error(about(step), 'a Stripe push is parked')
    return { kind: 'parked', problem: problem.sentence }
  }

  /** Doubles each time that the step has to wait, whatever its generation; the second half of it is random. */
  #pauseMs({ postponements, generation }: OutboxStep): number {
    const doublings = Math.min(Number(postponements + 2n * (generation - 1n)), 20)
    const wholeMs = Math.min(FIRST_PAUSE_MS * 2 ** doublings, MAX_PAUSE_MS)
    const [high = 0, low = 0] = this.#parts.randomBytes(2)
    return Math.floor(wholeMs / 2 + (wholeMs / 2) * ((high * 256 + low) / 65_535))
  }
}

function about({ customerId, invoiceId, creditNoteId, step }: OutboxStep): object {
  return { customerId, invoiceId, creditNoteId, step }
}

/** What keeps an account from being asked at all. */
function findSetUpProblem(error: unknown): SaidPushProblem | undefined {
  if (!(error instanceof AppError)) return undefined
  switch (error.code) {
    case 'stripe_not_configured':
      return pushProblems.say('not_connected')
    case 'stripe_secret_unreadable':
      return pushProblems.say('secret_unreadable')
    case 'stripe_live_key_refused':
      return pushProblems.say('live_key_without_tls')
    default:
      return undefined
  }
}

async function attempt<Value>(
  work: () => Promise<Value>,
): Promise<{ readonly value: Value } | { readonly error: unknown }> {
  try {
    return { value: await work() }
  } catch (error) {
    return { error }
  }
}
