/**
 * Carries what the outbox holds to Stripe, exactly once each, wherever it is killed (I10).
 *
 * A step's attempt is committed before the call, with its exact parameters, and its answer, with what follows, after it. A call whose
 * outcome is unknown is repeated with the same key and parameters for 23 hours (Stripe keeps keys for 24). When Stripe repeats an
 * error of its own for the key, refuses the step, or the key is too old, Stripe's own lists say whether it happened;
 * only when it did not is the step renewed under a new key, or parked with a sentence if it was refused.
 *
 * Steps of all kinds are under way at the same time, so the endpoints of Stripe are used side by side; each waits for its turn at the pace
 * that Stripe allows. What concerns the account rather than a document (key, no connection, many requests that Stripe slows down) sets the
 * manufacturer aside until its next attempt is due; other manufacturers go on. Does not decide when to run: the caller does.
 */
import type { CreditNoteId, CustomerId, InvoiceId, ManufacturerId } from '../../core/index.ts'
import { outboxStepNames } from '../../db/index.ts'
import { findDueSteps, readWaiting } from './due-steps.ts'
import type { OutboxStep, StepName } from './outbox-steps.ts'
import { pushCustomer } from './push-customer.ts'
import { createSecretStore } from './secrets.ts'
import { StepRun, type StepEnd } from './run-step.ts'
import { createStripeClients, MAX_CONNECTIONS, type StripeClients } from './stripe-client.ts'
import type { StripePusherParts } from './stripe-parts.ts'

export type ParkedStep = {
  readonly invoiceId: InvoiceId | undefined
  readonly creditNoteId: CreditNoteId | undefined
  readonly step: StepName
  readonly problem: string
}

export type PushReport = {
  /** Invoices whose push ended in this run. */
  readonly finalized: readonly InvoiceId[]
  /** Documents that this run gave up; each needs a person. */
  readonly parked: readonly ParkedStep[]
  /** Steps that are left for later, and when the first of them is due. */
  readonly waiting: number
  readonly nextAttemptAt: number | undefined
}

export type StripePusher = {
  /**
   * Makes the customer at Stripe now, if it is not there, because somebody waits. Returns Stripe's id.
   * @throws AppError `stripe_not_configured`, `stripe_unreachable` with what stands in the way
   */
  pushCustomer(manufacturerId: ManufacturerId, customerId: CustomerId): Promise<string>
  /** Runs every due step. A second call while one runs joins it. Rejects only when the ledger fails. */
  pushWaiting(): Promise<PushReport>
}

export function createStripePusher(
  parts: StripePusherParts,
  clients = createStripeClients(createSecretStore(parts), parts.stripeOptions),
): StripePusher {
  let running: Promise<PushReport> | undefined
  return {
    pushCustomer: (manufacturerId, customerId) =>
      pushCustomer(parts, clients, { ...noDocument, manufacturerId, customerId }),
    pushWaiting() {
      running ??= new PushRun(parts, clients).run().finally(() => (running = undefined))
      return running
    },
  }
}

const noDocument = { invoiceId: undefined, creditNoteId: undefined }

const MAX_OF_A_KIND = MAX_CONNECTIONS
/** So many steps end before it is looked for more. */
const ROOM_TO_FILL = MAX_OF_A_KIND / 4
/** Requests in a row that Stripe refuses for going too fast, after which the manufacturer waits for the next run. */
const MAX_SLOWED = 5

class PushRun {
  readonly #parts: StripePusherParts
  readonly #steps: StepRun
  readonly #setAside = new Set<ManufacturerId>()
  readonly #slowed = new Map<ManufacturerId, number>()
  readonly #underWay = new Map<bigint, Promise<void>>()
  readonly #countOf = new Map<StepName, number>()
  readonly #finalized: InvoiceId[] = []
  readonly #parked: ParkedStep[] = []
  #ended = 0
  #failure: { readonly error: unknown } | undefined

  constructor(parts: StripePusherParts, clients: StripeClients) {
    this.#parts = parts
    this.#steps = new StepRun(parts, clients)
  }

  async run(): Promise<PushReport> {
    for (;;) {
      const ended = this.#ended
      await this.#fill()
      if (this.#failure !== undefined) break
      // What ended meanwhile may have left others due.
      if (ended !== this.#ended) continue
      if (this.#underWay.size === 0) break
      await this.#waitForRoom()
    }
    await Promise.all(this.#underWay.values())
    if (this.#failure !== undefined) throw this.#failure.error
    return { finalized: this.#finalized, parked: this.#parked, ...(await readWaiting(this.#parts.ledger)) }
  }

  async #fill(): Promise<void> {
    const wanted = outboxStepNames
      .map((kind) => ({ kind, limit: MAX_OF_A_KIND - (this.#countOf.get(kind) ?? 0) }))
      .filter(({ limit }) => limit >= ROOM_TO_FILL)
    const due = await findDueSteps(this.#parts.ledger, wanted, {
      now: this.#parts.clock.now(),
      setAside: this.#setAside,
      underWay: new Set(this.#underWay.keys()),
    })
    for (const step of due) {
      this.#countOf.set(step.step, (this.#countOf.get(step.step) ?? 0) + 1)
      const ended = this.#start(step).finally(() => {
        this.#underWay.delete(step.id)
        this.#countOf.set(step.step, (this.#countOf.get(step.step) ?? 0) - 1)
        this.#ended += 1
      })
      this.#underWay.set(step.id, ended)
    }
  }

  async #start(step: OutboxStep): Promise<void> {
    if (this.#setAside.has(step.manufacturerId)) return
    try {
      this.#note(step, await this.#steps.run(step))
    } catch (error) {
      this.#failure ??= { error }
    }
  }

  #note(step: OutboxStep, end: StepEnd): void {
    const { manufacturerId, invoiceId, creditNoteId } = step
    if (end.kind !== 'slowed') this.#slowed.delete(manufacturerId)
    switch (end.kind) {
      case 'done':
        if (step.step === 'finalize_invoice' && invoiceId !== undefined) this.#finalized.push(invoiceId)
        return
      case 'parked':
        this.#parked.push({ invoiceId, creditNoteId, step: step.step, problem: end.problem })
        return
      case 'set_aside':
        this.#setAside.add(manufacturerId)
        return
      case 'slowed': {
        const inARow = (this.#slowed.get(manufacturerId) ?? 0) + 1
        this.#slowed.set(manufacturerId, inARow)
        if (inARow >= MAX_SLOWED) this.#setAside.add(manufacturerId)
        return
      }
      case 'left':
        return
    }
  }

  async #waitForRoom(): Promise<void> {
    const enough = this.#ended + Math.min(ROOM_TO_FILL, this.#underWay.size)
    while (this.#ended < enough) {
      await Promise.race(this.#underWay.values())
    }
  }
}
