/**
 * Visits pages of the running application, several tabs at a time. Which pages there are says its own route tree, so that a new page
 * is visited without a word here; who visits it follows from what its route says.
 */
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { listenForComplaints, PHONE } from '../setup/browser.ts'
import type { Cookies, PagesWorld, Params } from './pages-world.ts'

export type Visitor = 'nobody' | 'customer' | 'manufacturer' | 'installation'
export type PageVisit = { readonly name: string; readonly address: string; readonly who: Visitor }
export type Contexts = Readonly<Record<Visitor, BrowserContext>>

type Route = { readonly path: string; readonly audience: string; readonly right?: string }

const TABS = 2
const entrances = ['/sign-in', '/welcome']

/** One visit for each route, and the two pages that every address may turn into. */
export async function findPages(browser: Browser, { url, params }: PagesWorld): Promise<PageVisit[]> {
  const page = await browser.newPage()
  await page.goto(`${url}/app/sign-in`)
  await isSettled(page)
  const routes = await page.evaluate<Route[]>(
    'Object.values(__TSR_ROUTER__.routesByPath).map(({ fullPath, options }) => ({ path: fullPath, ...options.staticData }))',
  )
  await page.close()
  const own = routes
    // "/" leads on to another page; "$" is every address that nothing else is at.
    .filter(({ path }) => path !== '/' && path !== '/$')
    .map((route) => ({
      name: nameOf(route.path),
      address: fillIn(route.path, params),
      who: visitorOf(route),
    }))
  return [
    ...own,
    { name: 'not-found', address: '/nowhere', who: 'customer' },
    { name: 'no-right', address: '/fleet', who: 'customer' },
  ]
}

const nameOf = (path: string) => path.slice(1).replaceAll('/$', '-').toLowerCase()

function fillIn(path: string, params: Params): string {
  return path.replaceAll(/\$(\w+)/g, (_all, name: string) => {
    const value = params[name]
    if (value === undefined) throw new Error(`Say in pages-world.ts which "${name}" to visit at ${path}.`)
    return value
  })
}

function visitorOf({ path, audience, right }: Route): Visitor {
  if (entrances.includes(path)) return 'nobody'
  if (right?.startsWith('installation:') === true) return 'installation'
  return audience === 'customer' || path.startsWith('/bills/') ? 'customer' : 'manufacturer'
}

/** A browser without history in which somebody is signed in. */
export async function openContext(
  browser: Browser,
  cookies: Cookies,
  language: 'en' | 'de' = 'en',
): Promise<BrowserContext> {
  const context = await browser.newContext({
    viewport: PHONE,
    colorScheme: 'light',
    locale: language === 'de' ? 'de-AT' : 'en-GB',
    timezoneId: 'Europe/Vienna',
    reducedMotion: 'reduce',
  })
  context.setDefaultTimeout(60_000)
  await context.addCookies([...cookies])
  return context
}

/**
 * Opens each page in the context of its visitor and collects what `look` finds, with whatever the browser complained about.
 * Pages at which nothing was found are not in the answer.
 */
export async function visitAll(
  url: string,
  visits: readonly PageVisit[],
  contexts: Contexts,
  look: (page: Page, visit: PageVisit) => Promise<readonly string[]>,
): Promise<Readonly<Record<string, readonly string[]>>> {
  const found: Record<string, readonly string[]> = {}
  const waiting = [...visits]
  const lane = async () => {
    for (let visit = waiting.shift(); visit !== undefined; visit = waiting.shift()) {
      const page = await contexts[visit.who].newPage()
      const complaints = listenForComplaints(page)
      const looking = async () => {
        await page.goto(`${url}/app${visit.address}`)
        await isSettled(page)
        return look(page, visit)
      }
      const seen = await looking().catch((error: unknown) => [String(error)])
      const findings = [...seen, ...complaints.filter(isAboutThePage(visit))]
      if (findings.length > 0) found[visit.name] = findings
      await page.close()
    }
  }
  await Promise.all(Array.from({ length: TABS }, lane))
  return found
}

/** The browser itself notes that nobody is signed in yet. */
const isAboutThePage =
  ({ who }: PageVisit) =>
  (complaint: string) =>
    who !== 'nobody' || !complaint.includes('401')

/** Waits until the page has its heading and nothing of it loads any more. */
export async function isSettled(page: Page): Promise<void> {
  await page.locator('h1').first().waitFor()
  await page.locator(':is([aria-busy=true], .mantine-Skeleton-root)').first().waitFor({ state: 'detached' })
  await page.evaluate('document.fonts.ready.then(() => true)')
}
