import { describe, expect, it } from 'vitest'
import { liveLimits } from '../../stripe-sandbox/index.ts'
import { readSettings } from './stripe-sandbox.ts'

describe('the options of usance stripe-sandbox', () => {
  it('listen on loopback and let everything through unless they say otherwise', () => {
    expect(readSettings({})).toEqual({ host: '127.0.0.1', port: 12_111, apiKey: 'sk_test_usance_sandbox' })
  })

  it('are taken over', () => {
    expect(
      readSettings({
        port: '0',
        host: '::1',
        state: 'stripe.json',
        key: 'sk_test_own',
        'webhook-url': 'http://localhost:8080/',
        'webhook-secret': 'whsec_x',
        seed: '7',
        faults: '0.05',
        limits: 'live',
      }),
    ).toEqual({
      host: '::1',
      port: 0,
      apiKey: 'sk_test_own',
      stateFile: 'stripe.json',
      webhook: { url: 'http://localhost:8080/', secret: 'whsec_x' },
      limits: liveLimits,
      faults: { seed: 7, share: 0.05 },
    })
  })

  it('name every mistake at once', () => {
    const wrong = { port: '70000', seed: 'x', faults: '2', limits: 'some', 'webhook-url': 'localhost' }
    expect(() => readSettings(wrong)).toThrow(
      [
        'Correct the command line:',
        '  - --port is a number from 0 to 65535.',
        '  - --seed is a whole number.',
        '  - --faults is a share between 0 and 1.',
        '  - --limits is live, sandbox or none.',
        '  - --webhook-url and --webhook-secret belong together.',
        '  - --webhook-url begins with http.',
      ].join('\n'),
    )
    expect(() => readSettings({ seed: '7' })).toThrow('--seed is for --faults.')
  })
})
