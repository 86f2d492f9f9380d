/** The face of `stripe-sandbox/`: a local stand-in for Stripe. No money moves here. */
export type { Fault, FaultRequest } from './faults.ts'
export { createFaultPlan, type FaultPlan } from './fault-plan.ts'
export { liveLimits, sandboxLimits, type RateLimits } from './rate-limits.ts'
export { startStripeSandbox, type StripeSandbox, type StripeSandboxOptions } from './start-stripe-sandbox.ts'
export type { DeliveryDisorder, WebhookTarget } from './webhook-delivery.ts'
