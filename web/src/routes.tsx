/**
 * The addresses of the pages. Each page is a chunk of its own, so that a customer's phone loads nothing of the console; what an
 * address carries besides its path is read here and nowhere else.
 */
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  type StaticDataRouteOption,
} from '@tanstack/react-router'

import { alarmStates, type AlarmState } from './api/alarms.ts'
import { auditFilterNames, type AuditFilter } from './api/audit.ts'
import { deviceSorts, deviceStates, deviceTabs, type DeviceFilter, type DeviceTab } from './api/devices.ts'
import { given } from './api/given.ts'
import type { Right } from './api/me.ts'
import type { Cursors } from './parts/pager.tsx'
import { Crashed } from './shell/crashed.tsx'
import type { Gate } from './shell/navigation.ts'
import { NotFound } from './shell/not-found.tsx'
import { OfflineBanner } from './shell/offline-banner.tsx'
import { Shell } from './shell/shell.tsx'
import { StartPage } from './shell/start-page.tsx'

declare module '@tanstack/react-router' {
  // Only an interface can be merged into the library's own.
  // oxlint-disable-next-line typescript/consistent-type-definitions
  interface StaticDataRouteOption extends Gate {}
  // oxlint-disable-next-line typescript/consistent-type-definitions
  interface Register {
    router: typeof router
  }
}

type Search = Readonly<Record<string, unknown>>
const textOf = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined)
const oneOf = <Value extends string>(values: readonly Value[], value: unknown) =>
  values.find((known) => known === value)

/** The pages gone through in a list, by their cursors. */
type Turned = { after?: Cursors | undefined }
const cursorsOf = (value: unknown): Cursors | undefined => {
  const cursors = Array.isArray(value) ? value.filter((cursor) => typeof cursor === 'string') : []
  return cursors.length === 0 ? undefined : cursors
}
const turned = (search: Search): Turned => given({ after: cursorsOf(search['after']) })

const anybody = { audience: 'any' } as const
const forCustomer = (right: Right): StaticDataRouteOption => ({ audience: 'customer', right })
const forManufacturer = (right: Right): StaticDataRouteOption => ({ audience: 'manufacturer', right })

const root = createRootRoute({
  staticData: anybody,
  component: () => (
    <>
      <OfflineBanner />
      <Outlet />
    </>
  ),
})

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  staticData: anybody,
  validateSearch: (search: Search): { next?: string } => given({ next: textOf(search['next']) }),
  component: lazyRouteComponent(() => import('./sign-in/sign-in-page.tsx'), 'SignInPage'),
})
const welcome = createRoute({
  getParentRoute: () => root,
  path: '/welcome',
  staticData: anybody,
  validateSearch: (search: Search): { token?: string } => given({ token: textOf(search['token']) }),
  component: lazyRouteComponent(() => import('./sign-in/welcome-page.tsx'), 'WelcomePage'),
})

const shell = createRoute({ getParentRoute: () => root, id: 'shell', staticData: anybody, component: Shell })
const start = createRoute({
  getParentRoute: () => shell,
  path: '/',
  staticData: anybody,
  component: StartPage,
})

const now = createRoute({
  getParentRoute: () => shell,
  path: '/now',
  staticData: forCustomer('bills:read'),
  component: lazyRouteComponent(() => import('./portal/now-page.tsx'), 'NowPage'),
})
const usage = createRoute({
  getParentRoute: () => shell,
  path: '/usage',
  staticData: forCustomer('usage:read'),
  component: lazyRouteComponent(() => import('./portal/usage-page.tsx'), 'UsagePage'),
})
const bills = createRoute({
  getParentRoute: () => shell,
  path: '/bills',
  staticData: forCustomer('bills:read'),
  component: lazyRouteComponent(() => import('./portal/bills-page.tsx'), 'BillsPage'),
})
const bill = createRoute({
  getParentRoute: () => shell,
  path: '/bills/$invoiceId',
  staticData: { audience: 'any', right: 'bills:read' },
  component: lazyRouteComponent(() => import('./portal/bill-page.tsx'), 'BillPage'),
})

const payment = createRoute({
  getParentRoute: () => shell,
  path: '/payment',
  staticData: forCustomer('customers:read'),
  validateSearch: (search: Search): { had?: string } => given({ had: textOf(search['had']) }),
  component: lazyRouteComponent(() => import('./portal/payment-page.tsx'), 'PaymentPage'),
})

const setUp = createRoute({
  getParentRoute: () => shell,
  path: '/set-up',
  staticData: forManufacturer('catalogue:write'),
  component: lazyRouteComponent(() => import('./console/set-up/set-up-page.tsx'), 'SetUpPage'),
})
const fleet = createRoute({
  getParentRoute: () => shell,
  path: '/fleet',
  staticData: forManufacturer('devices:read'),
  validateSearch: (search: Search): DeviceFilter & Turned =>
    given({
      text: textOf(search['text']),
      state: oneOf(deviceStates, search['state']),
      site: textOf(search['site']),
      tag: textOf(search['tag']),
      modelId: textOf(search['modelId']),
      sort: oneOf(deviceSorts, search['sort']),
      after: cursorsOf(search['after']),
    }),
  component: lazyRouteComponent(() => import('./console/fleet/fleet-page.tsx'), 'FleetPage'),
})
const device = createRoute({
  getParentRoute: () => shell,
  path: '/devices/$deviceId',
  staticData: forManufacturer('devices:read'),
  validateSearch: (search: Search): { tab?: DeviceTab } => given({ tab: oneOf(deviceTabs, search['tab']) }),
  component: lazyRouteComponent(() => import('./console/device/device-page.tsx'), 'DevicePage'),
})
const alarms = createRoute({
  getParentRoute: () => shell,
  path: '/alarms',
  staticData: forManufacturer('devices:read'),
  validateSearch: (search: Search): Turned & { state?: AlarmState | undefined } => ({
    ...turned(search),
    ...given({ state: oneOf(alarmStates, search['state']) }),
  }),
  component: lazyRouteComponent(() => import('./console/fleet/alarms-page.tsx'), 'AlarmsPage'),
})
const claims = createRoute({
  getParentRoute: () => shell,
  path: '/claims',
  staticData: forManufacturer('devices:read'),
  validateSearch: turned,
  component: lazyRouteComponent(() => import('./console/fleet/claims-page.tsx'), 'ClaimsPage'),
})
const models = createRoute({
  getParentRoute: () => shell,
  path: '/models',
  staticData: forManufacturer('catalogue:read'),
  validateSearch: turned,
  component: lazyRouteComponent(() => import('./console/catalogue/models-page.tsx'), 'ModelsPage'),
})
const model = createRoute({
  getParentRoute: () => shell,
  path: '/models/$modelId',
  staticData: forManufacturer('catalogue:read'),
  component: lazyRouteComponent(() => import('./console/catalogue/model-page.tsx'), 'ModelPage'),
})
const tariffs = createRoute({
  getParentRoute: () => shell,
  path: '/tariffs',
  staticData: forManufacturer('catalogue:read'),
  validateSearch: turned,
  component: lazyRouteComponent(() => import('./console/catalogue/tariffs-page.tsx'), 'TariffsPage'),
})
const tariff = createRoute({
  getParentRoute: () => shell,
  path: '/tariffs/$tariffId',
  staticData: forManufacturer('catalogue:read'),
  component: lazyRouteComponent(() => import('./console/catalogue/tariff-page.tsx'), 'TariffPage'),
})
const taxRates = createRoute({
  getParentRoute: () => shell,
  path: '/tax-rates',
  staticData: forManufacturer('catalogue:read'),
  validateSearch: turned,
  component: lazyRouteComponent(() => import('./console/tax/tax-rates-page.tsx'), 'TaxRatesPage'),
})
const customers = createRoute({
  getParentRoute: () => shell,
  path: '/customers',
  staticData: forManufacturer('customers:read'),
  component: lazyRouteComponent(() => import('./console/customers/customers-page.tsx'), 'CustomersPage'),
})
const customer = createRoute({
  getParentRoute: () => shell,
  path: '/customers/$customerId',
  staticData: forManufacturer('customers:read'),
  component: lazyRouteComponent(() => import('./console/customers/customer-page.tsx'), 'CustomerPage'),
})
const contract = createRoute({
  getParentRoute: () => shell,
  path: '/contracts/$contractId',
  staticData: forManufacturer('customers:read'),
  component: lazyRouteComponent(() => import('./console/customers/contract-page.tsx'), 'ContractPage'),
})
const billingRun = createRoute({
  getParentRoute: () => shell,
  path: '/billing-run',
  staticData: forManufacturer('bills:read'),
  component: lazyRouteComponent(() => import('./console/billing/billing-run-page.tsx'), 'BillingRunPage'),
})
const pushes = createRoute({
  getParentRoute: () => shell,
  path: '/pushes',
  staticData: forManufacturer('bills:read'),
  component: lazyRouteComponent(() => import('./console/billing/pushes-page.tsx'), 'PushesPage'),
})
const people = createRoute({
  getParentRoute: () => shell,
  path: '/people',
  staticData: forManufacturer('people:read'),
  validateSearch: turned,
  component: lazyRouteComponent(() => import('./console/office/people-page.tsx'), 'PeoplePage'),
})
const apiKeys = createRoute({
  getParentRoute: () => shell,
  path: '/api-keys',
  staticData: forManufacturer('keys:read'),
  component: lazyRouteComponent(() => import('./console/office/api-keys-page.tsx'), 'ApiKeysPage'),
})
const webhooks = createRoute({
  getParentRoute: () => shell,
  path: '/webhooks',
  staticData: forManufacturer('webhooks:read'),
  component: lazyRouteComponent(() => import('./console/webhooks/webhooks-page.tsx'), 'WebhooksPage'),
})
const webhook = createRoute({
  getParentRoute: () => shell,
  path: '/webhooks/$endpointId',
  staticData: forManufacturer('webhooks:read'),
  validateSearch: turned,
  component: lazyRouteComponent(() => import('./console/webhooks/endpoint-page.tsx'), 'EndpointPage'),
})
const audit = createRoute({
  getParentRoute: () => shell,
  path: '/audit',
  staticData: forManufacturer('audit:read'),
  validateSearch: (search: Search): AuditFilter & Turned => ({
    ...turned(search),
    ...given(Object.fromEntries(auditFilterNames.map((name) => [name, textOf(search[name])]))),
  }),
  component: lazyRouteComponent(() => import('./console/office/audit-page.tsx'), 'AuditPage'),
})
const mails = createRoute({
  getParentRoute: () => shell,
  path: '/mails',
  staticData: forManufacturer('mails:read'),
  validateSearch: turned,
  component: lazyRouteComponent(() => import('./console/office/mails-page.tsx'), 'MailsPage'),
})
const mail = createRoute({
  getParentRoute: () => shell,
  path: '/mails/$mailId',
  staticData: forManufacturer('mails:read'),
  component: lazyRouteComponent(() => import('./console/office/mail-page.tsx'), 'MailPage'),
})
const jobs = createRoute({
  getParentRoute: () => shell,
  path: '/jobs',
  staticData: forManufacturer('jobs:read'),
  component: lazyRouteComponent(() => import('./console/office/jobs-page.tsx'), 'JobsPage'),
})
const manufacturers = createRoute({
  getParentRoute: () => shell,
  path: '/manufacturers',
  staticData: forManufacturer('installation:read'),
  validateSearch: turned,
  component: lazyRouteComponent(
    () => import('./console/installation/manufacturers-page.tsx'),
    'ManufacturersPage',
  ),
})
const settings = createRoute({
  getParentRoute: () => shell,
  path: '/settings',
  staticData: forManufacturer('settings:read'),
  component: lazyRouteComponent(() => import('./console/office/settings-page.tsx'), 'SettingsPage'),
})
const unknown = createRoute({
  getParentRoute: () => shell,
  path: '$',
  staticData: anybody,
  component: NotFound,
})

const office = [
  manufacturers,
  people,
  apiKeys,
  webhooks,
  webhook,
  audit,
  mails,
  mail,
  jobs,
  settings,
] as const
const machines = [fleet, device, alarms, claims, models, model] as const
const work = [
  setUp,
  ...machines,
  tariffs,
  tariff,
  taxRates,
  customers,
  customer,
  contract,
  billingRun,
  pushes,
] as const
const portal = [now, usage, bills, bill, payment] as const

export const router = createRouter({
  basepath: '/app',
  routeTree: root.addChildren([
    signIn,
    welcome,
    shell.addChildren([start, ...portal, ...work, ...office, unknown]),
  ]),
  defaultErrorComponent: Crashed,
  defaultNotFoundComponent: NotFound,
  defaultPreload: 'intent',
  scrollRestoration: true,
})
