/** What people do with their hands and connections, against the real server: keyboard alone, offline, a session that ends. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { findBarriers, openBrowser, takePicture, WIDE } from '../setup/browser.ts'
import { describeWithProgram } from '../setup/programs.ts'
import { isSettled, openContext } from './page-visits.ts'
import { openPagesWorld, type PagesWorld } from './pages-world.ts'

const MAX_STEPS = 40

describeWithProgram(['chromium-headless-shell'], 'a person', () => {
  let browser: Browser
  let world: PagesWorld
  beforeAll(async () => {
    ;[browser, world] = await Promise.all([openBrowser(), openPagesWorld()])
  })
  afterAll(async () => {
    await browser.close()
    await world.close()
  })

  async function visit(address: string, role: Parameters<PagesWorld['signIn']>[0], name: string) {
    const { cookies, client } = await world.signIn(role, name)
    const context = await openContext(browser, cookies)
    const page = await context.newPage()
    await page.goto(`${world.url}/app${address}`)
    await isSettled(page)
    return { page, context, client }
  }

  /** Walks with Tab until the named thing has the focus; a thing that cannot be seen to have it does not count. */
  async function walkTo(page: Page, name: string): Promise<void> {
    for (let step = 0; step < MAX_STEPS; step += 1) {
      await page.keyboard.press('Tab')
      const focused = await page.evaluate<{ name: string; isSeen: boolean }>(`(() => {
        const element = document.activeElement
        // Before the first thing and after the last one the page as a whole has it.
        if (element === document.body) return { name: '', isSeen: true }
        const { outlineStyle, outlineWidth, boxShadow, borderColor } = getComputedStyle(element)
        const label = element.labels?.[0]?.textContent
        return {
          name: (element.getAttribute('aria-label') ?? label ?? element.textContent).trim(),
          isSeen: (outlineStyle !== 'none' && parseFloat(outlineWidth) > 0) || boxShadow !== 'none' || element.matches('input, select, textarea'),
        }
      })()`)
      if (!focused.isSeen) throw new Error(`Nobody sees that "${focused.name}" has the focus.`)
      if (focused.name.includes(name)) return
    }
    throw new Error(`Tab does not come to "${name}" within ${MAX_STEPS} steps.`)
  }

  it('reads a bill down to its readings by keyboard alone', async () => {
    const { page, context } = await visit('/now', 'customer_owner', 'Mara Steiner')
    await walkTo(page, 'Skip to the content')
    await page.keyboard.press('Enter')
    expect(await page.evaluate<string>('document.activeElement.id')).toBe('content')
    await page.reload()
    await isSettled(page)
    await walkTo(page, 'Bills')
    await page.keyboard.press('Enter')
    const number = world.params['invoiceNumber'] ?? ''
    await page.getByText(number).waitFor()
    // A reader hears where he is.
    expect(await page.evaluate<string>('document.activeElement.textContent')).toBe('Bills')
    await walkTo(page, number)
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Drilling time' }).waitFor()
    await walkTo(page, 'Drilling time')
    await page.keyboard.press('Enter')
    await page
      .getByText(/Reading 1\/\d+ before/)
      .first()
      .waitFor()
    expect(await findBarriers(page)).toEqual([])
    await takePicture(page, 'bill-open-390-light')
    await context.close()
  })

  it('decides about a held reading by keyboard alone', async () => {
    const { page, context, client } = await visit('/devices/drill-south', 'operator', 'Ole Vik')
    await page.setViewportSize(WIDE)
    await walkTo(page, 'Overview')
    const tab = () => page.evaluate<string>('document.activeElement.textContent')
    for (let step = 0; step < 8 && !(await tab()).startsWith('Holds'); step += 1) {
      await page.keyboard.press('ArrowRight')
    }
    await page.getByText('Reading 1/').first().waitFor()
    await takePicture(page, 'holds-1440-light')
    await walkTo(page, 'Release')
    await page.keyboard.press('Space')
    await walkTo(page, 'Reason')
    await page.keyboard.type('Read off the display.')
    await walkTo(page, 'Decide')
    await page.keyboard.press('Enter')
    await page.getByText('Decided; usage is being computed again.').waitFor()
    const { data } = await client.GET('/v1/devices/{id}/decisions', {
      params: { path: { id: 'drill-south' } },
    })
    expect(data?.items.map(({ kind, reason }) => ({ kind, reason }))).toEqual([
      { kind: 'release', reason: 'Read off the display.' },
    ])
    await context.close()
  })

  it('cannot leave an open menu with Tab, and Escape gives the focus back', async () => {
    const { page, context } = await visit('/bills', 'customer_owner', 'Mara Steiner')
    await walkTo(page, 'Account')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor()
    const isInside = () => page.evaluate<boolean>('document.activeElement.closest("[role=dialog]") !== null')
    for (let step = 0; step < 12; step += 1) {
      await page.keyboard.press('Tab')
      expect(await isInside()).toBe(true)
    }
    expect(await findBarriers(page)).toEqual([])
    await takePicture(page, 'account-390-light')
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    expect(await page.evaluate<string>('document.activeElement.textContent')).toContain('Account')
    await context.close()
  })

  it('who makes two webhook secrets in a row is told that the second stops the ones before, and is not refused', async () => {
    const { page, context } = await visit(
      `/webhooks/${world.params['endpointId']}`,
      'manufacturer_admin',
      'Jo Berg',
    )
    const make = page.getByRole('button', { name: 'New secret' })
    const secret = page.getByText(/^whsec_/)
    const overlap = page.getByText('The secret before signs too until')
    await make.click()
    await page.getByRole('group', { name: 'The one before signs for 24 more hours.' }).waitFor()
    await make.click()
    await overlap.waitFor()
    const first = await secret.innerText()
    await make.click()
    await page.getByRole('group', { name: 'Every secret before stops at once.' }).waitFor()
    await make.click()
    await overlap.waitFor({ state: 'detached' })
    expect(await secret.innerText()).not.toBe(first)
    expect(await page.getByRole('alert').filter({ hasText: 'Wait until' }).count()).toBe(0)
    await context.close()
  })

  it('keeps the figures while there is no connection, and is told so', async () => {
    const { page, context } = await visit('/now', 'customer_owner', 'Mara Steiner')
    const total = await page.getByTestId('total').innerText()
    await context.setOffline(true)
    await page.getByText('You are offline.').waitFor()
    expect(await page.getByTestId('total').innerText()).toBe(total)
    expect(await findBarriers(page)).toEqual([])
    await takePicture(page, 'offline-390-light')
    await context.setOffline(false)
    await page.getByText('You are offline.').waitFor({ state: 'detached' })
    await context.close()
  })

  it('signs in again when the session ended meanwhile, and comes back to the same page', async () => {
    const { page, context, client } = await visit('/bills', 'customer_owner', 'Mara Steiner')
    const link = page.getByRole('link', { name: world.params['invoiceNumber'] ?? '' })
    const address = await link.getAttribute('href')
    await client.POST('/auth/sign-out')
    await link.click()
    await page.getByLabel('E-mail').fill('mara.steiner@bohrwerk.example')
    await page.keyboard.press('Enter')
    await page.getByLabel('Code').waitFor()
    await page.getByLabel('Code').fill(await world.newestCode())
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Drilling time' }).waitFor()
    expect(new URL(page.url()).pathname).toBe(address)
    await context.close()
  })
})
