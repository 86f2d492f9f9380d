/**
 * Whatever happens in whatever order (steps end, are parked and taken up again, invoices are paid, voided, written off), the chain that
 * `wanted-step.ts` decides on keeps to what Stripe allows. Stripe is a plain state machine here.
 */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { StepName } from './outbox-steps.ts'
import {
  decide,
  nextGeneration,
  wantedCreditNote,
  wantedInvoiceStep,
  type ChainStep,
  type InvoiceFacts,
} from './wanted-step.ts'

type World = {
  status: InvoiceFacts['status']
  isPaidOutside: boolean
  /** Recorded parts that were not taken back, and how many of them Stripe was told of; and one for which it was and is taken back. */
  untold: number
  told: number
  /** Stripe was told not to collect. */
  isHeld: boolean
  /** It was told so from the beginning, or later. */
  isCollecting: boolean
  collected: boolean
  /** Of what was collected, so far as it was seen here. */
  isPartCollected: boolean
  isPartSeen: boolean
  /** It was seen here that Stripe has it paid. */
  isPaidSeen: boolean
  refunded: boolean
  stripe: 'none' | 'draft' | 'lines' | 'open' | 'paid' | 'void' | 'uncollectible' | 'deleted'
  chain: ChainStep[]
  notes: { id: string; chain: ChainStep[] }[]
}

const actions = [
  'attempt',
  'answer',
  'park',
  'retry',
  'pay_outside',
  'reverse',
  'pay_part',
  'reverse_part',
  'void',
  'write_off',
  'collect',
  'collect_part',
  'look',
  'credit',
] as const

function factsOf(world: World): InvoiceFacts {
  return {
    status: world.status,
    isPaidOutside: world.isPaidOutside,
    hasUntoldPayment: world.untold > 0,
    isHeld: world.isHeld,
    hasMoneyThere:
      (world.isPaidSeen && world.collected) || (world.isPartSeen && world.isPartCollected) || world.told > 0,
    hasLines: true,
    hasDraft: !['none'].includes(world.stripe),
    isGivenUpThere: world.stripe === 'uncollectible' && world.isPartSeen,
    isSettledThere: world.isPaidSeen,
    isCollected:
      ((world.isPaidSeen && world.collected) || (world.isPartSeen && world.isPartCollected)) &&
      !world.refunded,
    chain: world.chain,
    creditNotes: world.notes,
  }
}

let nextId = 1n

function insert(chain: ChainStep[], step: StepName): void {
  nextId += 1n
  chain.push({ id: nextId, step, state: 'waiting', generation: nextGeneration(chain, step), attempts: 0n })
}

function change(chain: ChainStep[], id: bigint, to: Partial<ChainStep>): void {
  const at = chain.findIndex((step) => step.id === id)
  chain[at] = { ...(chain[at] as ChainStep), ...to }
}

function follow(world: World): void {
  const { supersede, insert: wanted } = decide(world.chain, wantedInvoiceStep(factsOf(world)))
  if (supersede !== undefined) change(world.chain, supersede, { state: 'superseded' })
  if (wanted !== undefined) insert(world.chain, wanted)
  const note = world.notes.find(({ id }) => id === wantedCreditNote(factsOf(world)))
  if (note !== undefined) insert(note.chain, 'create_credit_note')
}

/** What Stripe does with the step; each is only ever asked of a document that can take it. False when that was overtaken. */
function carryOut(world: World, step: StepName): boolean {
  const from = world.stripe
  switch (step) {
    case 'create_invoice':
      expect(from).toBe('none')
      world.stripe = 'draft'
      break
    case 'add_lines':
      expect(from).toBe('draft')
      world.stripe = 'lines'
      break
    case 'finalize_invoice':
      expect(from).toBe('lines')
      world.stripe = 'open'
      world.isHeld = world.isPaidOutside || world.untold > 0 || world.status !== 'issued'
      world.isCollecting = !world.isHeld
      break
    case 'report_payment':
      if (from === 'paid') return false
      expect(['open', 'uncollectible']).toContain(from)
      expect(world.untold).toBeGreaterThan(0)
      world.untold -= 1
      world.told += 1
      break
    case 'start_collection':
      if (from === 'paid') return false
      expect(from).toBe('open')
      expect(world.untold).toBe(0)
      world.isCollecting = true
      break
    case 'delete_draft':
      expect(['draft', 'lines']).toContain(from)
      world.stripe = 'deleted'
      break
    case 'void_invoice':
      expect(['open', 'uncollectible', 'paid']).toContain(from)
      if (from === 'paid' || world.told > 0 || world.isPartCollected) return false
      world.stripe = 'void'
      break
    case 'mark_uncollectible':
    case 'pay_out_of_band':
      expect(['open', 'uncollectible', 'paid']).toContain(from)
      if (from === 'paid' && step === 'mark_uncollectible') return false
      world.stripe = step === 'pay_out_of_band' ? 'paid' : 'uncollectible'
      break
    case 'refund_payment':
      expect(world.collected || world.isPartCollected).toBe(true)
      world.refunded = true
      break
    default:
      throw new Error(`no such step for an invoice: ${step}`)
  }
  return true
}

function play(world: World, action: (typeof actions)[number]): void {
  const open = world.chain.findLast(({ state }) => state === 'waiting' || state === 'parked')
  const ofNote = world.notes.find(({ chain }) => chain.some(({ state }) => state === 'waiting'))
  switch (action) {
    case 'attempt':
      if (open?.state === 'waiting') change(world.chain, open.id, { attempts: open.attempts + 1n })
      break
    case 'answer':
      if (open?.state === 'waiting') {
        const isDone = carryOut(world, open.step)
        if (!isDone) Object.assign(world, { isPaidSeen: world.stripe === 'paid', isPartSeen: true })
        change(world.chain, open.id, {
          state: isDone ? 'done' : 'superseded',
          attempts: open.attempts + 1n,
        })
      } else if (ofNote !== undefined) {
        expect(['open', 'paid', 'uncollectible']).toContain(world.stripe)
        const step = ofNote.chain.find(({ state }) => state === 'waiting')
        if (step !== undefined) change(ofNote.chain, step.id, { state: 'done' })
      }
      break
    case 'park':
      if (open?.state === 'waiting') change(world.chain, open.id, { state: 'parked' })
      break
    case 'retry':
      if (open?.state === 'parked') {
        change(world.chain, open.id, { state: 'superseded' })
        insert(world.chain, open.step)
      }
      break
    case 'pay_outside':
      if (world.status === 'issued' || world.status === 'uncollectible')
        Object.assign(world, { status: 'paid', isPaidOutside: true, untold: world.untold + 1 })
      break
    case 'reverse':
      if (world.isPaidOutside) {
        Object.assign(world, {
          status: 'issued',
          isPaidOutside: false,
          untold: Math.max(0, world.untold - 1),
        })
      }
      break
    case 'pay_part':
      if (world.status === 'issued' || world.status === 'uncollectible') world.untold += 1
      break
    case 'reverse_part':
      if (world.status === 'issued' && world.untold > 0) world.untold -= 1
      break
    case 'void':
      if (world.status !== 'paid' && world.notes.length === 0 && world.untold + world.told === 0)
        world.status = 'void'
      break
    case 'write_off':
      if (world.status === 'issued') world.status = 'uncollectible'
      break
    case 'collect':
      if (world.stripe === 'open' && world.isCollecting)
        Object.assign(world, { stripe: 'paid', collected: true, refunded: false })
      break
    case 'collect_part':
      if (world.stripe === 'open' && world.isCollecting)
        Object.assign(world, { isPartCollected: true, refunded: false })
      break
    case 'look':
      Object.assign(world, { isPaidSeen: world.stripe === 'paid', isPartSeen: true })
      break
    case 'credit':
      if (world.status !== 'void' && world.notes.length < 3)
        world.notes.push({ id: `note-${world.notes.length}`, chain: [] })
      break
  }
  follow(world)
}

it('the steps of a document are what Stripe can take, one after the other, whatever happens meanwhile', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...actions), { maxLength: 40 }), (played) => {
      const world: World = {
        status: 'issued',
        isPaidOutside: false,
        untold: 0,
        told: 0,
        isHeld: false,
        isCollecting: false,
        isPartCollected: false,
        isPartSeen: false,
        collected: false,
        isPaidSeen: false,
        refunded: false,
        stripe: 'none',
        chain: [],
        notes: [],
      }
      follow(world)
      for (const action of played) {
        play(world, action)
        expect(world.chain.filter(({ state }) => state === 'waiting').length).toBeLessThanOrEqual(1)
        const waitingNotes = world.notes.filter(({ chain }) => chain.some(({ state }) => state === 'waiting'))
        expect(waitingNotes.length).toBeLessThanOrEqual(1)
      }
      // Left alone, everything comes to an end that fits the ledger.
      for (let turn = 0; turn < 30; turn += 1) {
        play(world, 'retry')
        play(world, 'answer')
        play(world, 'look')
      }
      const isAtStripe = !['none', 'deleted'].includes(world.stripe)
      if (world.status === 'void') {
        expect(
          ['none', 'deleted', 'void'].includes(world.stripe) ||
            (['paid', 'uncollectible'].includes(world.stripe) && world.refunded),
        ).toBe(true)
      } else if (world.status === 'issued') {
        expect(isAtStripe).toBe(true)
        // Everything that was recorded is known there, and the rest is collected.
        if (world.stripe === 'open') {
          expect(world.untold).toBe(0)
          expect(world.isCollecting).toBe(true)
        }
      } else if (world.status === 'paid' && isAtStripe) {
        expect(world.stripe).toBe('paid')
      }
      if (isAtStripe && world.status !== 'void') {
        const done = world.notes.filter(({ chain }) => chain.some(({ state }) => state === 'done'))
        expect(done.length).toBe(world.notes.length)
      }
    }),
    { numRuns: 2_000 },
  )
})

it('an invoice that was written off there is not collected again and again when its payment bounces', () => {
  const done = (step: StepName, id: bigint): ChainStep => ({
    id,
    step,
    state: 'done',
    generation: 1n,
    attempts: 1n,
  })
  const chain = [
    done('create_invoice', 1n),
    done('add_lines', 2n),
    done('finalize_invoice', 3n),
    done('mark_uncollectible', 4n),
  ]
  const bounced: InvoiceFacts = {
    status: 'issued',
    isPaidOutside: false,
    hasUntoldPayment: false,
    isHeld: true,
    hasLines: true,
    hasDraft: true,
    isGivenUpThere: false,
    isSettledThere: false,
    isCollected: false,
    hasMoneyThere: false,
    chain,
    creditNotes: [],
  }
  expect(wantedInvoiceStep(bounced)).toBe(undefined)
  expect(wantedInvoiceStep({ ...bounced, chain: chain.slice(0, 3) })).toBe('start_collection')
  expect(wantedInvoiceStep({ ...bounced, chain: chain.slice(0, 3), isGivenUpThere: true })).toBe(undefined)
})
