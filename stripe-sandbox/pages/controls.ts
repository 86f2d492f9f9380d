/**
 * The controls of `/_sandbox/…`: what a test does with calls, a person with forms and another program with POSTs. They are taken from a page of
 * this server (`Sec-Fetch-Site`, or `Origin` equal to `Host`) or with the API key, so that no other site can press them.
 */

export type ControlCalls = {
  readonly advance: (durationMs: number) => void
  readonly openDispute: (chargeId: string) => unknown
  readonly closeDispute: (disputeId: string, result: 'won' | 'lost') => unknown
  readonly payPartly: (invoiceId: string, amount: number) => unknown
}

export type ControlRequest = {
  readonly path: string
  readonly form: URLSearchParams
}

const HOUR_MS = 3_600_000
/** A century: dates stay dates. */
const MAX_ADVANCE_MS = 100 * 366 * 24 * HOUR_MS

export function isFromThisServer(headers: {
  readonly host: string | undefined
  readonly origin: string | undefined
  readonly fetchSite: string | undefined
}): boolean {
  const { host, origin, fetchSite } = headers
  if (fetchSite !== undefined) return fetchSite === 'same-origin'
  return origin !== undefined && URL.canParse(origin) && new URL(origin).host === host
}

/** What is wrong with the request, or undefined when it was done. @throws StripeFailure as the calls do */
export function useControl(calls: ControlCalls, { path, form }: ControlRequest): string | undefined {
  const whole = (name: string) => {
    const text = form.get(name)
    return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined
  }
  switch (path) {
    case '/_sandbox/advance': {
      const hours = whole('hours')
      const durationMs = whole('ms') ?? (hours === undefined ? undefined : hours * HOUR_MS)
      if (durationMs === undefined || durationMs > MAX_ADVANCE_MS)
        return 'Give ms or hours as a whole number.'
      calls.advance(durationMs)
      return undefined
    }
    case '/_sandbox/dispute':
      calls.openDispute(form.get('charge') ?? '')
      return undefined
    case '/_sandbox/close-dispute': {
      const result = form.get('result')
      if (result !== 'won' && result !== 'lost') return 'The result is won or lost.'
      calls.closeDispute(form.get('dispute') ?? '', result)
      return undefined
    }
    case '/_sandbox/pay-partly': {
      const amount = whole('amount')
      if (amount === undefined) return 'The amount is a whole number of minor units.'
      calls.payPartly(form.get('invoice') ?? '', amount)
      return undefined
    }
    default:
      return 'There is no such control.'
  }
}
