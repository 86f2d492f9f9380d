import { describe, expect, it } from 'vitest'

import type { Me, Right } from '../api/me.ts'
import { mayOpen, pagesFor, startPath } from './navigation.ts'

function anyone(rights: Right[], isCustomer = false): Me {
  const manufacturer = { id: 'man_1', name: 'Drills' }
  const customer = isCustomer ? { id: 'cus_1', name: 'Tunnels' } : null
  return {
    person: null,
    memberships: [],
    active: { membershipId: 'mem_1', role: 'operator', rights, manufacturer, customer },
  }
}

describe('pagesFor', () => {
  it('offers a customer the portal and nothing of the console, whatever the rights', () => {
    const me = anyone(['bills:read', 'usage:read', 'devices:read', 'customers:read'], true)
    expect(pagesFor(me).map(({ path }) => path)).toEqual(['/now', '/usage', '/bills', '/payment'])
  })

  it('offers a manufacturer what the rights open', () => {
    const me = anyone(['devices:read', 'customers:read', 'jobs:read'])
    expect(pagesFor(me).map(({ path }) => path)).toEqual(['/fleet', '/customers', '/jobs'])
  })
})

describe('mayOpen', () => {
  it.each([
    [{ audience: 'manufacturer', right: 'devices:read' }, true],
    [{ audience: 'manufacturer', right: 'audit:read' }, false],
    [{ audience: 'customer', right: 'devices:read' }, false],
    [{ audience: 'any' }, true],
  ] as const)('of %j is %s for an operator', (gate, isOpen) => {
    expect(mayOpen(anyone(['devices:read']), gate)).toBe(isOpen)
  })
})

describe('startPath', () => {
  it.each([
    [false, '/set-up'],
    [true, '/fleet'],
  ])('with everything set up (%s) is %s', (isSetUp, path) => {
    expect(startPath(anyone(['catalogue:write', 'devices:read']), isSetUp)).toBe(path)
  })

  it('is none without any right', () => {
    expect(startPath(anyone([]), true)).toBe(undefined)
  })
})
