import { Stripe } from 'stripe'
import { describe, expect, it } from 'vitest'
import { classifyFailure } from './classify-failure.ts'

const { errors } = Stripe

describe('classifyFailure', () => {
  it.each([
    ['a closed connection', new errors.StripeConnectionError({ type: 'api_error' }), 'unknown'],
    ['a 500', new errors.StripeAPIError({ type: 'api_error', statusCode: 500 }), 'unknown'],
    ['an answer that is no JSON', new errors.StripeAPIError({ type: 'api_error' }), 'unknown'],
    ['a key in use', new errors.StripeAPIError({ type: 'idempotency_error', statusCode: 409 }), 'unknown'],
    ['a 429', new errors.StripeRateLimitError({ type: 'rate_limit_error', statusCode: 429 }), 'rate_limited'],
    [
      'a 401',
      new errors.StripeAuthenticationError({ type: 'authentication_error', statusCode: 401 }),
      'unauthorized',
    ],
    [
      'a 403',
      new errors.StripePermissionError({ type: 'invalid_request_error', statusCode: 403 }),
      'unauthorized',
    ],
    [
      'a 400',
      new errors.StripeInvalidRequestError({ type: 'invalid_request_error', statusCode: 400 }),
      'refused',
    ],
    [
      'a reused key',
      new errors.StripeIdempotencyError({ type: 'idempotency_error', statusCode: 400 }),
      'refused',
    ],
    ['a declined card', new errors.StripeCardError({ type: 'card_error', statusCode: 402 }), 'refused'],
    ['our own mistake', new TypeError('undefined is not a function'), 'foreign'],
  ])('takes %s for its kind', (_name, error, kind) => {
    expect(classifyFailure(error).kind).toBe(kind)
  })

  it('knows which unknown outcomes Stripe itself answered', () => {
    const answered = (statusCode?: number) =>
      classifyFailure(
        new errors.StripeAPIError({ type: 'api_error', ...(statusCode === undefined ? {} : { statusCode }) }),
      )
    expect(answered(500)).toMatchObject({ isAnswered: true })
    expect(answered(409)).toMatchObject({ isAnswered: false })
    expect(answered()).toMatchObject({ isAnswered: false })
  })
})
