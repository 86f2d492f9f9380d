import {
  aCustomer,
  hold,
  holdEqual,
  holdRefused,
  refusalOf,
  unique,
  type StripeCheck,
} from './check-world.ts'

const DAY_MS = 86_400_000

export const requestChecks: readonly StripeCheck[] = [
  {
    numbers: [25, 91],
    name: 'a key repeats its answer, and refuses other parameters',
    async run({ stripe, run }) {
      const idempotencyKey = `verify:${unique(run)}`
      const create = (name: string) => stripe.customers.create({ name }, { idempotencyKey })
      const first = await create('one')
      const again = await create('one')
      hold(first.id === again.id, 'Two customers were made.')
      hold(again.lastResponse.headers['idempotent-replayed'] === 'true', 'The header is another.')
      await holdRefused('Other parameters', create('two'))
    },
  },
  {
    numbers: [23],
    name: 'a refused parameter keeps nothing under the key',
    async run({ stripe, run }) {
      const idempotencyKey = `verify:${unique(run)}`
      await holdRefused(
        'A colour',
        stripe.rawRequest('POST', '/v1/customers', { colour: 'red' }, { idempotencyKey }),
      )
      const { object } = await stripe.customers.create({ name: 'Check' }, { idempotencyKey })
      hold(object === 'customer', `It is a ${object}.`)
    },
  },
  {
    numbers: [28],
    name: 'the clock of Stripe is ours, give or take a day',
    async run(world) {
      const { created } = await aCustomer(world)
      const apartMs = Math.abs(created * 1_000 - Date.now())
      hold(apartMs < DAY_MS, `They are ${apartMs} ms apart.`)
    },
  },
  {
    numbers: [30],
    name: 'refusals have the codes that sentences show',
    async run({ stripe }) {
      const unknown = await refusalOf(stripe.rawRequest('POST', '/v1/customers', { colour: 'red' }))
      const missing = await refusalOf(stripe.invoices.retrieve('in_nothing'))
      holdEqual(
        [unknown.code, missing.status, missing.code],
        ['parameter_unknown', 404, 'resource_missing'],
        'The codes',
      )
    },
  },
]
