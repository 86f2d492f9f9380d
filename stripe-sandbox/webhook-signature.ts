import { createHmac } from 'node:crypto'

/** The `Stripe-Signature` header for a webhook body: `t=…,v1=…` for each secret, HMAC-SHA256 over "second.body". */
export function signWebhook(body: string, secrets: readonly string[], atSecond: number): string {
  const digests = secrets.map((secret) =>
    createHmac('sha256', secret).update(`${atSecond}.${body}`).digest('hex'),
  )
  return [`t=${atSecond}`, ...digests.map((digest) => `v1=${digest}`)].join(',')
}
