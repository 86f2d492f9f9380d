/**
 * The built pages over the stub server, for what a real one cannot easily show: refusals, failures, answers at a chosen moment. One
 * browser per file; each test gets a context of its own, which is a browser without history, storage or session.
 */
import type { Browser } from 'playwright-core'

import { listenForComplaints, openBrowser, PHONE } from '../../test/setup/browser.ts'
import { pagesFolder } from '../index.ts'
import { startStubServer, type StubServer } from './stub-server.ts'

type Visit = {
  readonly who?: 'mara' | 'jo' | 'ada'
  readonly size?: { readonly width: number; readonly height: number }
}

export type PagesUnderTest = Awaited<ReturnType<typeof openPages>>

export async function openPages() {
  const stub: StubServer = await startStubServer(pagesFolder)
  const browser: Browser = await openBrowser()
  return {
    stub,
    /** A new browser context at an address below `/app`, and whatever the page complained about. */
    async visit(address: string, { who, size = PHONE }: Visit = {}) {
      const context = await browser.newContext({
        viewport: size,
        colorScheme: 'light',
        locale: 'en-GB',
        timezoneId: 'Europe/Vienna',
        reducedMotion: 'reduce',
        baseURL: stub.url,
      })
      if (who !== undefined) await context.addCookies([{ name: 'stub', value: who, url: stub.url }])
      const page = await context.newPage()
      const complaints = listenForComplaints(page)
      page.setDefaultTimeout(60_000)
      await page.goto(`${stub.url}/app${address}`)
      return { page, context, complaints }
    },
    async close() {
      await browser.close()
      await stub.close()
    },
  }
}
