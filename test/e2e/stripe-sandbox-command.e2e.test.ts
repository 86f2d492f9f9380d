import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { Stripe } from 'stripe'
import { expect, it, onTestFinished } from 'vitest'
import { usanceMain } from './usance-process.ts'

/** Starts `usance stripe-sandbox` and reads the settings that it prints. */
async function startCommand(stateFile: string) {
  const child = spawn(process.execPath, [usanceMain, 'stripe-sandbox', '--port', '0', '--state', stateFile], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
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
  const first = await startCommand(stateFile)
  const customer = await first.stripe.customers.create({ email: 'kept@example.com' })
  expect(await first.stop('SIGKILL')).toBe(null)
  const second = await startCommand(stateFile)
  expect(await second.stripe.customers.retrieve(customer.id)).toMatchObject({ email: 'kept@example.com' })
  expect(await second.stop('SIGINT')).toBe(0)
})
