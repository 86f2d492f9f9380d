import fc from 'fast-check'
import { Stripe } from 'stripe'
import { describe, expect, it } from 'vitest'
import { decodeForm, type FormTree } from './form-decoding.ts'
import { integer, list, metadata, object, readParameters, text } from './parameters.ts'
import { StripeFailure } from './stripe-failure.ts'
import { signWebhook } from './webhook-signature.ts'

function failureOf(work: () => unknown): StripeFailure {
  try {
    work()
  } catch (error) {
    if (error instanceof StripeFailure) return error
  }
  throw new Error('expected a StripeFailure')
}

/** Without the missing prototypes, so that trees compare. */
function plain(tree: FormTree | string): unknown {
  if (typeof tree === 'string') return tree
  return Object.fromEntries(Object.entries(tree).map(([name, member]) => [name, plain(member)]))
}

describe('decodeForm', () => {
  it('turns indexed names into a tree', () => {
    const tree = decodeForm(
      'lines[0][amount]=490&lines[0][period][end]=7&lines[1][amount]=-12&customer=cus_1',
    )
    expect(plain(tree)).toEqual({
      lines: { '0': { amount: '490', period: { end: '7' } }, '1': { amount: '-12' } },
      customer: 'cus_1',
    })
  })

  it('decodes percent signs, plus signs and encoded brackets', () => {
    expect(plain(decodeForm('metadata%5Bname%5D=a%26b+%C3%BC'))).toEqual({ metadata: { name: 'a&b ü' } })
  })

  it('treats __proto__ as a name like any other', () => {
    const tree = decodeForm('__proto__[polluted]=yes')
    expect(Object.keys(tree)).toEqual(['__proto__'])
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
  })

  it.each(['a=1&a=2', 'a=1&a[b]=2', 'a[b]=1&a=2', 'a[]=1', '[a]=1', 'a[b=1', 'a[b][c][d][e][f][g]=1'])(
    'refuses %s',
    (form) => {
      expect(failureOf(() => decodeForm(form)).status).toBe(400)
    },
  )

  it('either decodes or refuses any text', () => {
    fc.assert(
      fc.property(fc.string(), (form) => {
        try {
          decodeForm(form)
        } catch (error) {
          expect(error).toBeInstanceOf(StripeFailure)
        }
      }),
    )
  })
})

describe('readParameters', () => {
  const line = object({ amount: integer, description: text(10) }, ['amount'])
  const read = (form: string) =>
    readParameters(decodeForm(form), { customer: text(20), lines: list(line), metadata }, ['customer'])

  it('reads texts, whole numbers, lists and metadata', () => {
    expect(read('customer=cus_1&lines[0][amount]=-5&lines[1][amount]=7&metadata[0]=x')).toEqual({
      customer: 'cus_1',
      lines: [{ amount: -5 }, { amount: 7 }],
      metadata: { '0': 'x' },
    })
  })

  it.each([
    ['lines[0][amount]=1', 'parameter_missing', 'customer'],
    ['customer=c&colour=red', 'parameter_unknown', 'colour'],
    ['customer=c&constructor=red', 'parameter_unknown', 'constructor'],
    ['customer=c&lines[0][amount]=1&lines[0][price]=p', 'parameter_unknown', 'lines[0][price]'],
    ['customer=c&lines[0][description]=d', 'parameter_missing', 'lines[0][amount]'],
    ['customer=c&lines[0][amount]=4.9', 'parameter_invalid_integer', 'lines[0][amount]'],
    ['customer=c&lines[0][amount]=9007199254740993', 'parameter_invalid_integer', 'lines[0][amount]'],
    ['customer=c&lines[1][amount]=1', 'parameter_invalid', 'lines'],
    ['customer=', 'parameter_invalid_empty', 'customer'],
    ['customer=c&metadata=x', 'parameter_invalid', 'metadata'],
  ])('refuses %s with %s', (form, code, param) => {
    const { status, body } = failureOf(() => read(form))
    expect({ status, code: body.code, param: body.param }).toEqual({ status: 400, code, param })
  })
})

describe('signWebhook', () => {
  it('signs so that the SDK accepts it', () => {
    const stripe = new Stripe('sk_test_unit')
    const header = signWebhook('{"id":"evt_1","object":"event"}', ['whsec_unit'], 1_700_000_000)
    const event = stripe.webhooks.constructEvent(
      '{"id":"evt_1","object":"event"}',
      header,
      'whsec_unit',
      300,
      undefined,
      1_700_000_000_000,
    )
    expect(event.id).toBe('evt_1')
  })

  it('writes the second and the hex digest', () => {
    expect(signWebhook('{}', ['whsec_unit'], 12)).toMatch(/^t=12,v1=[0-9a-f]{64}$/)
  })
})
