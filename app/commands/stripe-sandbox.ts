/**
 * `usance stripe-sandbox`: the stand-in for Stripe by itself, until it is interrupted. No money moves.
 *
 * What a program needs goes to standard output as settings, ready for a shell or a file .env; talk goes to standard error.
 */
import { secureRandomBytes, systemClock } from '../../core/index.ts'
import {
  createFaultPlan,
  liveLimits,
  sandboxLimits,
  startStripeSandbox,
  type RateLimits,
  type StripeSandboxOptions,
} from '../../stripe-sandbox/index.ts'
import { interrupted, type CommandContext } from '../command-context.ts'
import { parseCommandArguments } from '../command-line.ts'
import { appErrors } from '../errors.ts'
import { createLogger } from '../logger.ts'

export const stripeSandboxOptions = {
  port: { type: 'string' },
  host: { type: 'string' },
  state: { type: 'string' },
  key: { type: 'string' },
  'webhook-url': { type: 'string' },
  'webhook-secret': { type: 'string' },
  seed: { type: 'string' },
  faults: { type: 'string' },
  limits: { type: 'string' },
} as const

type Given = { readonly [Name in keyof typeof stripeSandboxOptions]?: string }

const DEFAULT_PORT = 12_111
const DEFAULT_KEY = 'sk_test_usance_sandbox'

const limitsByName: Readonly<Record<string, RateLimits | undefined>> = {
  live: liveLimits,
  sandbox: sandboxLimits,
  none: undefined,
}

export async function runStripeSandbox(context: CommandContext): Promise<number> {
  const { argv, environment, stdout, stderr, signal } = context
  const { config, own } = parseCommandArguments(argv, stripeSandboxOptions, environment)
  const settings = readSettings(own)
  const log = createLogger(config.logLevel, stderr.isTTY)
  const { faults, ...options } = settings
  const plan =
    faults === undefined
      ? undefined
      : createFaultPlan({ ...faults, onFault: (line) => stderr.write(`Fault ${line}\n`) })
  const sandbox = await startStripeSandbox({
    ...options,
    clock: systemClock,
    randomBytes: secureRandomBytes,
    log,
    ...(plan === undefined ? {} : { fault: plan.next }),
  })
  stderr.write(`A stand-in for Stripe; no money moves. What it holds: ${sandbox.url}/\n`)
  if (plan !== undefined) stderr.write(`Faults: ${plan.describe()}, each told as it happens\n`)
  stderr.write('The server takes this URL as a setting, each manufacturer the key. Press Ctrl-C to stop.\n')
  stdout.write(`USANCE_STRIPE_URL=${sandbox.url}\nSTRIPE_SECRET_KEY=${options.apiKey}\n`)
  await interrupted(signal)
  await sandbox.close()
  return 0
}

type Settings = Pick<
  StripeSandboxOptions,
  'host' | 'port' | 'apiKey' | 'webhook' | 'stateFile' | 'limits'
> & { readonly faults?: { readonly seed: number; readonly share: number } }

/** @throws AppError `arguments_invalid` with every mistake */
export function readSettings(given: Given): Settings {
  const problems: string[] = []
  const port = wholeNumber(given.port ?? String(DEFAULT_PORT))
  if (port === undefined || port > 65_535) problems.push('--port is a number from 0 to 65535.')
  const seed = wholeNumber(given.seed ?? '1')
  if (seed === undefined) problems.push('--seed is a whole number.')
  const share = given.faults === undefined ? undefined : Number(given.faults)
  if (share !== undefined && !(share >= 0 && share <= 1))
    problems.push('--faults is a share between 0 and 1.')
  if (share === undefined && given.seed !== undefined) problems.push('--seed is for --faults.')
  if (!Object.hasOwn(limitsByName, given.limits ?? 'none'))
    problems.push('--limits is live, sandbox or none.')
  if ((given['webhook-url'] === undefined) !== (given['webhook-secret'] === undefined)) {
    problems.push('--webhook-url and --webhook-secret belong together.')
  }
  const webhookUrl = given['webhook-url']
  if (webhookUrl !== undefined && !/^https?:\/\//.test(webhookUrl))
    problems.push('--webhook-url begins with http.')
  if (problems.length > 0) {
    const list = problems.map((problem) => `  - ${problem}`).join('\n')
    throw appErrors.arguments_invalid(`Correct the command line:\n${list}`)
  }
  const limits = limitsByName[given.limits ?? 'none']
  return {
    host: given.host ?? '127.0.0.1',
    port: port ?? DEFAULT_PORT,
    apiKey: given.key ?? DEFAULT_KEY,
    ...(given.state === undefined ? {} : { stateFile: given.state }),
    ...(webhookUrl === undefined
      ? {}
      : { webhook: { url: webhookUrl, secret: given['webhook-secret'] ?? '' } }),
    ...(limits === undefined ? {} : { limits }),
    ...(share === undefined ? {} : { faults: { seed: seed ?? 1, share } }),
  }
}

function wholeNumber(text: string): number | undefined {
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined
}
