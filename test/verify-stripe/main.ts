/**
 * `npm run verify:stripe`: puts what docs/stripe-assumptions.md assumes to the test at a real account, with the test key in STRIPE_SECRET_KEY. With
 * STRIPE_URL it asks somebody else, such as `usance stripe-sandbox`. Exit codes: 0 all held, 1 some did not, 2 no usable key.
 */
import { randomBytes } from 'node:crypto'
import { Stripe } from 'stripe'
import { stripeChecks } from './stripe-checks.ts'

const EXIT_FAILED = 1
const EXIT_MISUSED = 2
/** Stripe's sandboxes allow 25 requests a second. */
const MAX_RETRIES = 5

const say = (line: string) => process.stdout.write(`${line}\n`)
process.exitCode = await main()

async function main(): Promise<number> {
  const { STRIPE_SECRET_KEY: key = '', STRIPE_URL: address } = process.env
  if (!/^(?:sk|rk)_test_/.test(key)) {
    process.stderr.write(
      'Set STRIPE_SECRET_KEY to a test key (sk_test_… or rk_test_…); nothing is sent with any other.\n',
    )
    return EXIT_MISUSED
  }
  const stripe = new Stripe(key, {
    apiVersion: Stripe.API_VERSION,
    telemetry: false,
    maxNetworkRetries: MAX_RETRIES,
    ...(address !== undefined && placeOf(new URL(address))),
  })
  const run = randomBytes(4).toString('hex')
  let failed = 0
  for (const check of stripeChecks) {
    const { numbers, name } = check
    const outcome = await check.run({ stripe, run }).then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    )
    if (outcome !== undefined) failed += 1
    say(
      `${outcome === undefined ? 'held    ' : 'NOT HELD'} ${numbers.join(', ')}: ${name}${outcome === undefined ? '' : `: ${outcome}`}`,
    )
  }
  say(`${stripeChecks.length - failed} held, ${failed} did not, at ${address ?? 'Stripe'}`)
  return failed === 0 ? 0 : EXIT_FAILED
}

function placeOf({ hostname, port, protocol }: URL) {
  return {
    host: hostname,
    protocol: protocol === 'http:' ? ('http' as const) : ('https' as const),
    ...(port !== '' && { port: Number(port) }),
  }
}
