/**
 * The crash run of the push: documents are issued, credited, paid elsewhere whole or in parts, voided and written off, and payments bounce, while processes push them to a sandbox that
 * fails at random, and are killed with SIGKILL: at any statement of the ledger, when a request has come but is not carried out, when it was
 * carried out but is not answered, or at any moment. Then everything comes to rest and is compared.
 */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { DAY_MS, HOUR_MS, MINUTE_MS, type InvoiceId, createRandom, type Random } from '../../../core/index.ts'
import type { Fault, FaultRequest } from '../../../stripe-sandbox/index.ts'
import { auditStripe } from './audit-stripe.ts'
import { manufacturerId } from './ledger-fixture.ts'
import type { PushDone, PushOrder } from './push-worker.ts'
import { aStripeWorld, webhookSecret, type StripeWorld } from './stripe-world.ts'

export type CrashReport = {
  readonly kills: ReadonlyMap<KillKind, number>
  readonly documents: number
  readonly creditNotes: number
  readonly requests: number
  readonly faults: ReadonlyMap<string, number>
  readonly violations: readonly string[]
}

const killKinds = ['statement', 'request', 'answer', 'any_moment'] as const
export type KillKind = (typeof killKinds)[number]

/** Shorter and longer than the SDK waits. */
const hangs = [200, 3_000]
const faults: readonly Fault[] = [
  { kind: 'error_before' },
  { kind: 'error_stored' },
  { kind: 'error_after' },
  { kind: 'cut_body' },
  { kind: 'bad_gateway' },
  { kind: 'rate_limit' },
  { kind: 'rate_limit', shouldRetry: true },
  { kind: 'lock_timeout' },
  { kind: 'reset_before' },
  { kind: 'reset_after' },
  ...hangs.flatMap((answersAfterMs): Fault[] => [
    { kind: 'hang_before', answersAfterMs },
    { kind: 'hang_after', answersAfterMs },
  ]),
]

/** Of 1,000 requests. */
const FAULTS_PER_MILLE = 120
const LIFE_MS = 20_000

export async function runStripeCrash({
  seed,
  kills,
  say,
}: {
  readonly seed: number
  readonly kills: number
  readonly say: (line: string) => void
}): Promise<CrashReport> {
  const world = await aStripeWorld({
    collectionDelayMs: 5,
    deliveries: { seed, duplicate: 0.2, reorder: 0.2, lose: 0.2, delayMs: 300 },
  })
  const server = await receiveWebhooks(world)
  try {
    return await new CrashRun(world, seed).run(kills, say)
  } finally {
    server.closeAllConnections()
    server.close()
    await world.close()
  }
}

class CrashRun {
  readonly #world: StripeWorld
  readonly #random: Random
  readonly #kills = new Map<KillKind, number>()
  readonly #faults = new Map<string, number>()
  readonly #documents: InvoiceId[] = []
  #requests = 0
  #creditNotes = 0

  constructor(world: StripeWorld, seed: number) {
    this.#world = world
    this.#random = createRandom('stripe-crash', seed)
  }

  async run(kills: number, say: (line: string) => void): Promise<CrashReport> {
    // From now on events are read that do not come as webhooks.
    await this.#world.connect().inbox.readMissedEvents()
    for (let life = 0; life < kills; life += 1) {
      await this.#change()
      await this.#live(killKinds[life % killKinds.length] ?? 'any_moment')
      if ((life + 1) % 20 === 0) say(`${life + 1} kills, ${this.#documents.length} documents`)
    }
    await this.#rest()
    const { test, sandbox } = this.#world
    return {
      kills: this.#kills,
      documents: this.#documents.length,
      creditNotes: this.#creditNotes,
      requests: this.#requests,
      faults: this.#faults,
      violations: await auditStripe(test.ledger, sandbox.inspect()),
    }
  }

  /** What people do meanwhile; what the ledger refuses is not done. */
  async #change(): Promise<void> {
    const random = this.#random
    for (let count = random.between(1, 3); count > 0; count -= 1) await this.#issue()
    for (let count = random.between(1, 4); count > 0; count -= 1) {
      // Mostly what is under way.
      const youngest = Math.max(0, this.#documents.length - 8)
      const from = random.chance(600) ? youngest : 0
      const invoiceId = this.#documents[random.between(from, this.#documents.length - 1)]
      if (invoiceId === undefined) continue
      const what = random.below(9)
      await (
        what === 0
          ? this.#world.setStatus(invoiceId, 'void')
          : what === 1
            ? this.#world.setStatus(invoiceId, 'uncollectible')
            : what === 2
              ? this.#world.payOutside(invoiceId)
              : what === 3 || what === 4
                ? this.#world.payOutside(invoiceId, BigInt(random.between(1, 3_000)))
                : what === 5
                  ? this.#world.takeBack(invoiceId)
                  : this.#credit(invoiceId)
      ).catch((error: unknown) => {
        if (!/invoice_|credit_|payment_/.test(String(error))) throw error
      })
    }
  }

  async #issue(): Promise<void> {
    const random = this.#random
    const no = this.#documents.length + 1
    const amountsMinor = Array.from({ length: random.between(1, 12) }, () =>
      BigInt(random.between(10, 5_000)),
    )
    const net = amountsMinor.reduce((sum, amount) => sum + amount, 50n)
    const taxMinor = (net * 19n + 50n) / 100n
    const isTaxed = random.chance(500)
    const email = random.chance(150) ? `decline-${no}@example.com` : `c${no}@example.com`
    this.#documents.push(
      await this.#world.issue({
        id: `inv_${no}`,
        // Some customers have several invoices.
        ...(random.chance(300) ? { customerId: `cust_${random.below(5)}` } : { email }),
        amountsMinor: [50n, ...amountsMinor],
        totalMinor: isTaxed ? net + taxMinor : net,
        ...(isTaxed && { tax: { prices: 'net', percent: '19', netMinor: net, taxMinor } as const }),
      }),
    )
  }

  async #credit(invoiceId: InvoiceId): Promise<void> {
    const id = `crn_${this.#creditNotes + 1}`
    await this.#world.credit(id, invoiceId, BigInt(this.#random.between(1, 400)))
    this.#creditNotes += 1
  }

  async #live(kind: KillKind): Promise<void> {
    const random = this.#random
    const children = Array.from({ length: random.chance(300) ? 2 : 1 }, () =>
      fork(path.join(import.meta.dirname, 'push-worker.ts'), {
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      }),
    )
    const [victim] = children
    if (victim === undefined) return
    const dieAtStatement = kind === 'statement' ? random.between(1, 400) : undefined
    this.#setFaults(victim, kind)
    const killed = children.map((child) => once(child, 'exit'))
    if (kind === 'any_moment') setTimeout(() => victim.kill('SIGKILL'), random.between(600, 2_500)).unref()
    const others = children.slice(1).map((child) => this.#drive(child, undefined))
    await this.#drive(victim, dieAtStatement)
    if (victim.signalCode === 'SIGKILL') this.#kills.set(kind, (this.#kills.get(kind) ?? 0) + 1)
    for (const child of children) child.kill('SIGKILL')
    await Promise.all([...killed, ...others])
    this.#world.setFault(() => undefined)
  }

  /** Random faults for everybody, and the end of the victim at its n-th request. */
  #setFaults(victim: ChildProcess, kind: KillKind): void {
    const random = this.#random
    let left = random.between(1, 40)
    this.#world.setFault((request: FaultRequest) => {
      this.#requests += 1
      left -= 1
      if (left === 0 && (kind === 'request' || kind === 'answer')) {
        victim.kill('SIGKILL')
        return { kind: kind === 'request' ? 'reset_before' : 'reset_after' }
      }
      // A lookup that fails is asked again; only so many in a row.
      if (request.method !== 'POST' && !random.chance(300)) return undefined
      return random.chance(FAULTS_PER_MILLE) ? this.#aFault() : undefined
    })
  }

  #aFault(): Fault {
    const fault = faults[this.#random.below(faults.length)] ?? { kind: 'error_before' }
    this.#faults.set(fault.kind, (this.#faults.get(fault.kind) ?? 0) + 1)
    return fault
  }

  /** Lets the process push until it has nothing left or dies; what waits is due once the clock has passed it. */
  async #drive(child: ChildProcess, dieAtStatement: number | undefined): Promise<void> {
    const deadline = Date.now() + LIFE_MS
    const gone = once(child, 'exit').then(() => undefined)
    while (child.exitCode === null && child.signalCode === null) {
      const order: PushOrder = {
        ledgerFile: this.#world.test.file,
        port: this.#world.sandbox.port,
        offsetMs: this.#world.now() - Date.now(),
        dieAtStatement,
      }
      if (child.connected) child.send(order, () => undefined)
      const answer = once(child, 'message').then(([done]) => done as PushDone)
      const done = await Promise.race([answer, gone])
      if (done === undefined || done.waiting === 0 || Date.now() > deadline) return
      this.#world.pass(this.#random.between(1, 20) * MINUTE_MS)
    }
  }

  /** Without faults, with all that makes up for what was missed, until nothing moves. */
  async #rest(): Promise<void> {
    const world = this.#world
    world.setFault(() => undefined)
    // A request that hangs has its key in use, and hangs in real time, which the world's clock does not shorten.
    await sleep(Math.max(...hangs))
    const stripe = world.connect()
    for (let round = 0; round < 4; round += 1) {
      await world.drain(stripe)
      await sleep(100)
      await stripe.inbox.processStripeEvents()
      world.pass(round === 0 ? DAY_MS + HOUR_MS : HOUR_MS)
      await stripe.inbox.readMissedEvents()
      await stripe.inbox.processStripeEvents()
      await stripe.sweeper.sweep()
    }
    await world.drain(stripe)
  }
}

async function receiveWebhooks(world: StripeWorld) {
  const stripe = world.connect()
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const signature = String(request.headers['stripe-signature'])
      stripe.inbox.handleStripeWebhook({ manufacturerId, rawBody: Buffer.concat(chunks), signature }).then(
        () => response.writeHead(204).end(),
        () => response.writeHead(400).end(),
      )
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  world.sandbox.setWebhook({ url, secret: webhookSecret })
  return server
}
