import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createPacer, endpointOf } from './pacer.ts'

describe('a pacer', () => {
  it('keeps requests of an endpoint and of an account apart', () => {
    const pacer = createPacer({ perEndpoint: 25, perAccount: 100 })
    const turns = ['a', 'a', 'b', 'c', 'a'].map((endpoint) => pacer.takeTurn('acct', endpoint, 1_000))
    // 40 and 10 ms apart, and 4 % more, from the first slot on, which is 97 times 10.4 ms.
    expect(turns.map((turn) => Number(turn.toFixed(1)))).toEqual([8.8, 50.4, 19.2, 29.6, 92])
    expect(pacer.takeTurn('other', 'a', 1_000).toFixed(1)).toBe('8.8')
    expect(pacer.takeTurn('acct', 'a', 2_000).toFixed(1)).toBe('7.2')
  })

  it('wastes no slot when as many endpoints are busy as fit', () => {
    const pacer = createPacer({ perEndpoint: 25, perAccount: 100 })
    const turns = Array.from({ length: 400 }, (_, index) =>
      pacer.takeTurn('acct', ['a', 'b', 'c', 'd'][(index * 7) % 4] ?? '', 5 * (index % 13)),
    )
    const last = Math.max(...turns.map((turn, index) => turn + 5 * (index % 13)))
    expect(last).toBeLessThan(401 * 10.4)
  })

  it('waits as long as it is told to, for that account', () => {
    const pacer = createPacer({ perEndpoint: 25, perAccount: 100 })
    pacer.pauseUntil('acct', 5_000)
    pacer.pauseUntil('acct', 4_000)
    expect(pacer.takeTurn('acct', 'a', 1_000)).toBeGreaterThanOrEqual(4_000)
    expect(pacer.takeTurn('other', 'a', 1_000)).toBeLessThan(10.4)
  })

  it('lets no second have more than Stripe allows, whenever requests come', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            gap: fc.integer({ min: 0, max: 300 }),
            endpoint: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
          }),
        ),
        (requests) => {
          const pacer = createPacer({ perEndpoint: 25, perAccount: 100 })
          let now = 0
          const sent = requests.map(({ gap, endpoint }) => {
            now += gap
            return { endpoint, at: now + pacer.takeTurn('acct', endpoint, now) }
          })
          for (const { at } of sent) {
            const inSecond = sent.filter((other) => other.at >= at && other.at < at + 999.9)
            expect(inSecond.length).toBeLessThanOrEqual(100)
            for (const each of ['a', 'b', 'c', 'd', 'e']) {
              expect(inSecond.filter(({ endpoint }) => endpoint === each).length).toBeLessThanOrEqual(25)
            }
          }
        },
      ),
    )
  })
})

describe('endpointOf', () => {
  it.each([
    ['POST', '/v1/invoices', 'POST /v1/invoices'],
    ['POST', '/v1/invoices/in_1Abcdefgh/finalize', 'POST /v1/invoices/:id/finalize'],
    ['GET', '/v1/invoices/in_1Abcdefgh?expand[0]=customer', 'GET /v1/invoices/:id'],
    ['GET', '/v1/invoices/in_1Abcdefgh/lines?limit=100', 'GET /v1/invoices/:id/lines'],
    ['POST', '/v1/credit_notes', 'POST /v1/credit_notes'],
    ['GET', '/v1/checkout/sessions/cs_test_a1B2c3d4', 'GET /v1/checkout/sessions/:id'],
    ['DELETE', '/v1/customers/cus_Abcdefg1/tax_ids/txi_Abcdefg1', 'DELETE /v1/customers/:id/tax_ids/:id'],
    ['POST', '/v1/billing_portal/sessions', 'POST /v1/billing_portal/sessions'],
  ])('%s %s is %s', (method, path, endpoint) => {
    expect(endpointOf(method, path)).toBe(endpoint)
  })
})
