/** Every page in both themes and both sizes: no barrier that axe finds, no complaint of the browser, and a picture to look at. */
import { afterAll, beforeAll, expect, it } from 'vitest'

import { describeWithProgram } from '../test/setup/programs.ts'
import {
  findBarriers,
  openPages,
  overflowsSideways,
  PHONE,
  takePicture,
  WIDE,
  type PagesUnderTest,
  type Who,
} from './testing/browser.ts'

/** The address, who opens it, and a text that stands there once everything has come. */
const pages: readonly (readonly [name: string, address: string, who: Who | undefined, text: string])[] = [
  ['sign-in', '/sign-in', undefined, 'Send me a code'],
  ['welcome', '/welcome?token=abc', undefined, 'Begin'],
  ['now', '/now', 'mara', 'drill-north'],
  ['usage', '/usage', 'mara', 'Show as a table'],
  ['bills', '/bills', 'mara', 'BW-2026-0042'],
  ['bill', '/bills/inv_1', 'mara', 'Run time'],
  ['set-up', '/set-up', 'jo', 'Register the machine'],
  ['fleet', '/fleet', 'jo', 'drill-south'],
  ['device', '/devices/drill-south', 'jo', '2 h 37 min'],
  ['device-holds', '/devices/drill-south?tab=holds', 'jo', 'Reading 1/7397'],
  ['device-alarms', '/devices/drill-south?tab=alarms', 'jo', 'sequence_reset'],
  ['device-access', '/devices/drill-south?tab=access', 'jo', 'used up'],
  ['device-details', '/devices/drill-south?tab=details', 'jo', 'Revoke the device'],
  ['alarms', '/alarms?state=all', 'jo', 'closed by Jo Berg'],
  ['claims', '/claims', 'jo', 'BW7-26-77'],
  ['models', '/models', 'jo', 'Run time (s)'],
  ['model', '/models/bw-700', 'jo', 'Version 1'],
  ['tariffs', '/tariffs', 'jo', 'Pay per minute'],
  ['tariff', '/tariffs/tar_1', 'jo', '€0.1275 per min'],
  ['customers', '/customers', 'jo', 'Tunnelbau Linz'],
  ['customer', '/customers/cus_1', 'jo', 'BW-2026-0042'],
  ['contract', '/contracts/con_1', 'jo', 'Per machine'],
  ['billing-run', '/billing-run', 'jo', 'BW-2026-0042'],
  ['people', '/people', 'jo', 'Ida Lang'],
  ['api-keys', '/api-keys', 'jo', 'ERP export'],
  ['audit', '/audit', 'jo', 'inv_1'],
  ['mails', '/mails', 'jo', 'Send again'],
  ['mail', '/mails/1', 'jo', 'Guten Tag Mara Steiner'],
  ['jobs', '/jobs', 'jo', 'billing_run'],
  ['settings', '/settings', 'jo', 'Connected, test mode.'],
  ['manufacturers', '/manufacturers', 'ada', 'Pumpenbau Nord'],
  ['not-found', '/nowhere', 'mara', 'There is no such page'],
  ['no-right', '/fleet', 'mara', 'This page is not for you'],
]

describeWithProgram(['chromium'], 'every page', () => {
  let web: PagesUnderTest
  beforeAll(async () => {
    web = await openPages()
  })
  afterAll(() => web.close())

  it.each(pages)('%s has no barrier in either theme and fits a phone', async (name, address, who, text) => {
    const { page, context, complaints } = await web.visit(address, {
      ...(who === undefined ? {} : { who }),
      size: PHONE,
    })
    await page.getByText(text).first().waitFor()
    expect(await findBarriers(page)).toEqual([])
    expect(await overflowsSideways(page)).toBe(false)
    await takePicture(page, `${name}-390-light`)
    await page.setViewportSize(WIDE)
    await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' })
    await page.locator('html[data-mantine-color-scheme="dark"]').waitFor()
    expect(await findBarriers(page)).toEqual([])
    await takePicture(page, `${name}-1440-dark`)
    // Nobody is signed in yet: the browser itself notes the 401.
    expect(complaints.filter((complaint) => who !== undefined || !complaint.includes('401'))).toEqual([])
    await context.close()
  })

  it('is in German as a whole when the reader is', async () => {
    const { page, context } = await web.visit('/sign-in', { language: 'de' })
    await page.getByRole('heading', { name: 'Anmelden' }).waitFor()
    expect(await page.locator('html').getAttribute('lang')).toBe('de')
    expect(await findBarriers(page)).toEqual([])
    await context.close()
  })
})
