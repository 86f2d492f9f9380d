/**
 * Debian's Chromium over the built pages and the stub server. One browser per file; each test gets a context of its own, which is a
 * browser without history, storage or session.
 */
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import Axe from '@axe-core/playwright'
import { chromium, type Browser, type Page } from 'playwright-core'

import { findProgram } from '../../test/setup/programs.ts'
import { buildPages, isBuildCurrent, pagesFolder } from '../index.ts'
import { startStubServer, type StubServer } from './stub-server.ts'

/** As root and without a network; see what each does in Chromium's own list of switches. */
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
const pictures = path.join(import.meta.dirname, '../../test-results/web')

export const PHONE = { width: 390, height: 844 }
export const WIDE = { width: 1440, height: 900 }

export type Theme = 'light' | 'dark'
export type Who = 'mara' | 'jo' | 'ada'

export type Visit = {
  readonly who?: Who
  readonly theme?: Theme
  readonly language?: 'en' | 'de'
  readonly size?: { readonly width: number; readonly height: number }
}

export type PagesUnderTest = Awaited<ReturnType<typeof openPages>>

export async function openPages() {
  if (!isBuildCurrent()) await buildPages()
  mkdirSync(pictures, { recursive: true })
  const stub: StubServer = await startStubServer(pagesFolder)
  const browser: Browser = await chromium.launch({
    executablePath: findProgram('chromium') ?? 'chromium',
    args: flags,
  })
  return {
    stub,
    /** A new browser context at an address below `/app`, and whatever the page complained about. */
    async visit(address: string, { who, theme = 'light', language = 'en', size = PHONE }: Visit = {}) {
      const context = await browser.newContext({
        viewport: size,
        colorScheme: theme,
        locale: language === 'de' ? 'de-AT' : 'en-GB',
        timezoneId: 'Europe/Vienna',
        reducedMotion: 'reduce',
        baseURL: stub.url,
      })
      if (who !== undefined) await context.addCookies([{ name: 'stub', value: who, url: stub.url }])
      const page = await context.newPage()
      const complaints: string[] = []
      page.on('pageerror', (error) => complaints.push(error.message))
      page.on('console', (message) => {
        if (message.type() === 'error') complaints.push(message.text())
      })
      page.setDefaultTimeout(10_000)
      await page.goto(`${stub.url}/app${address}`)
      return { page, context, complaints }
    },
    async close() {
      await browser.close()
      await stub.close()
    },
  }
}

/** Everything that axe finds against WCAG 2.2 AA, as one line each. */
export async function findBarriers(page: Page): Promise<string[]> {
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
  const { violations } = await new Axe({ page }).withTags(tags).analyze()
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, any }) => `${id}: ${html.slice(0, 160)} ${any[0]?.message ?? ''}`),
  )
}

export async function takePicture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: path.join(pictures, `${name}.png`), fullPage: true, animations: 'disabled' })
}

/** True when the page is wider than the window, so that a phone would scroll it sideways. */
export async function overflowsSideways(page: Page): Promise<boolean> {
  return page.evaluate<boolean>('document.documentElement.scrollWidth > document.documentElement.clientWidth')
}
