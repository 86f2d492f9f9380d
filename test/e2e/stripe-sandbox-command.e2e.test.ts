import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { Stripe } from 'stripe'
import { expect, it, onTestFinished, vi } from 'vitest'
import { usanceMain } from './usance-process.ts'

/** Starts `usance stripe-sandbox` and reads the settings that it prints. */
async function startCommand(...given: readonly string[]) {
  const child = spawn(process.execPath, [usanceMain, 'stripe-sandbox', '--port', '0', ...given], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  onTestFinished(() => void child.kill('SIGKILL'))
  const settings = new Map<string, string>()
  for await (const line of createInterface(child.stdout)) {
    const [name = '', content = ''] = line.split('=')
    settings.set(name, content)
    if (settings.size === 2) break
  }
  const url = new URL(settings.get('USANCE_STRIPE_URL') ?? '')
  const stripe = new Stripe(settings.get('STRIPE_SECRET_KEY') ?? '', {
    host: url.hostname,
    port: url.port,
    protocol: 'http',
    apiVersion: '2026-10-28.endive',
    telemetry: false,
  })
  return {
    stripe,
    said: () => said,
    async stop(signal: NodeJS.Signals): Promise<unknown> {
      const ended = once(child, 'exit')
      child.kill(signal)
      const [code]: unknown[] = await ended
      return code
    },
  }
}

it('usance stripe-sandbox answers the SDK, survives a kill with its state file, and ends with 0 on SIGINT', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'stripe-sandbox-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const stateFile = path.join(folder, 'state.json')
  const first = await startCommand('--state', stateFile)
  const customer = await first.stripe.customers.create({ email: 'kept@example.com' })
  expect(await first.stop('SIGKILL')).toBe(null)
  const second = await startCommand('--state', stateFile)
  expect(await second.stripe.customers.retrieve(customer.id)).toMatchObject({ email: 'kept@example.com' })
  expect(await second.stop('SIGINT')).toBe(0)
})

it('usance stripe-sandbox --faults tells of each fault as it happens', async () => {
  const command = await startCommand('--faults', '1', '--seed', '3')
  await vi.waitUntil(() => command.said().includes('seed 3, share 1'))
  await expect(
    command.stripe.customers.create({}, { timeout: 500, maxNetworkRetries: 0 }),
  ).rejects.toBeInstanceOf(Stripe.errors.StripeError)
  await vi.waitUntil(() => command.said().includes('1 POST /v1/customers: {"kind":'))
  expect(await command.stop('SIGINT')).toBe(0)
})
