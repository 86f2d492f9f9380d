/** The face of `stripe-sandbox/`: a local stand-in for Stripe. No money moves here. */
export type { Fault, FaultRequest } from './faults.ts'
export type { Mutation } from './sandbox-state.ts'
export {
  startStripeSandbox,
  type SandboxContents,
  type StripeSandbox,
  type StripeSandboxOptions,
} from './start-stripe-sandbox.ts'
export { signWebhook } from './webhook-signature.ts'
