/**
 * Every page of both sides against the real server: in both themes, on a phone and a desk, in both languages, for every role.
 * The pages are those of the route tree itself (`page-visits.ts`).
 */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  arePicturesTaken,
  findBarriers,
  openBrowser,
  overflowsSideways,
  PHONE,
  takePicture,
  takeWindowPicture,
  WIDE,
} from '../setup/browser.ts'
import { describeWithProgram } from '../setup/programs.ts'
import { findEnglish, loadCatalogueTexts } from './catalogue-texts.ts'
import { findPages, isSettled, openContext, visitAll, type Contexts, type PageVisit } from './page-visits.ts'
import { openPagesWorld, type PagesWorld } from './pages-world.ts'

/** What stands at a page once everything has come: the world, not only its frame. */
const contents: Readonly<Record<string, string>> = {
  now: 'drill-north',
  usage: 'Show as a table',
  'bills-invoiceid': 'Drilling time',
  payment: 'Save a payment method',
  fleet: 'drill-lost',
  'devices-deviceid': 'Holds (2)',
  customers: 'Steinbruch Nord',
  'contracts-contractid': 'drill-east',
  'billing-run': 'crusher-1',
  pushes: 'Stripe refused the document (email_invalid): Invalid email address: jo@',
  people: 'Ada Frei',
  'api-keys': 'ERP export',
  webhooks: 'Books',
  'webhooks-endpointid': 'It answered 500.',
  audit: 'sign_in_link',
  mails: 'jo@bohrwerk.example',
  'mails-mailid': 'has issued invoice',
  alarms: 'Look whether the board was exchanged.',
  claims: 'SN-1',
  models: 'BW 700',
  'models-modelid': 'energy_wh',
  tariffs: 'Pay per minute',
  'tariffs-tariffid': '4.90',
  manufacturers: 'Bohrwerk',
  jobs: 'billing_run',
  'not-found': 'There is no such page',
  'no-right': 'This page is not for you',
}

/** What the server keeps as a code and facts. */
const germanContents: Readonly<Record<string, string>> = {
  pushes: 'Stripe hat es abgelehnt (email_invalid): „Invalid email address: jo@“',
  'webhooks-endpointid': 'Er hat mit 500 geantwortet.',
}

/** Where the number of an invoice stands. */
const withInvoices: readonly string[] = ['bills', 'customers-customerid']

/** What the documentation shows. */
const documented = ['now-390-light', 'fleet-1440-light']

/** Some twenty seconds alone; a machine that does much else besides takes long. */
const TIMEOUT_MS = 400_000

describeWithProgram(['chromium-headless-shell'], 'every page', () => {
  let browser: Browser
  let world: PagesWorld
  let visits: PageVisit[]
  beforeAll(async () => {
    ;[browser, world] = await Promise.all([openBrowser(), openPagesWorld()])
    if (arePicturesTaken) await world.areMachinesCounted()
    visits = await findPages(browser, world)
  })
  afterAll(async () => {
    await browser.close()
    await world.close()
  })

  async function openContexts(language: 'en' | 'de'): Promise<Contexts> {
    const open = async (cookies: Parameters<typeof openContext>[1]) => openContext(browser, cookies, language)
    const signIn = async (...somebody: Parameters<PagesWorld['signIn']>) => {
      const { cookies, client } = await world.signIn(...somebody)
      await client.PATCH('/v1/me', { body: { language } })
      return open(cookies)
    }
    return {
      nobody: await open([]),
      customer: await signIn('customer_owner', 'Mara Steiner'),
      manufacturer: await signIn('manufacturer_admin', 'Jo Berg'),
      installation: await signIn('installation_admin', 'Ina Host'),
    }
  }

  it(
    'has no barrier in either theme, on a phone and a desk, and says nothing in the console',
    async () => {
      await world.signIn('auditor', 'Ada Frei')
      const contexts = await openContexts('en')
      const found = await visitAll(world.url, visits, contexts, async (page, { name }) => {
        const content = withInvoices.includes(name) ? world.params['invoiceNumber'] : contents[name]
        if (content !== undefined) await page.getByText(content).first().waitFor()
        const findings: string[] = []
        // Colours are of the theme and the arrangement is of the size, so each of both is looked at once for barriers.
        for (const [size, theme, isSearched] of [
          [PHONE, 'light', false],
          [PHONE, 'dark', true],
          [WIDE, 'dark', false],
          [WIDE, 'light', true],
        ] as const) {
          await page.setViewportSize(size)
          await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
          await page.locator(`html[data-mantine-color-scheme="${theme}"]`).waitFor()
          const at = `${size.width}-${theme}`
          if (await overflowsSideways(page)) findings.push(`${at}: scrolls sideways`)
          if (await page.evaluate<boolean>('document.getAnimations().length > 0')) {
            findings.push(`${at}: moves although the reader asked for less motion`)
          }
          if (isSearched) findings.push(...(await findBarriers(page)).map((barrier) => `${at}: ${barrier}`))
          await takePicture(page, `${name}-${at}`)
          if (documented.includes(`${name}-${at}`)) await takeWindowPicture(page, `docs-${name}-${at}`)
        }
        return findings
      })
      expect(visits.length).toBeGreaterThan(20)
      expect(found).toEqual({})
    },
    TIMEOUT_MS,
  )

  it(
    'is in German as a whole, and in neither language wider than a small phone or than twice the text',
    async () => {
      const texts = await loadCatalogueTexts()
      expect(texts.english.size).toBeGreaterThan(100)
      const found = await visitAll(
        world.url,
        visits,
        await openContexts('de'),
        async (page, { name, who }) => {
          const content = germanContents[name]
          if (content !== undefined) await page.getByText(content).first().waitFor()
          const findings = await findEnglish(page, texts)
          await takePicture(page, `${name}-390-german`)
          if (await overflowsSideways(page)) findings.push('390: scrolls sideways')
          if (who === 'manufacturer') return findings
          // WCAG 1.4.10 and 1.4.4.
          await page.setViewportSize({ width: 320, height: 640 })
          if (await overflowsSideways(page)) findings.push('320: scrolls sideways')
          await page.setViewportSize({ width: 1280, height: 900 })
          await page.evaluate('document.documentElement.style.fontSize = "200%"')
          if (await overflowsSideways(page)) findings.push('200 %: scrolls sideways')
          return findings
        },
      )
      expect(found).toEqual({})
    },
    TIMEOUT_MS,
  )

  it.each([
    ['operator', 'Ole Vik'],
    ['finance', 'Kim Lund'],
    ['auditor', 'Ada Frei'],
    ['customer_member', 'Tom Auer'],
    ['installation_admin', 'Ina Host'],
  ] as const)('that %s is offered opens without a refusal', async (role, name) => {
    const { cookies } = await world.signIn(role, name)
    const context = await openContext(browser, cookies)
    const page = await context.newPage()
    await page.setViewportSize(WIDE)
    await page.goto(`${world.url}/app/`)
    await isSettled(page)
    const all = await page.locator('nav a').all()
    const links = await Promise.all(all.map(async (link) => (await link.getAttribute('href')) ?? ''))
    await page.close()
    expect(links.length).toBeGreaterThan(2)
    const offered = links.map((link) => ({
      name: link,
      address: link.replace('/app', ''),
      who: 'manufacturer' as const,
    }))
    const contexts = { nobody: context, customer: context, manufacturer: context, installation: context }
    const found = await visitAll(world.url, offered, contexts, async (visited) =>
      visited.locator('[role=alert]').allInnerTexts(),
    )
    expect(found).toEqual({})
    await context.close()
  })
})
