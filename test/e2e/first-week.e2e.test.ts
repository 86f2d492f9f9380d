/**
 * The first week of a manufacturer in a real browser against the real server: from `usance init` to the first live reading, and a
 * customer who signs in by a mailed code and sees the bill move while a drill runs.
 */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { createUsanceClient } from '@usance/client'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterEach, expect, it } from 'vitest'
import { openBrowser as openChromium } from '../setup/browser.ts'
import { describeWithProgram, findProgram } from '../setup/programs.ts'
import { findFreePort } from '../../metering/index.ts'
import { openCore, runUsance, setUpWorld, spawnUsance } from './usance-process.ts'

const SECRET_KEY = Buffer.alloc(32, 7).toString('base64')
const cleanUp: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step()
})

function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'usance-first-week-'))
  cleanUp.push(async () => rmSync(folder, { recursive: true }))
  return folder
}

async function openBrowser(): Promise<Browser> {
  const browser = await openChromium()
  cleanUp.push(() => browser.close())
  return browser
}

async function startServer(data: string, http: number) {
  const server = await spawnUsance(data, { mqtt: 0, http }, { USANCE_SECRET_KEY: SECRET_KEY }).ready
  cleanUp.push(() => server.stop('SIGTERM'))
  return { ...server, httpUrl: `http://localhost:${http}` }
}

async function visit(
  browser: Browser,
  url: string,
  width = 1440,
): Promise<{ page: Page; context: BrowserContext }> {
  const context = await browser.newContext({ viewport: { width, height: 900 }, locale: 'en-GB' })
  const page = await context.newPage()
  page.setDefaultTimeout(60_000)
  await page.goto(url)
  return { page, context }
}

/** What the newest mail to somebody says, from the page that a developer reads mails on. */
async function newestMail(page: Page, httpUrl: string, subject: string): Promise<string> {
  const mail = page.getByRole('link', { name: subject }).first()
  // Mails are sent a moment after what they tell, and the page shows those that were sent when it was asked for.
  await expect
    .poll(async () => {
      await page.goto(`${httpUrl}/dev/mails`)
      return mail.count()
    })
    .toBe(1)
  await mail.click()
  return page.locator('pre').innerText()
}

async function fillForm(page: Page, values: Readonly<Record<string, string>>): Promise<void> {
  for (const [label, value] of Object.entries(values)) await page.getByLabel(label).first().fill(value)
  await page.keyboard.press('Enter')
}

/** Publishes readings of a device with a client that we did not write. */
function publisher(
  mqttUrl: string,
  { deviceId, secret }: { readonly deviceId: string; readonly secret: string },
) {
  return async (seq: number, minutesAgo: number, runS: number): Promise<void> => {
    const at = new Date(Date.now() - minutesAgo * 60_000).toISOString()
    const reading = { v: 1, epoch: 1, seq, at, clock: 'synced', registers: { run_s: runS, energy_wh: 100 } }
    const broker = `-h 127.0.0.1 -p ${new URL(mqttUrl).port} -q 1`.split(' ')
    const identity = `-i ${deviceId} -u ${deviceId} -P ${secret}`.split(' ')
    const message = ['-t', `devices/${deviceId}/readings`, '-m', JSON.stringify(reading)]
    await promisify(execFile)(findProgram('mosquitto_pub') ?? '', [...broker, ...identity, ...message])
  }
}

/** The data folder's world with a link for somebody of it. */
async function makeWorld(data: string, role: 'customer_owner' | 'operator', email: string, name: string) {
  const world = await setUpWorld(data)
  const { manufacturerId, customers, devices } = world
  const [customer] = customers
  const [device] = devices
  if (customer === undefined || device === undefined) throw new Error('the world is empty')
  const core = openCore(data)
  const link = await core.people.createSignInLink({
    email,
    name,
    role,
    manufacturerId,
    ...(role === 'customer_owner' ? { customerId: customer.customerId } : {}),
  })
  await core.close()
  return { ...world, customer, device, path: new URL(link).pathname + new URL(link).search }
}

describeWithProgram(['chromium-headless-shell', 'mosquitto_pub'], 'the first week', () => {
  it('leads from usance init to the first live reading', async () => {
    const data = temporaryFolder()
    const http = await findFreePort()
    const envFile = path.join(data, 'secret.env')
    const flags = ['--data', data, '--http-port', String(http), '--settings-file', envFile]
    const init = await runUsance(['init', '--email', 'ina@host.example', '--name', 'Ina Host', ...flags])
    expect(init.code).toBe(0)
    expect(readFileSync(envFile, 'utf8')).toMatch(/^USANCE_SECRET_KEY=/)
    const browser = await openBrowser()
    const server = await startServer(data, http)

    const { page: host } = await visit(browser, init.stdout.trim())
    await host.getByRole('button', { name: 'Begin' }).click()
    await host.waitForURL((url) => !url.pathname.endsWith('/welcome'))
    const manufacturer = {
      name: 'Nordbohr',
      invoicePrefix: 'NB',
      currency: 'EUR',
      timeZone: 'Europe/Berlin',
      languages: ['en', 'de'],
      admin: { email: 'jo@nordbohr.example', name: 'Jo Berg' },
    }
    const made = await host.request.post(`${server.httpUrl}/v1/manufacturers`, {
      data: manufacturer,
      headers: { origin: server.httpUrl },
    })
    expect(made.status()).toBe(201)
    const invitation = await newestMail(host, server.httpUrl, 'Nordbohr')
    const link = /http\S+welcome\?token=\w+/.exec(invitation)?.[0] ?? ''

    const { page } = await visit(browser, link)
    await page.getByRole('button', { name: 'Begin' }).click()
    await page.getByRole('heading', { name: 'Set-up' }).waitFor()
    await fillForm(page, {
      'Legal name': 'Nordbohr GmbH',
      'VAT number': 'DE123456789',
      'Street and number': 'Werkstrasse 1',
      'Postal code': '20095',
      City: 'Hamburg',
      'Country, two letters': 'DE',
      'E-mail': 'bills@nordbohr.example',
      Telephone: '+49 40 123',
    })
    await page.getByText('1 of 8 done').waitFor()
    await fillForm(page, { 'Country or part of it': 'DE', Percent: '19', 'From day': '2021-01-01' })
    await page.getByText('2 of 8 done').waitFor()
    await fillForm(page, { 'Name of the model': 'Drill', 'Short name': 'drill' })
    await page.getByText('3 of 8 done').waitFor()
    await fillForm(page, {
      'Name of the tariff': 'By the minute',
      'Fee per month': '4.90',
      'Price per use': '0.12',
    })
    await page.getByText('4 of 8 done').waitFor()
    await fillForm(page, { 'Name of the machine': 'drill-1' })
    const command = await page.getByRole('region', { name: 'command' }).innerText()
    await page.getByText('5 of 8 done').waitFor()
    await page.getByRole('button', { name: 'The first customer' }).click()
    await fillForm(page, { Name: 'Hochbau Spree', 'E-mail': 'mara@hochbau.example' })
    await page.getByText('6 of 8 done').waitFor()
    await page.locator('main form button[type=submit]').first().click()
    await page.getByText('7 of 8 done').waitFor()

    expect(command).toMatch(/^mosquitto_pub /)
    const { port } = new URL(server.mqttUrl)
    await promisify(execFile)('sh', ['-c', command.replace(/^mosquitto_pub/, `mosquitto_pub -p ${port}`)])
    await page.getByText('Everything is set up.').waitFor()
  })

  it('lets a customer sign in by a mailed code and see the bill move while a drill runs', async () => {
    const data = temporaryFolder()
    const http = await findFreePort()
    const email = 'mara@hochbau.example'
    const {
      customer,
      device,
      apiKey,
      path: welcome,
    } = await makeWorld(data, 'customer_owner', email, 'Mara Spree')
    const browser = await openBrowser()
    const server = await startServer(data, http)
    const { page: first, context } = await visit(browser, server.httpUrl + welcome)
    await first.getByRole('button', { name: 'Begin' }).click()
    await first.getByRole('heading', { name: 'Now' }).waitFor()
    await context.close()

    const publish = publisher(server.mqttUrl, device)
    await publish(1, 30, 36_000)

    const { page } = await visit(browser, `${server.httpUrl}/app/`, 390)
    await page.getByLabel('E-mail').fill(email)
    await page.keyboard.press('Enter')
    await page.getByLabel('Code').waitFor()
    const { page: mails } = await visit(browser, `${server.httpUrl}/dev/mails`)
    const code = /\b\d{6}\b/.exec(await newestMail(mails, server.httpUrl, 'Your code'))?.[0] ?? ''
    await page.getByLabel('Code').fill(code)
    await page.keyboard.press('Enter')
    // The base fee alone: 4.90 EUR, and 19 % of it 0.931 EUR.
    await page.getByText('€5.83').first().waitFor()
    // 900 s at 0.12 EUR a minute are 1.80 EUR: together 6.70 EUR, and 19 % of it 1.273 EUR.
    await publish(2, 10, 36_900)
    await page.getByText('€7.97').first().waitFor()

    const client = createUsanceClient({ baseUrl: server.httpUrl, apiKey })
    const { data: bill } = await client.GET('/v1/contracts/{id}/bill', {
      params: { path: { id: customer.contractId } },
    })
    expect(bill).toMatchObject({ netMinor: '670', taxMinor: '127', totalMinor: '797' })
  })

  it('lets an operator release a reading that was held', async () => {
    const data = temporaryFolder()
    const http = await findFreePort()
    const { device, path: welcome } = await makeWorld(data, 'operator', 'ole@nordbohr.example', 'Ole Vik')
    const browser = await openBrowser()
    const server = await startServer(data, http)
    const publish = publisher(server.mqttUrl, device)
    await publish(1, 30, 36_000)
    // Two hours of work in ten minutes.
    await publish(2, 20, 43_200)

    const { page } = await visit(browser, server.httpUrl + welcome)
    await page.getByRole('button', { name: 'Begin' }).click()
    await page.getByRole('heading', { name: 'Fleet' }).waitFor()
    await page.goto(`${server.httpUrl}/app/devices/${device.deviceId}`)
    await page.getByRole('tab', { name: 'Holds (1)' }).click()
    await page.getByLabel('Release').check()
    await page.getByLabel('Reason').fill('Two machines were swapped; read off the display.')
    await page.getByRole('button', { name: 'Decide' }).click()
    await page.getByText('Nothing is held').waitFor()
    const released = await page.request.get(`${server.httpUrl}/v1/devices/${device.deviceId}`)
    expect(await released.json()).toMatchObject({ openHolds: 0, registers: { run_s: { value: '43200' } } })
  })
})
