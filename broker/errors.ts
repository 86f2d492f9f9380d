import { declareErrors } from '../core/index.ts'

/** The errors that starting a broker throws. What devices see are refusals: see `refusalTitles` in core. */
export const brokerErrors = declareErrors({
  port_in_use: { kind: 'precondition', title: 'The port is already in use' },
  port_not_permitted: { kind: 'precondition', title: 'The port needs more rights' },
  listen_failed: { kind: 'precondition', title: 'The broker cannot listen there' },
  tls_invalid: { kind: 'validation', title: 'The TLS key or certificate cannot be used' },
  broker_limits_invalid: { kind: 'validation', title: "The broker's limits contradict each other" },
})
