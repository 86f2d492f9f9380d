import { beforeAll, describe, expect, it } from 'vitest'

import { createApiHarness, type ApiHarness } from '../testing/api-harness.ts'

let api: ApiHarness
beforeAll(async () => {
  api = await createApiHarness()
})

describe('/docs', () => {
  it('is a page without inline script that loads nothing from elsewhere', async () => {
    const page = await api.app.inject('/docs')
    const policy = String(page.headers['content-security-policy'])
    expect(policy).toContain("default-src 'none'; script-src 'self';")
    expect(policy).not.toMatch(/https?:|unsafe-eval|script-src[^;]*unsafe-inline/)
    expect([...page.body.matchAll(/<script[^>]*>([^<]*)</g)].map(([, text]) => text)).toEqual(['', ''])
    expect(page.body).not.toMatch(/https?:/)
  })

  it('has its script from this server, kept by its tag', async () => {
    const script = await api.app.inject('/docs/scalar.js')
    expect([script.statusCode, script.headers['content-type']]).toEqual([
      200,
      'text/javascript; charset=utf-8',
    ])
    expect(script.body.length).toBeGreaterThan(1_000_000)
    const headers = { 'if-none-match': String(script.headers['etag']) }
    expect((await api.app.inject({ url: '/docs/scalar.js', headers })).statusCode).toBe(304)
  })
})
