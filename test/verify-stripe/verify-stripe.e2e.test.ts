/** The checks run to their end against the sandbox, which agrees with our own reading; what Stripe says they alone can show. */
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { once } from 'node:events'
import path from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { secureRandomBytes, systemClock } from '../../core/index.ts'
import { startStripeSandbox, type StripeSandbox } from '../../stripe-sandbox/index.ts'

let sandbox: StripeSandbox

beforeAll(async () => {
  sandbox = await startStripeSandbox({
    host: '127.0.0.1',
    port: 0,
    clock: systemClock,
    randomBytes: secureRandomBytes,
    log: pino({ level: 'silent' }),
    apiKey: 'sk_test_verify',
    newCustomersPay: false,
  })
})
afterAll(() => sandbox.close())

async function verify(key: string) {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'main.ts')], {
    env: { ...process.env, STRIPE_SECRET_KEY: key, STRIPE_URL: sandbox.url },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  return { out, err, code: Number(code) }
}

it('holds at the sandbox, line by line', async () => {
  const { out, code } = await verify('sk_test_verify')
  expect(out.split('\n').filter((line) => line.startsWith('NOT HELD'))).toEqual([])
  expect([code, out.includes(' 0 did not')]).toEqual([0, true])
})

it('sends nothing with a live key', async () => {
  const { err, code } = await verify('sk_live_verify')
  expect([code, err.includes('test key')]).toEqual([2, true])
  expect(sandbox.inspect().customers.filter(({ livemode }) => livemode)).toEqual([])
})
