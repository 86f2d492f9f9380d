/** Which pages there are for whom. A page is offered only to those whose rights open it. */
import type { Me, Right } from '../api/me.ts'

export type Audience = 'customer' | 'manufacturer' | 'any'

/** What a route says about who may see it. */
export type Gate = { readonly audience: Audience; readonly right?: Right }

export const customerPages = [
  { path: '/now', name: 'now', right: 'bills:read' },
  { path: '/usage', name: 'usage', right: 'usage:read' },
  { path: '/bills', name: 'bills', right: 'bills:read' },
  { path: '/payment', name: 'payment', right: 'customers:read' },
] as const

export const manufacturerPages = [
  { path: '/manufacturers', name: 'manufacturers', right: 'installation:read' },
  { path: '/set-up', name: 'setUp', right: 'catalogue:write' },
  { path: '/fleet', name: 'fleet', right: 'devices:read' },
  { path: '/models', name: 'models', right: 'catalogue:read' },
  { path: '/tariffs', name: 'tariffs', right: 'catalogue:read' },
  { path: '/customers', name: 'customers', right: 'customers:read' },
  { path: '/billing-run', name: 'billingRun', right: 'bills:read' },
  { path: '/people', name: 'people', right: 'people:read' },
  { path: '/api-keys', name: 'apiKeys', right: 'keys:read' },
  { path: '/webhooks', name: 'webhooks', right: 'webhooks:read' },
  { path: '/audit', name: 'audit', right: 'audit:read' },
  { path: '/mails', name: 'mails', right: 'mails:read' },
  { path: '/jobs', name: 'jobs', right: 'jobs:read' },
  { path: '/settings', name: 'settings', right: 'settings:read' },
] as const

export type PagePath = (typeof customerPages | typeof manufacturerPages)[number]['path']

/** Whoever looks after the whole installation has the console's pages too, as far as the rights go. */
export function audienceOf({ active }: Me): Exclude<Audience, 'any'> {
  return active.customer === null ? 'manufacturer' : 'customer'
}

export function pagesFor(me: Me) {
  const pages = audienceOf(me) === 'customer' ? customerPages : manufacturerPages
  return pages.filter(({ right }) => me.active.rights.includes(right))
}

export function mayOpen(me: Me, { audience, right }: Gate): boolean {
  const isAudience = audience === 'any' || audience === audienceOf(me)
  return isAudience && (right === undefined || me.active.rights.includes(right))
}

/** Set-up comes first only for those who must still do it. */
export function startPath(me: Me, isSetUp: boolean): PagePath | undefined {
  const paths = pagesFor(me).map(({ path }) => path)
  return paths.find((path) => path !== '/set-up' || !isSetUp)
}
