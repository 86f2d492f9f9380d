import { readFileSync } from 'node:fs'

import { beforeAll, describe, expect, it } from 'vitest'

import { createApiHarness, type ApiHarness } from '../testing/api-harness.ts'

/** Any two files do; what is tested is that they come as they are. */
const pages = [
  {
    path: '/app/',
    contentType: 'text/html; charset=utf-8',
    file: new URL('../../web/live-bill.html', import.meta.url),
  },
  {
    path: '/app/live-bill.js',
    contentType: 'text/javascript; charset=utf-8',
    file: new URL('../../web/live-bill.js', import.meta.url),
  },
]

let api: ApiHarness
beforeAll(async () => {
  api = await createApiHarness({ pages })
})

describe('pages', () => {
  it.each(pages)('are served at $path byte for byte, without a key', async ({ path, contentType, file }) => {
    const answer = await api.app.inject(path)
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, contentType])
    expect(answer.rawPayload).toEqual(readFileSync(file))
  })

  it('may load their own scripts and styles, none inline, and ask this server only', async () => {
    const { headers } = await api.app.inject('/app/')
    expect(headers['content-security-policy']).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    )
    expect(headers['x-content-type-options']).toBe('nosniff')
  })

  it.each(['/app', '/app/index.ts', '/app/..%2fpackage.json', '/app/live-bill.html'])(
    'are nothing but the listed files: %s answers 404 and may load nothing',
    async (url) => {
      const answer = await api.app.inject(url)
      expect([answer.statusCode, answer.json().code]).toEqual([404, 'route_unknown'])
      expect(answer.headers['content-security-policy']).toBe("default-src 'none'; frame-ancestors 'none'")
    },
  )

  it.each(['/', '/problems', '/v1/contracts'])('leave the policy of %s as it was', async (url) => {
    const { headers } = await api.get(url)
    expect(headers['content-security-policy']).toBe("default-src 'none'; frame-ancestors 'none'")
  })

  it('are linked from the index when there are any', async () => {
    expect((await api.app.inject('/')).json().page).toBe('/app/')
    const { app } = await createApiHarness()
    expect('page' in (await app.inject('/')).json()).toBe(false)
    expect((await app.inject('/app/')).statusCode).toBe(404)
  })
})
