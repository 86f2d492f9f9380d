import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { DAY_MS, MINUTE_MS } from '../../core/index.ts'
import {
  acme,
  acmeAccess,
  browser,
  openPeopleFixture,
  other,
  otherAccess,
  tokenOf,
  type PeopleFixture,
} from '../testing/people-fixture.ts'

const STRONG = 'copper lantern drifts past nine herons'
const jo = { email: 'jo@example.com', name: 'Jo Berg', role: 'operator', manufacturerId: acme } as const

let fixture: PeopleFixture
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2026-11-26T12:00:00Z') })
  fixture = await openPeopleFixture()
})
afterEach(async () => {
  await fixture.close()
  vi.useRealTimers()
})

function later(ms: number): void {
  vi.setSystemTime(Date.now() + ms)
}

async function askForCode(email: string = jo.email): Promise<string | undefined> {
  const before = fixture.mails.length
  await fixture.people.signIn.sendCode(email, browser)
  await fixture.people.close()
  const mail = fixture.mails[before]
  return mail?.template === 'sign_in_code' ? mail.data['code'] : undefined
}

const refused = { code: 'sign_in_refused' }

describe('a code', () => {
  beforeEach(async () => {
    await fixture.signIn(jo)
  })

  it('signs in once, for a session that says who it is and what he may', async () => {
    const { people } = fixture
    const code = (await askForCode('Jo@Example.com ')) ?? ''
    expect(code).toMatch(/^\d{6}$/)
    const [cookie = ''] = await people.signIn.withCode('JO@example.com', code, browser)
    expect(await people.authenticateSession(cookie.split(';')[0])).toMatchObject({
      actor: { kind: 'person', name: 'Jo Berg' },
      manufacturerId: acme,
      customerId: undefined,
      session: { role: 'operator' },
    })
    await expect(people.signIn.withCode(jo.email, code, browser)).rejects.toMatchObject(refused)
  })

  it('is mailed in no name but the installation', async () => {
    await askForCode()
    expect(fixture.mails.at(-1)).toMatchObject({ to: jo.email, language: 'en', manufacturerId: undefined })
  })

  it('is refused when it is older than ten minutes', async () => {
    const code = (await askForCode()) ?? ''
    later(10 * MINUTE_MS + 1)
    await expect(fixture.people.signIn.withCode(jo.email, code, browser)).rejects.toMatchObject(refused)
  })

  it('is refused after five wrong guesses, though it is the right one', async () => {
    const { people } = fixture
    const code = (await askForCode()) ?? ''
    const wrong = code === '000000' ? '000001' : '000000'
    for (let guess = 0; guess < 5; guess++) {
      await expect(people.signIn.withCode(jo.email, wrong, browser)).rejects.toMatchObject(refused)
    }
    await expect(people.signIn.withCode(jo.email, code, browser)).rejects.toMatchObject(refused)
  })

  it('takes the place of the one before', async () => {
    const { people } = fixture
    const first = (await askForCode()) ?? ''
    const second = (await askForCode()) ?? ''
    if (first !== second) {
      await expect(people.signIn.withCode(jo.email, first, browser)).rejects.toMatchObject(refused)
    }
    expect(await people.signIn.withCode(jo.email, second, browser)).toHaveLength(1)
  })

  it('is stored as a keyed hash only', async () => {
    const code = (await askForCode()) ?? ''
    const rows = await fixture.ledger.selectFrom('verifications').selectAll().execute()
    expect(rows).toHaveLength(1)
    expect(JSON.stringify(rows)).not.toContain(code)
  })

  it('is mailed five times in a quarter of an hour and then no more, with the same answer', async () => {
    for (let time = 0; time < 7; time++) await askForCode()
    expect(fixture.mails).toHaveLength(5)
    later(15 * MINUTE_MS)
    await askForCode()
    expect(fixture.mails).toHaveLength(6)
  })

  it('is of no use for a quarter of an hour after ten refusals', async () => {
    const { people } = fixture
    for (let time = 0; time < 10; time++) {
      await expect(people.signIn.withPassword(jo.email, 'guess', browser)).rejects.toMatchObject(refused)
    }
    const locked = (await askForCode()) ?? ''
    await expect(people.signIn.withCode(jo.email, locked, browser)).rejects.toMatchObject(refused)
    later(15 * MINUTE_MS)
    const code = (await askForCode()) ?? ''
    expect(await people.signIn.withCode(jo.email, code, browser)).toHaveLength(1)
  })
})

describe('an address that nobody has', () => {
  it('leaves the same rows behind and gets the same refusals as one that somebody has', async () => {
    const { people, ledger } = fixture
    await fixture.signIn(jo)
    const outcomes = []
    for (const email of [jo.email, 'nobody@example.com']) {
      await people.signIn.sendCode(email, browser)
      const guesses = []
      for (let guess = 0; guess < 7; guess++) {
        guesses.push(await people.signIn.withCode(email, '999999', browser).catch(describeError))
      }
      guesses.push(await people.signIn.withPassword(email, STRONG, browser).catch(describeError))
      const row = await ledger
        .selectFrom('verifications')
        .select(['identifier', 'value'])
        .where('identifier', 'like', `%${email}`)
        .execute()
      outcomes.push({ guesses, rows: row.length })
    }
    expect(outcomes[0]).toEqual(outcomes[1])
    expect(outcomes[0]?.guesses).toHaveLength(8)
    await people.close()
    expect(fixture.mails.map(({ to }) => to)).toEqual([jo.email])
  })

  it('becomes nobody by signing in', async () => {
    await expect(
      fixture.people.signIn.withCode('nobody@example.com', '123456', browser),
    ).rejects.toMatchObject(refused)
    expect(await fixture.ledger.selectFrom('people').select('id').execute()).toEqual([])
  })

  it('includes one that was invited and has not come, and one that was removed', async () => {
    const { people } = fixture
    await people.createSignInLink(jo)
    expect(await askForCode()).toBe(undefined)
    const cookie = await fixture.signIn(jo)
    const { session } = await fixture.accessOf(cookie)
    await people.removeMember(acmeAccess, session?.membershipId ?? '', 'left')
    expect(await askForCode()).toBe(undefined)
    expect(await people.authenticateSession(cookie)).toBe('ended')
  })
})

describe('a one-time link', () => {
  it('accepts the membership, names the person, sets a password and signs in', async () => {
    const { people } = fixture
    const token = tokenOf(await people.createSignInLink(jo))
    const cookies = await people.signIn.withLink({ token, name: 'Jo B.', password: STRONG }, browser)
    expect((await people.getMe(await fixture.accessOf(cookies[0]?.split(';')[0] ?? ''))).person?.name).toBe(
      'Jo B.',
    )
    expect(await people.signIn.withPassword(jo.email, STRONG, browser)).toHaveLength(1)
    expect(await fixture.audited()).toEqual(['membership.invited', 'membership.accepted'])
  })

  it.each([
    [
      'used',
      'link_used',
      async (token: string) => void (await fixture.people.signIn.withLink({ token }, browser)),
    ],
    ['seven days old', 'link_expired', async () => later(7 * DAY_MS)],
    ['replaced by another', 'link_expired', async () => void (await fixture.people.createSignInLink(jo))],
  ])('that is %s is refused with a code of its own', async (_what, code, spoil) => {
    const token = tokenOf(await fixture.people.createSignInLink(jo))
    await spoil(token)
    await expect(fixture.people.signIn.withLink({ token }, browser)).rejects.toMatchObject({ code })
  })

  it('that nobody gave out is refused', async () => {
    await expect(fixture.people.signIn.withLink({ token: 'abc' }, browser)).rejects.toMatchObject({
      code: 'link_unknown',
    })
  })

  it('is won by one of two that open it at the same moment', async () => {
    const token = tokenOf(await fixture.people.createSignInLink(jo))
    const tries = await Promise.allSettled(
      [1, 2].map(() => fixture.people.signIn.withLink({ token }, browser)),
    )
    expect(tries.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  })

  it('is not used up by a weak password', async () => {
    const { people } = fixture
    const token = tokenOf(await people.createSignInLink(jo))
    for (const password of ['12345678', 'Password1!', 'jo@example.com1', 'a'.repeat(129)]) {
      await expect(people.signIn.withLink({ token, password }, browser)).rejects.toMatchObject({
        code: 'password_weak',
        issues: [{ pointer: '/password' }],
      })
    }
    expect(await people.signIn.withLink({ token }, browser)).toHaveLength(1)
  })

  it('of another manufacturer opens nothing that the person has elsewhere', async () => {
    const { people, mails } = fixture
    await fixture.signIn(jo)
    await people.invite(otherAccess, { email: jo.email, name: 'Somebody', role: 'auditor' })
    const token = tokenOf(mails.at(-1)?.data['link'] ?? '')
    expect(await people.signIn.withLink({ token, name: 'Mallory', password: STRONG }, browser)).toEqual([])
    await expect(people.signIn.withPassword(jo.email, STRONG, browser)).rejects.toMatchObject(refused)
    const [member] = (await people.listPeople(otherAccess, { limit: 10 })).items
    expect(member).toMatchObject({ name: 'Jo Berg', role: 'auditor', state: 'active' })
  })

  it('is stored as its SHA-256 only', async () => {
    const token = tokenOf(await fixture.people.createSignInLink(jo))
    const rows = await fixture.ledger.selectFrom('sign_in_links').selectAll().execute()
    expect(rows).toHaveLength(1)
    expect(JSON.stringify(rows)).not.toContain(token)
  })
})

describe('a session', () => {
  it('ends after fourteen days, and by signing out', async () => {
    const { people } = fixture
    const first = await fixture.signIn(jo)
    const second = await fixture.signIn(jo)
    expect(await people.signIn.signOut({ ...browser, cookie: second })).not.toEqual([])
    expect(await people.authenticateSession(second)).toBe('ended')
    later(14 * DAY_MS - 1)
    expect(await people.authenticateSession(first)).toMatchObject({ manufacturerId: acme })
    later(2)
    expect(await people.authenticateSession(first)).toBe('ended')
  })

  it('does not open with a cookie that was changed, or copied from the database', async () => {
    const { people, ledger } = fixture
    const cookie = await fixture.signIn(jo)
    const { token } = await ledger.selectFrom('sessions').select('token').executeTakeFirstOrThrow()
    const name = cookie.split('=')[0] ?? ''
    for (const forged of [`${name}=${token}`, `${cookie.slice(0, -5)}AAAAA`, `${name}=`]) {
      expect(await people.authenticateSession(forged)).toBe('ended')
    }
    expect(await people.authenticateSession('theme=dark')).toBe('none')
    expect(await people.authenticateSession(undefined)).toBe('none')
  })

  it('acts in another of its own memberships when told to, and in no foreign one', async () => {
    const { people } = fixture
    const cookie = await fixture.signIn(jo)
    later(1)
    const elsewhere = tokenOf(
      await people.createSignInLink({ ...jo, role: 'auditor', manufacturerId: other }),
    )
    await people.signIn.withLink({ token: elsewhere }, browser)
    const access = await fixture.accessOf(cookie)
    const me = await people.getMe(access)
    expect(me.memberships.map(({ role, manufacturer }) => [role, manufacturer?.name])).toEqual([
      ['operator', 'Acme'],
      ['auditor', 'Other'],
    ])
    await people.setActiveMembership(access, me.memberships[1]?.id ?? '')
    expect(await fixture.accessOf(cookie)).toMatchObject({
      manufacturerId: other,
      session: { role: 'auditor' },
    })

    const foreign = await fixture.accessOf(await fixture.signIn({ ...jo, email: 'kim@example.com' }))
    await expect(
      people.setActiveMembership(access, foreign.session?.membershipId ?? ''),
    ).rejects.toMatchObject({ code: 'membership_not_found' })
  })

  it('sets a password shortly after signing in, which ends the others', async () => {
    const { people } = fixture
    const old = await fixture.signIn(jo)
    later(15 * MINUTE_MS + 1)
    await expect(people.setPassword(await fixture.accessOf(old), STRONG)).rejects.toMatchObject({
      code: 'session_too_old',
    })
    const fresh = await fixture.signIn(jo)
    await people.setPassword(await fixture.accessOf(fresh), STRONG)
    expect(await people.authenticateSession(old)).toBe('ended')
    expect(await people.signIn.withPassword(jo.email, STRONG, browser)).toHaveLength(1)
    await expect(people.setPassword(acmeAccess, STRONG)).rejects.toMatchObject({ code: 'person_needed' })
  })

  it('changes the own name and language, on record', async () => {
    const { people } = fixture
    const access = await fixture.accessOf(await fixture.signIn(jo))
    expect((await people.updateMe(access, { language: 'de' })).person).toMatchObject({ language: 'de' })
    await expect(people.updateMe(access, { name: ' ' })).rejects.toMatchObject({
      code: 'people_input_invalid',
    })
    expect((await fixture.audited()).at(-1)).toBe('person.changed')
  })
})

describe('a request of another site', () => {
  it('does not sign anybody in or out', async () => {
    const { people } = fixture
    const foreign = { ...browser, isSameOrigin: false }
    const token = tokenOf(await people.createSignInLink(jo))
    const attempts = [
      people.signIn.sendCode(jo.email, foreign),
      people.signIn.withCode(jo.email, '123456', foreign),
      people.signIn.withPassword(jo.email, STRONG, foreign),
      people.signIn.withLink({ token }, foreign),
      people.signIn.signOut(foreign),
    ]
    for (const attempt of attempts) await expect(attempt).rejects.toMatchObject({ code: 'origin_foreign' })
    expect(await people.signIn.withLink({ token }, browser)).toHaveLength(1)
  })
})

function describeError(error: unknown): unknown {
  const { code, message } = error as { code: string; message: string }
  return { code, message }
}
