import { createHmac } from 'node:crypto'

/** The `Stripe-Signature` header for a webhook body: `t=…,v1=…`, HMAC-SHA256 over "second.body". */
export function signWebhook(body: string, secret: string, atSecond: number): string {
  const digest = createHmac('sha256', secret).update(`${atSecond}.${body}`).digest('hex')
  return `t=${atSecond},v1=${digest}`
}
