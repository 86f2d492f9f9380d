/**
 * SIGKILL while customers and tariffs are made under idempotency keys: whatever was not answered is sent again to the next
 * life of the server, and in the end every key has made exactly one thing and answers with it.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { openSqlite } from '../../db/index.ts'
import { createRandom } from '../../core/index.ts'
import { setUpWorld, startUsanceProcess } from './usance-process.ts'

const KILLS = 12
const SENDERS = 8
const LIMIT_MS = 300_000

type Call = {
  readonly key: string
  readonly url: string
  readonly body: object
  /** The first answer, which every other must equal. */
  answer?: { readonly id: string }
}

it(
  'a call with an idempotency key is carried out once, however often the server is killed before its answer',
  async () => {
    const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1_000_000))
    process.stderr.write(`SEED=${seed} (when the kills fall)\n`)
    const random = createRandom(seed)
    const data = mkdtempSync(path.join(tmpdir(), 'usance-once-'))
    onTestFinished(() => rmSync(data, { recursive: true }))
    const { apiKey } = await setUpWorld(data)

    const calls: Call[] = []
    const unanswered: Call[] = []
    const lost = { beforeTheChange: 0, afterTheChange: 0 }

    async function send(httpUrl: string, call: Call): Promise<void> {
      const response = await fetch(`${httpUrl}${call.url}`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${apiKey}`,
          'content-type': 'application/json',
          'idempotency-key': call.key,
        },
        body: JSON.stringify(call.body),
      })
      const answer = (await response.json()) as { readonly id: string }
      expect([call.key, response.status, answer]).toEqual([call.key, 201, call.answer ?? answer])
      call.answer = answer
    }

    for (let life = 1; life <= KILLS; life += 1) {
      const server = await startUsanceProcess(data, { mqtt: 0, http: 0 })
      onTestFinished(async () => void (await server.stop('SIGKILL')))
      const killAfter = random.between(1, 40)
      let sent = 0
      let killed: Promise<unknown> | undefined
      const sendUntilKilled = async () => {
        while (killed === undefined) {
          const call = unanswered.shift() ?? newCall(calls)
          sent += 1
          if (sent === killAfter) {
            killed = pause(random.below(12)).then(() => server.stop('SIGKILL'))
          }
          // A connection that breaks off is what a kill looks like; anything else fails the test.
          await send(server.httpUrl, call).catch((error: unknown) => {
            if (killed === undefined || !isBrokenOff(error)) throw error
            unanswered.push(call)
          })
        }
      }
      await Promise.all(Array.from({ length: SENDERS }, sendUntilKilled))
      await killed
      const ledger = openSqlite(path.join(data, 'ledger.sqlite'))
      const count = (condition: string) =>
        Number(
          ledger
            .prepare(`SELECT count(*) AS n FROM idempotency_keys WHERE status IS NULL AND ${condition}`)
            .get()?.['n'],
        )
      lost.beforeTheChange += count('made_id IS NULL')
      lost.afterTheChange += count('made_id IS NOT NULL')
      ledger.close()
    }

    const server = await startUsanceProcess(data, { mqtt: 0, http: 0 })
    onTestFinished(async () => void (await server.stop('SIGKILL')))
    for (const call of calls) await send(server.httpUrl, call)
    expect(await server.stop('SIGTERM')).toBe(0)

    const ledger = openSqlite(path.join(data, 'ledger.sqlite'))
    onTestFinished(() => ledger.close())
    const made = ledger
      .prepare(
        "SELECT id, name FROM customers WHERE name LIKE 'once-%' UNION ALL SELECT id, name FROM tariffs WHERE name LIKE 'once-%'",
      )
      .all()
    const byName = (left: unknown[], right: unknown[]) => String(left[0]).localeCompare(String(right[0]))
    expect(made.map(({ id, name }) => [name, id]).sort(byName)).toEqual(
      calls.map(({ key, answer }) => [key, answer?.id]).sort(byName),
    )
    process.stderr.write(`${calls.length} calls, answers lost: ${JSON.stringify(lost)}\n`)
    expect(lost.afterTheChange).toBeGreaterThan(0)
    expect(lost.beforeTheChange).toBeGreaterThan(0)
  },
  LIMIT_MS,
)

function newCall(calls: Call[]): Call {
  const key = `once-${calls.length}`
  const customer = { url: '/v1/customers', body: { name: key, email: 'once@example.com' } }
  const document = {
    currency: 'EUR',
    items: [{ type: 'flat', id: 'base', description: 'Base', price: '1.00' }],
  }
  const tariff = { url: '/v1/tariffs', body: { name: key, effectiveAt: '2026-01-01T00:00:00Z', document } }
  const call: Call = { key, ...(calls.length % 2 === 0 ? customer : tariff) }
  calls.push(call)
  return call
}

/** As `fetch` says it, before and in the middle of an answer. */
function isBrokenOff(error: unknown): boolean {
  return error instanceof TypeError
}
