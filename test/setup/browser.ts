/**
 * Debian's Chromium, and what every test of pages asks of a page: no barrier that axe finds, no complaint of the browser, nothing
 * that scrolls sideways, and a picture for somebody to look at.
 */
import { mkdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium, type Browser, type Page } from 'playwright-core'

import { findProgram } from './programs.ts'

/** Chromium without its own windows, menus and pages: the same engine for a sixth of the processor time. */
const SHELL = 'chromium-headless-shell'

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
const axe = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8')
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

export const PHONE = { width: 390, height: 844 }
export const WIDE = { width: 1440, height: 900 }

export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: findProgram(SHELL) ?? SHELL, args: flags })
}

/** What the page writes as errors into the browser's console, a refused content policy included; the list grows. */
export function listenForComplaints(page: Page): string[] {
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`${message.text()} ${message.location().url}`)
  })
  return complaints
}

type Violation = {
  readonly id: string
  readonly nodes: readonly { readonly html: string; readonly any: readonly { readonly message: string }[] }[]
}

/**
 * Everything that axe finds against WCAG 2.2 AA, as one line each. Axe runs in the page itself: its own bridge opens a second
 * page for each run, for frames that ours do not have, which costs five times as long.
 */
export async function findBarriers(page: Page): Promise<string[]> {
  if (!(await page.evaluate<boolean>('"axe" in window'))) await page.evaluate(axe)
  const options = JSON.stringify({ runOnly: rules, resultTypes: ['violations'] })
  const violations = await page.evaluate<Violation[]>(`axe.run(${options}).then((found) => found.violations)`)
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, any }) => `${id}: ${html.slice(0, 160)} ${any[0]?.message ?? ''}`),
  )
}

/** Pictures are for people who look at them, and cost more than the tests that take them: with PICTURES=1 only. */
export const arePicturesTaken = process.env['PICTURES'] === '1'

/** Of the whole page. */
export async function takePicture(page: Page, name: string): Promise<void> {
  await takeShot(page, name, true)
}

/** What the window shows, for the documentation; `npm run pictures` takes it over. */
export async function takeWindowPicture(page: Page, name: string): Promise<void> {
  await takeShot(page, name, false)
}

async function takeShot(page: Page, name: string, fullPage: boolean): Promise<void> {
  if (!arePicturesTaken) return
  mkdirSync(pictures, { recursive: true })
  await page.screenshot({ path: path.join(pictures, `${name}.png`), fullPage, animations: 'disabled' })
}

/** True when the page is wider than the window, so that a phone would scroll it sideways. */
export function overflowsSideways(page: Page): Promise<boolean> {
  return page.evaluate<boolean>('document.documentElement.scrollWidth > document.documentElement.clientWidth')
}
