/**
 * Carries issued invoices to Stripe, exactly once each, wherever it is killed (I10).
 *
 * A step's attempt is committed before the call and its answer, with the next step, after it. A call whose outcome is
 * unknown is repeated with the same key and parameters for 23 hours (Stripe keeps keys for 24). When Stripe repeats an
 * error of its own for the key, refuses the step, or the key is too old, Stripe's own lists say whether it happened;
 * only when it did not is the step renewed under a new key, or parked with a sentence if it was refused.
 *
 * What concerns the account rather than a document (rate limit, key, no connection) sets the manufacturer aside until
 * its next attempt is due; other manufacturers go on. Does not decide when to run: the caller does.
 */
import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import {
  AppError,
  HOUR_MS,
  MINUTE_MS,
  SECOND_MS,
  type Clock,
  type InvoiceId,
  type ManufacturerId,
  type RandomBytes,
} from '../../core/index.ts'
import type { LedgerTables } from '../../db/index.ts'
import { classifyFailure } from './classify-failure.ts'
import {
  closeStep,
  findDueStep,
  findStripeCustomerId,
  markAttempt,
  mayHaveSpareDrafts,
  postponeStep,
  readWaiting,
  renewStep,
  type OutboxStep,
  type StepName,
} from './outbox.ts'
import { readPushDocument } from './push-document.ts'
import { recordStep } from './record-step.ts'
import { createSecretStore } from './secrets.ts'
import { createStripeClients, type StripeOptions } from './stripe-client.ts'
import { PushProblem, stripeSteps, type StepContext } from './stripe-steps.ts'

export type StripePusherParts = {
  readonly ledger: Kysely<LedgerTables>
  readonly clock: Clock
  readonly randomBytes: RandomBytes
  readonly log: Logger
  readonly stripeOptions: StripeOptions
  /** 32 bytes that protect the stored Stripe keys. */
  readonly secretKey: Uint8Array
}

export type PushReport = {
  /** Invoices whose push ended in this run. */
  readonly finalized: readonly InvoiceId[]
  /** Documents that this run gave up; each needs a person. */
  readonly parked: readonly {
    readonly invoiceId: InvoiceId
    readonly step: StepName
    readonly problem: string
  }[]
  /** Steps that are left for later, and when the first of them is due. */
  readonly waiting: number
  readonly nextAttemptAt: number | undefined
}

export type StripePusher = {
  /** Runs every due step. A second call while one runs joins it. Rejects only when the ledger fails. */
  pushWaiting(): Promise<PushReport>
}

const KEY_WINDOW_MS = 23 * HOUR_MS
const FIRST_PAUSE_MS = 2 * SECOND_MS
const MAX_PAUSE_MS = 15 * MINUTE_MS

export function createStripePusher(parts: StripePusherParts): StripePusher {
  let running: Promise<PushReport> | undefined
  return {
    pushWaiting() {
      running ??= new PushRun(parts).run().finally(() => (running = undefined))
      return running
    },
  }
}

class PushRun {
  readonly #parts: StripePusherParts
  readonly #clients: ReturnType<typeof createStripeClients>
  readonly #setAside = new Set<ManufacturerId>()
  readonly #finalized: InvoiceId[] = []
  readonly #parked: PushReport['parked'][number][] = []

  constructor(parts: StripePusherParts) {
    this.#parts = parts
    this.#clients = createStripeClients(createSecretStore(parts), parts.stripeOptions)
  }

  async run(): Promise<PushReport> {
    const { ledger, clock } = this.#parts
    for (;;) {
      const step = await findDueStep(ledger, clock.now(), this.#setAside)
      if (step === undefined) break
      await this.#runStep(step)
    }
    return { finalized: this.#finalized, parked: this.#parked, ...(await readWaiting(ledger)) }
  }

  async #runStep(step: OutboxStep): Promise<void> {
    const context = await this.#openContext(step)
    if (context === undefined) return
    const { ledger, clock } = this.#parts
    if (context.document.isVoid) {
      return await this.#park(step, 'The invoice was voided here before it was finalized at Stripe.')
    }
    if (step.step === 'create_customer') {
      const known = await findStripeCustomerId(ledger, context.document.customer.id)
      if (known !== undefined) return await this.#record(context, known)
    }
    const isKeyOld = step.firstAttemptAt !== undefined && clock.now() - step.firstAttemptAt >= KEY_WINDOW_MS
    if (isKeyOld) return await this.#lookThen(context, () => this.#renew(context))
    if (!(await markAttempt(ledger, step, clock.now()))) return
    const sent = await attempt(() => stripeSteps[step.step].send(context))
    if ('stripeId' in sent) return await this.#record(context, sent.stripeId)
    await this.#handleFailure(context, sent.error)
  }

  async #openContext(step: OutboxStep): Promise<StepContext | undefined> {
    const { ledger } = this.#parts
    try {
      const stripe = await this.#clients.getClient(step.manufacturerId)
      const document = await readPushDocument(ledger, step.invoiceId)
      const isLast = step.step === 'finalize_invoice'
      return {
        stripe,
        step,
        document,
        hasSpareDrafts: isLast && (await mayHaveSpareDrafts(ledger, step.invoiceId)),
      }
    } catch (error) {
      if (!(error instanceof AppError) || error.kind !== 'precondition') throw error
      await this.#setManufacturerAside(step, error.message, MAX_PAUSE_MS)
      return undefined
    }
  }

  async #handleFailure(context: StepContext, error: unknown): Promise<void> {
    const { step } = context
    const failure = classifyFailure(error)
    switch (failure.kind) {
      case 'rate_limited':
        return await this.#setManufacturerAside(step, failure.sentence, this.#pauseMs(step))
      case 'unauthorized':
        return await this.#setManufacturerAside(step, failure.sentence, MAX_PAUSE_MS)
      case 'unknown': {
        const isRepeated = failure.isAnswered && step.attempts > 0n
        if (isRepeated) return await this.#lookThen(context, () => this.#renew(context))
        if (failure.isAnswered) return await this.#postpone(step, failure.sentence)
        return await this.#setManufacturerAside(step, failure.sentence, this.#pauseMs(step))
      }
      case 'refused':
        return await this.#lookThen(context, () => this.#park(step, failure.sentence))
      case 'foreign':
        return await this.#parkForOwnReason(step, error)
    }
  }

  /** Asks Stripe whether the step already happened; `otherwise` runs only when it certainly did not. */
  async #lookThen(context: StepContext, otherwise: () => Promise<void>): Promise<void> {
    const { step } = context
    const looked = await attempt(() => stripeSteps[step.step].look(context))
    if ('error' in looked) {
      const failure = classifyFailure(looked.error)
      if (failure.kind === 'refused') return await otherwise()
      if (failure.kind === 'foreign') return await this.#parkForOwnReason(step, looked.error)
      return await this.#setManufacturerAside(step, failure.sentence, this.#pauseMs(step))
    }
    if (looked.stripeId === undefined) return await otherwise()
    await this.#record(context, looked.stripeId)
  }

  async #record(context: StepContext, stripeId: string): Promise<void> {
    const { ledger, clock, log } = this.#parts
    const { step, document } = context
    await recordStep(ledger, step, document, stripeId, clock.now())
    log.info({ invoiceId: step.invoiceId, step: step.step, stripeId }, 'a step of a Stripe push is done')
    if (step.step === 'finalize_invoice') this.#finalized.push(step.invoiceId)
  }

  async #renew({ step }: StepContext): Promise<void> {
    const { ledger, clock } = this.#parts
    await renewStep(ledger, step, clock.now(), clock.now() + this.#pauseMs(step))
  }

  async #postpone(step: OutboxStep, problem: string, pauseMs = this.#pauseMs(step)): Promise<void> {
    const { ledger, clock, log } = this.#parts
    await postponeStep(ledger, step.id, clock.now() + pauseMs, problem)
    log.warn({ invoiceId: step.invoiceId, step: step.step }, 'a step of a Stripe push waits')
  }

  async #setManufacturerAside(step: OutboxStep, problem: string, pauseMs: number): Promise<void> {
    this.#setAside.add(step.manufacturerId)
    await this.#postpone(step, problem, pauseMs)
  }

  async #parkForOwnReason(step: OutboxStep, error: unknown): Promise<void> {
    if (error instanceof PushProblem) return await this.#park(step, error.message)
    this.#parts.log.fatal(
      { err: error, invoiceId: step.invoiceId, step: step.step },
      'a Stripe push failed by a mistake',
    )
    await this.#park(
      step,
      'A mistake in this program stopped the push; report it with the log of this moment.',
    )
  }

  async #park(step: OutboxStep, problem: string): Promise<void> {
    const { ledger, log } = this.#parts
    await closeStep(ledger, step.id, { state: 'parked', problem })
    log.error({ invoiceId: step.invoiceId, step: step.step }, 'a Stripe push is parked')
    this.#parked.push({ invoiceId: step.invoiceId, step: step.step, problem })
  }

  /** Doubles with every attempt of any generation; the second half of it is random. */
  #pauseMs({ attempts, generation }: OutboxStep): number {
    const doublings = Math.min(Number(attempts + 2n * (generation - 1n)), 20)
    const wholeMs = Math.min(FIRST_PAUSE_MS * 2 ** doublings, MAX_PAUSE_MS)
    const [high = 0, low = 0] = this.#parts.randomBytes(2)
    return Math.floor(wholeMs / 2 + (wholeMs / 2) * ((high * 256 + low) / 65_535))
  }
}

async function attempt<StripeId>(
  work: () => Promise<StripeId>,
): Promise<{ readonly stripeId: StripeId } | { readonly error: unknown }> {
  try {
    return { stripeId: await work() }
  } catch (error) {
    return { error }
  }
}
