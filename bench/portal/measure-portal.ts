/**
 * The portal's first page in a slowed-down browser, in turn with a page without script from the same server. What the page shows and
 * when is noted inside the page, by a script that is there before any of ours and never waits on it.
 */
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { chromium, type Browser, type BrowserContext } from 'playwright-core'
import { buildPages, isBuildCurrent } from '../../web/index.ts'
import { startChild } from '../child-calls.ts'
import { benchErrors } from '../errors.ts'
import { summarise, type NumberSummary } from '../number-summary.ts'
import type { Measured, MeasureContext } from '../run-measurement.ts'
import type { PortalSettings } from './portal-arguments.ts'
import type { PortalServerMethods } from './portal-server.ts'

const PREPARE_TIMEOUT_MS = 120_000
const PAGE_TIMEOUT_MS = 60_000
const PHONE = { width: 390, height: 844 }
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
]

export type PortalResult = {
  readonly costShownMs: NumberSummary
  readonly interactiveMs: NumberSummary
  readonly yardstickMs: NumberSummary
  readonly scriptBytes: number
}

type Marks = { readonly shownMs: number; readonly answeredMs: number; readonly scriptBytes: number }

/** Puts the marks into `window.marks`; a frame has ended when a message that was sent in it arrives. */
const watchCost = `
  const afterFrame = (then) => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = then
    port2.postMessage(0)
  })
  const scriptBytes = () => performance.getEntriesByType('resource')
    .filter(({ name }) => name.endsWith('.js')).reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0)
  const until = (isThere, then) => {
    const observer = new MutationObserver(() => {
      if (!isThere()) return
      observer.disconnect()
      then()
    })
    observer.observe(document, { childList: true, subtree: true, characterData: true })
  }
  until(() => /\\d/.test(document.querySelector('[data-testid=total]')?.textContent ?? ''), () => afterFrame(() => {
    const shownMs = performance.now()
    until(() => document.querySelector('[role=dialog]') !== null, () => afterFrame(() => {
      window.marks = { shownMs, answeredMs: performance.now(), scriptBytes: scriptBytes() }
    }))
    document.querySelector('header button[aria-haspopup=dialog]').click()
  }))
`
const watchEmpty = `
  addEventListener('DOMContentLoaded', () => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => { window.marks = { shownMs: performance.now(), answeredMs: performance.now(), scriptBytes: 0 } }
    port2.postMessage(0)
  }))
`

/** @throws AppError `bench_failed` */
export async function measurePortal(
  { rounds, slowDown }: PortalSettings,
  { progress, signal }: MeasureContext,
): Promise<Measured<PortalResult>> {
  if (!isBuildCurrent()) await buildPages()
  const folder = mkdtempSync(`${tmpdir()}/usance-bench-`)
  const server = startChild<PortalServerMethods>(new URL('./portal-server.ts', import.meta.url), {
    args: [folder],
    signal,
  })
  let browser: Browser | undefined
  try {
    const { url, signInPath } = await server.call('prepare', undefined, PREPARE_TIMEOUT_MS)
    browser = await chromium.launch({ executablePath: findChromium(), args: flags })
    const session = await signIn(browser, url + signInPath)
    const portal: Marks[] = []
    const yardstick: Marks[] = []
    for (let round = 1; round <= rounds; round += 1) {
      signal.throwIfAborted()
      const empty = await visit(browser, `${url}/problems/not_found`, watchEmpty, { session, slowDown })
      const marks = await visit(browser, `${url}/app/`, watchCost, { session, slowDown })
      progress(
        `round ${round}: ${Math.round(marks.answeredMs)} ms until a click is answered, ${Math.round(empty.shownMs)} ms for an empty page`,
      )
      portal.push(marks)
      yardstick.push(empty)
    }
    const result = {
      costShownMs: summarise(portal.map(({ shownMs }) => shownMs)),
      interactiveMs: summarise(portal.map(({ answeredMs }) => answeredMs)),
      yardstickMs: summarise(yardstick.map(({ shownMs }) => shownMs)),
      scriptBytes: Math.max(...portal.map(({ scriptBytes }) => scriptBytes)),
    }
    return { result, faults: [] }
  } finally {
    await browser?.close()
    await server.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

type Session = Awaited<ReturnType<BrowserContext['storageState']>>

/** What a browser keeps of somebody who has signed in: his cookies. */
async function signIn(browser: Browser, link: string): Promise<Session> {
  const context = await browser.newContext({ viewport: PHONE, locale: 'en-GB' })
  const page = await context.newPage()
  await page.goto(link)
  await page.locator('button[type=submit]').first().click()
  await page.locator('[data-testid=total]').waitFor({ timeout: PAGE_TIMEOUT_MS })
  const { cookies } = await context.storageState()
  await context.close()
  return { cookies, origins: [] }
}

/** A browser without history or cache opens the address under the slow-down and says what it noted. */
async function visit(
  browser: Browser,
  address: string,
  watch: string,
  { session, slowDown }: { readonly session: Session; readonly slowDown: number },
): Promise<Marks> {
  const context = await browser.newContext({ viewport: PHONE, locale: 'en-GB', storageState: session })
  try {
    await context.addInitScript(watch)
    const page = await context.newPage()
    const tools = await context.newCDPSession(page)
    await tools.send('Network.setCacheDisabled', { cacheDisabled: true })
    await tools.send('Emulation.setCPUThrottlingRate', { rate: slowDown })
    await page.goto(address, { waitUntil: 'commit' })
    for (const deadline = Date.now() + PAGE_TIMEOUT_MS; ; await page.waitForTimeout(100)) {
      const marks = await page.evaluate<Marks | null>('window.marks ?? null')
      if (marks !== null) return marks
      if (Date.now() > deadline) {
        throw benchErrors.bench_failed(
          `${new URL(address).pathname} showed nothing within ${PAGE_TIMEOUT_MS} ms.`,
        )
      }
    }
  } finally {
    await context.close()
  }
}

/** @throws AppError `bench_failed` */
function findChromium(searchPath: string = process.env['PATH'] ?? ''): string {
  const files = searchPath.split(path.delimiter).map((folder) => path.join(folder, 'chromium'))
  const program = files.find((file) => {
    try {
      accessSync(file, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
  if (program === undefined) throw benchErrors.bench_failed('Install chromium: apt-get install chromium.')
  return program
}
