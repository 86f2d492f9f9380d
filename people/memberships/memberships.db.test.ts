import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { CustomerId } from '../../core/index.ts'
import { rightsOfRole, type Access, type Role } from '../index.ts'
import {
  acme,
  acmeAccess,
  browser,
  openPeopleFixture,
  otherAccess,
  otherSite,
  site,
  tokenOf,
  type PeopleFixture,
} from '../testing/people-fixture.ts'

let fixture: PeopleFixture
beforeEach(async () => {
  fixture = await openPeopleFixture()
})
afterEach(async () => {
  await fixture.close()
})

const page = { limit: 10 }
const kim = { email: 'kim@example.com', name: 'Kim Roth' }

function asRole(role: Role, customerId?: CustomerId): Access {
  return { ...acmeAccess, customerId, rights: rightsOfRole[role] }
}

describe('an invitation', () => {
  it('is mailed with a link that makes the person a member', async () => {
    const { people, mails } = fixture
    const invited = await people.invite(acmeAccess, { ...kim, role: 'finance' })
    expect(invited).toMatchObject({ ...kim, role: 'finance', state: 'invited', lastSignInAt: undefined })
    expect(mails).toMatchObject([{ template: 'invitation', to: kim.email, manufacturerId: acme }])
    await people.signIn.withLink({ token: tokenOf(mails[0]?.data['link'] ?? '') }, browser)
    const { items } = await people.listPeople(acmeAccess, page)
    expect(items).toMatchObject([{ ...kim, state: 'active', lastSignInAt: expect.any(Number) }])
    expect(await fixture.audited()).toEqual(['membership.invited', 'membership.accepted'])
  })

  it("is in the manufacturer's first language, and so is what is mailed to the newcomer later", async () => {
    const { people, mails } = fixture
    await people.updateSettings(acmeAccess, { languages: ['de', 'en'] })
    await people.invite(acmeAccess, { ...kim, role: 'finance' })
    await people.signIn.withLink({ token: tokenOf(mails[0]?.data['link'] ?? '') }, browser)
    await people.signIn.sendCode(kim.email, browser)
    await people.close()
    await people.updateSettings(acmeAccess, { languages: ['en', 'de'] })
    await people.invite(acmeAccess, { email: 'lee@example.com', name: 'Lee', role: 'finance' })
    expect(mails.map(({ template, to, language }) => [template, to, language])).toEqual([
      ['invitation', kim.email, 'de'],
      ['sign_in_code', kim.email, 'de'],
      ['invitation', 'lee@example.com', 'en'],
    ])
  })

  it("is in the customer's language for the customer's people, whoever invites them", async () => {
    const { people, mails, ledger } = fixture
    await people.updateSettings(acmeAccess, { languages: ['en'] })
    await ledger.updateTable('customers').set({ language: 'de' }).where('id', '=', site).execute()
    await people.invite(acmeAccess, { ...kim, role: 'customer_owner', customerId: site })
    await people.invite(asRole('customer_owner', site), {
      email: 'lee@example.com',
      name: 'Lee',
      role: 'customer_member',
    })
    expect(mails.map(({ language }) => language)).toEqual(['de', 'de'])
  })

  it('tells by its language nothing about a person who is known elsewhere', async () => {
    const { people, mails } = fixture
    const cookie = await fixture.signIn({ ...kim, role: 'operator', manufacturerId: acme })
    await people.updateMe(await fixture.accessOf(cookie), { language: 'de' })
    await people.invite(otherAccess, { ...kim, role: 'operator' })
    await people.signIn.sendCode(kim.email, browser)
    await people.close()
    expect(mails.map(({ template, language }) => [template, language])).toEqual([
      ['invitation', 'en'],
      ['sign_in_code', 'de'],
    ])
  })

  it('to the installation is in the language of whoever invites', async () => {
    const { people, mails } = fixture
    const cookie = await fixture.signIn({ ...kim, role: 'installation_admin' })
    await people.updateMe(await fixture.accessOf(cookie), { language: 'de' })
    await people.invite(await fixture.accessOf(cookie), {
      email: 'lee@example.com',
      name: 'Lee',
      role: 'installation_admin',
    })
    expect(mails).toMatchObject([{ template: 'admin_link', language: 'de' }])
  })

  it('is sent again to somebody who has not come, and refused for a member', async () => {
    const { people, mails } = fixture
    const first = await people.invite(acmeAccess, { ...kim, role: 'finance' })
    const second = await people.invite(acmeAccess, { ...kim, role: 'auditor' })
    expect([second.membershipId, second.role]).toEqual([first.membershipId, 'auditor'])
    await people.signIn.withLink({ token: tokenOf(mails[1]?.data['link'] ?? '') }, browser)
    await expect(people.invite(acmeAccess, { ...kim, role: 'auditor' })).rejects.toMatchObject({
      code: 'member_exists',
    })
  })

  it('shows of a person who is known elsewhere only what the inviter wrote', async () => {
    await fixture.signIn({ ...kim, role: 'operator', manufacturerId: acme })
    const invited = await fixture.people.invite(otherAccess, {
      email: kim.email,
      name: 'K',
      role: 'operator',
    })
    expect(invited).toMatchObject({ name: 'K', state: 'invited', lastSignInAt: undefined })
  })

  it.each([
    ['an address that is none', { ...kim, email: 'kim', role: 'finance' }, 'people_input_invalid'],
    ['an empty name', { ...kim, name: '', role: 'finance' }, 'people_input_invalid'],
    ['a role of the installation', { ...kim, role: 'installation_admin' }, 'people_input_invalid'],
    ["a customer's role without a customer", { ...kim, role: 'customer_owner' }, 'people_input_invalid'],
    ['a customer for another role', { ...kim, role: 'finance', customerId: site }, 'people_input_invalid'],
    [
      "another manufacturer's customer",
      { ...kim, role: 'customer_owner', customerId: otherSite },
      'customer_not_found',
    ],
  ] as const)('with %s is refused', async (_what, invitation, code) => {
    await expect(fixture.people.invite(acmeAccess, invitation)).rejects.toMatchObject({ code })
    expect(fixture.mails).toEqual([])
  })

  it("of a customer's owner is for his own customer only", async () => {
    const owner = asRole('customer_owner', site)
    const invited = await fixture.people.invite(owner, { ...kim, role: 'customer_member' })
    expect(invited.customerId).toBe(site)
    await expect(
      fixture.people.invite(owner, {
        email: 'x@example.com',
        name: 'X',
        role: 'customer_member',
        customerId: otherSite,
      }),
    ).rejects.toMatchObject({ code: 'customer_not_found' })
    await expect(fixture.people.invite(owner, { ...kim, role: 'auditor' })).rejects.toMatchObject({
      code: 'people_input_invalid',
    })
  })
})

describe('rights', () => {
  it('that the inviter lacks are not given away', async () => {
    const keeper = { ...acmeAccess, rights: new Set([...rightsOfRole.operator, 'people:write' as const]) }
    for (const role of ['manufacturer_admin', 'finance', 'auditor'] as const) {
      await expect(fixture.people.invite(keeper, { ...kim, role })).rejects.toMatchObject({
        code: 'right_not_held',
      })
    }
    expect((await fixture.people.invite(keeper, { ...kim, role: 'operator' })).role).toBe('operator')
  })

  it('are not taken from somebody who has more, nor raised above the own', async () => {
    const { people } = fixture
    const keeper = { ...acmeAccess, rights: new Set([...rightsOfRole.operator, 'people:write' as const]) }
    const admin = await memberIn({ ...kim, role: 'manufacturer_admin' })
    const helper = await memberIn({ email: 'lee@example.com', name: 'Lee', role: 'operator' })
    const attempts = [
      people.changeRole(keeper, admin, 'operator'),
      people.removeMember(keeper, admin, 'no reason'),
      people.changeRole(keeper, helper, 'finance'),
    ]
    for (const attempt of attempts) await expect(attempt).rejects.toMatchObject({ code: 'right_not_held' })
  })
})

describe('a member', () => {
  it('gets another role, which counts with the next request', async () => {
    const { people } = fixture
    const cookie = await fixture.signIn({ ...kim, role: 'operator', manufacturerId: acme })
    const { session } = await fixture.accessOf(cookie)
    await people.changeRole(acmeAccess, session?.membershipId ?? '', 'auditor')
    expect((await fixture.accessOf(cookie)).rights).toEqual(rightsOfRole.auditor)
    await expect(
      people.changeRole(acmeAccess, session?.membershipId ?? '', 'customer_member'),
    ).rejects.toMatchObject({ code: 'people_input_invalid' })
    expect((await fixture.audited()).at(-1)).toBe('membership.role_changed')
  })

  it('who is the last administrator stays it', async () => {
    const { people } = fixture
    const admin = await memberIn({ ...kim, role: 'manufacturer_admin' })
    await people.invite(acmeAccess, { email: 'lee@example.com', name: 'Lee', role: 'manufacturer_admin' })
    const stays = { code: 'last_administrator' }
    await expect(people.changeRole(acmeAccess, admin, 'auditor')).rejects.toMatchObject(stays)
    await expect(people.removeMember(acmeAccess, admin, 'leaves')).rejects.toMatchObject(stays)
    await memberIn({ email: 'max@example.com', name: 'Max', role: 'manufacturer_admin' })
    await people.removeMember(acmeAccess, admin, 'leaves')
    const { items } = await people.listPeople(acmeAccess, page)
    expect(items.map(({ email }) => email).sort()).toEqual(['lee@example.com', 'max@example.com'])
  })

  it('of another tenant reads as absent (I12)', async () => {
    const { people } = fixture
    const admin = await memberIn({ ...kim, role: 'manufacturer_admin' })
    const absent = { code: 'membership_not_found' }
    const strangers = [otherAccess, { ...asRole('customer_owner', site) }]
    for (const stranger of strangers) {
      expect((await people.listPeople(stranger, page)).items).toEqual([])
      await expect(people.changeRole(stranger, admin, 'auditor')).rejects.toMatchObject(absent)
      await expect(people.removeMember(stranger, admin, 'x')).rejects.toMatchObject(absent)
    }
  })

  it('of a customer is seen by his manufacturer too', async () => {
    const { people } = fixture
    await people.invite(acmeAccess, { ...kim, role: 'customer_owner', customerId: site })
    expect((await people.listPeople(acmeAccess, page)).items).toMatchObject([{ customerId: site }])
    expect((await people.listPeople(asRole('customer_owner', site), page)).items).toHaveLength(1)
  })
})

describe('the first administrator', () => {
  const admin = { email: 'root@example.com', name: 'Root' }

  it('gets one link, and another one only while nobody has signed in', async () => {
    const { people } = fixture
    const lost = tokenOf(await people.initialise({ ...admin, isAgain: false }))
    const again = { code: 'already_initialised' }
    await expect(people.initialise({ ...admin, isAgain: false })).rejects.toMatchObject(again)
    const token = tokenOf(await people.initialise({ ...admin, isAgain: true }))
    await expect(people.signIn.withLink({ token: lost }, browser)).rejects.toMatchObject({
      code: 'link_expired',
    })
    const [cookie = ''] = await people.signIn.withLink({ token }, browser)
    expect(await fixture.accessOf(cookie.split(';')[0] ?? '')).toMatchObject({
      manufacturerId: undefined,
      session: { role: 'installation_admin' },
    })
    await expect(people.initialise({ ...admin, isAgain: true })).rejects.toMatchObject(again)
  })
})

/** The membership of somebody who has accepted. */
async function memberIn(person: { email: string; name: string; role: Role }): Promise<string> {
  const cookie = await fixture.signIn({ ...person, manufacturerId: acme })
  return (await fixture.accessOf(cookie)).session?.membershipId ?? ''
}
