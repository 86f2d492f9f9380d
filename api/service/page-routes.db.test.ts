import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { createApiHarness, type ApiHarness } from '../testing/api-harness.ts'

const PAGE = '<!doctype html><title>Usance</title>'
const SCRIPT = 'console.log("page")\n'.repeat(200)

let folder: string
let api: ApiHarness
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'usance-pages-'))
  mkdirSync(path.join(folder, 'assets'))
  writeFileSync(path.join(folder, 'index.html'), PAGE)
  writeFileSync(path.join(folder, 'assets/page.module-Ab_1-c.js'), SCRIPT)
  writeFileSync(path.join(folder, 'assets/page.module-Ab_1-c.js.br'), brotliCompressSync(SCRIPT))
  writeFileSync(path.join(folder, 'assets/page.module-Ab_1-c.js.gz'), gzipSync(SCRIPT))
  api = await createApiHarness({ pagesFolder: folder })
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('pages', () => {
  it.each(['/app', '/app/', '/app/fleet?state=online', '/app/devices/drill-1.2'])(
    'answer the page at %s, which is asked for again each time',
    async (url) => {
      const { statusCode, headers, body } = await api.app.inject(url)
      expect([statusCode, headers['content-type'], headers['cache-control'], body]).toEqual([
        200,
        'text/html; charset=utf-8',
        'no-cache',
        PAGE,
      ])
    },
  )

  it.each([
    ['br', brotliCompressSync(SCRIPT)],
    ['gzip', gzipSync(SCRIPT)],
    ['identity', Buffer.from(SCRIPT)],
  ])('serve assets for ever, as %s if the browser takes it', async (encoding, content) => {
    const { headers, rawPayload } = await api.app.inject({
      url: '/app/assets/page.module-Ab_1-c.js',
      headers: { 'accept-encoding': encoding },
    })
    expect(headers['cache-control']).toBe('public, max-age=31536000, immutable')
    expect(headers['content-type']).toBe('application/javascript; charset=utf-8')
    expect(headers['content-encoding'] ?? 'identity').toBe(encoding)
    expect(headers.vary).toBe('accept-encoding')
    expect(rawPayload.equals(content)).toBe(true)
  })

  it('may load their own scripts and fonts, no inline script, and ask this server only', async () => {
    const { headers } = await api.app.inject('/app/')
    expect(headers['content-security-policy']).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; connect-src 'self'; " +
        "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    )
    expect(headers['x-content-type-options']).toBe('nosniff')
  })

  it.each(['/app/assets/none.js', '/app/assets/page.module-Ab_1-c.js.br'])(
    'are nothing but what the build lists: %s answers a problem and may load nothing',
    async (url) => {
      const { statusCode, headers } = await api.app.inject(url)
      expect(statusCode).toBeGreaterThan(399)
      expect(headers['content-security-policy']).toBe("default-src 'none'; frame-ancestors 'none'")
    },
  )

  it.each(['/app/..%2f..%2fpackage.json', '/app/assets/..%2findex.html'])(
    'never leave their folder: %s',
    async (url) => {
      expect((await api.app.inject(url)).body).not.toContain('"name": "usance"')
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

describe('pages without a build', () => {
  it('say how to make one, and are served as soon as there is one', async () => {
    const later = mkdtempSync(path.join(tmpdir(), 'usance-pages-'))
    const { app } = await createApiHarness({ pagesFolder: later })
    const before = await app.inject('/app/now')
    expect(before.statusCode).toBe(503)
    expect(before.body).toContain('npm run build:web')
    writeFileSync(path.join(later, 'index.html'), PAGE)
    const after = await app.inject('/app/now')
    expect([after.statusCode, after.body]).toEqual([200, PAGE])
    rmSync(later, { recursive: true })
  })
})
