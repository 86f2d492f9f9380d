import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemActor, assertInvariant, type DeviceId } from '../../core/index.ts'
import type { CreateClaimsInput } from '../metering-types.ts'
import { acme, drillModel } from '../testing/metering-fixture.ts'
import {
  aDevice,
  aModelId,
  aSecret,
  codeOf,
  globex,
  openDeviceFixture,
  start,
  type DeviceFixture,
} from '../testing/device-fixture.ts'

const expiresAt = start + 3_600_000

let fixture: DeviceFixture
beforeAll(async () => {
  fixture = await openDeviceFixture()
})
afterAll(() => fixture.close())

function aRequest(overrides: Partial<CreateClaimsInput> = {}): CreateClaimsInput {
  return { manufacturerId: acme, modelId: drillModel, expiresAt, claims: [{}], ...overrides }
}

async function aCode(claim: { deviceId?: string; serial?: string } = {}): Promise<string> {
  const { deviceId, ...rest } = claim
  const claims = [{ ...rest, ...(deviceId !== undefined && { deviceId: deviceId as DeviceId }) }]
  const [made] = await fixture.metering.by(systemActor('test')).createClaims(aRequest({ claims }))
  assertInvariant(made !== undefined, 'One code was asked for.')
  return made.code
}

async function claim(deviceId: string, code: string): Promise<string> {
  const session = await fixture.metering.authenticateDevice(deviceId, aSecret(code))
  assertInvariant(typeof session === 'object', `The code did not open a claim session for ${deviceId}.`)
  return session.issueSecret()
}

const signIn = (deviceId: string, secret: string) =>
  fixture.metering.authenticateDevice(deviceId, aSecret(secret))

describe('a claim code', () => {
  it('makes the device and yields its own secret', async () => {
    const secret = await claim('new-1', await aCode({ serial: 'S-1' }))
    expect(secret).toMatch(/^dsk_[0-9a-z]{52}$/)
    expect(await signIn('new-1', secret)).toBe(true)
    expect(await fixture.metering.findDevice(acme, 'new-1')).toMatchObject({
      modelId: 'drill',
      modelVersion: 1,
      serial: 'S-1',
      commissionedAt: start,
    })
  })

  it('is worth nothing once the device has signed in with its secret', async () => {
    const code = await aCode()
    const secret = await claim('done', code)
    await signIn('done', secret)
    expect(await signIn('done', code)).toBe(false)
    expect(await signIn('done', secret)).toBe(true)
  })

  it('yields another secret while the first was never used, which is worth nothing then', async () => {
    const code = await aCode()
    const lost = await claim('lossy', code)
    const second = await claim('lossy', code)
    expect(await signIn('lossy', lost)).toBe(false)
    expect(await signIn('lossy', second)).toBe(true)
    expect(await signIn('lossy', code)).toBe(false)
  })

  it('is good for one device id only, the first that used it', async () => {
    const code = await aCode()
    await claim('first', code)
    expect(await signIn('second', code)).toBe(false)
    expect(await fixture.metering.findDevice(acme, 'second')).toBe(undefined)
  })

  it('made for a device id is good for that one only', async () => {
    const code = await aCode({ deviceId: 'fixed' })
    expect(await signIn('elsewhere', code)).toBe(false)
    expect(await signIn('fixed', await claim('fixed', code))).toBe(true)
  })

  it('without a device id never yields access to a device that exists', async () => {
    await fixture.metering.by(systemActor('test')).registerDevice(aDevice('there'))
    expect(await signIn('there', await aCode())).toBe(false)
  })

  it('made for a device that exists gives it one more secret, and leaves the one it has', async () => {
    const { secret } = await fixture.metering
      .by(systemActor('test'))
      .registerDevice(aDevice('stock', { serial: 'S-stock' }))
    const own = await claim('stock', await aCode({ deviceId: 'stock', serial: 'S-stock' }))
    expect([await signIn('stock', secret), await signIn('stock', own)]).toEqual([true, true])
    const third = await signIn('stock', await aCode({ deviceId: 'stock' }))
    expect(typeof third === 'object' && (await codeOf(third.issueSecret()))).toBe('secrets_at_most_two')
  })

  it('is worth nothing after its expiry, except for the device that has begun to use it', async () => {
    const { clock } = fixture
    const [unused, begun] = [await aCode(), await aCode()]
    await claim('slow', begun)
    clock.at = expiresAt
    expect(await signIn('late', unused)).toBe(false)
    expect(await signIn('slow', await claim('slow', begun))).toBe(true)
    clock.at = start
  })

  it('is worth nothing once it was revoked', async () => {
    const { metering } = fixture
    const [made] = await metering.by(systemActor('test')).createClaims(aRequest())
    const session = await signIn('cancelled', made?.code ?? '')
    await metering.by(systemActor('test')).revokeClaim(acme, made?.id ?? 0)
    expect(await signIn('cancelled', made?.code ?? '')).toBe(false)
    // Not even for a session that was opened before.
    expect(typeof session === 'object' && (await codeOf(session.issueSecret()))).toBe('claim_refused')
    expect(await metering.findDevice(acme, 'cancelled')).toBe(undefined)
  })

  it('goes with the secret that it yielded when a person revokes that', async () => {
    const { metering } = fixture
    const code = await aCode()
    await claim('caught', code)
    const [secret] = await metering.listSecrets(acme, 'caught')
    await metering.by(systemActor('test')).revokeSecret(acme, 'caught', secret?.id ?? 0)
    expect(await signIn('caught', code)).toBe(false)
  })

  it('lets no revoked device in', async () => {
    const code = await aCode()
    await claim('banned', code)
    await fixture.metering.by(systemActor('test')).revokeDevice(acme, 'banned', 'stolen')
    expect(await signIn('banned', code)).toBe(false)
  })

  it('that nobody made opens nothing', async () => {
    expect(await signIn('nobody', `clm_${'0'.repeat(26)}`)).toBe(false)
  })

  it('yields one secret when two sessions ask for it at once', async () => {
    const code = await aCode()
    const sessions = [await signIn('twice', code), await signIn('twice', code)]
    const secrets = await Promise.all(
      sessions.map(async (each) => (typeof each === 'object' ? each.issueSecret() : 'none')),
    )
    const good = await Promise.all(secrets.map((secret) => signIn('twice', secret)))
    expect(good.filter(Boolean)).toEqual([true])
  })
})

describe('a batch of claim codes', () => {
  it.each([
    ['nothing', { claims: [] }, 'claim_invalid'],
    ['1,001 codes', { claims: Array.from({ length: 1_001 }, () => ({})) }, 'claim_invalid'],
    ['an expiry that has passed', { expiresAt: start }, 'claim_invalid'],
    ['one serial number twice', { claims: [{ serial: 'S' }, { serial: 'S' }] }, 'claim_invalid'],
    ['an id that no device can have', { claims: [{ deviceId: 'a/b' as DeviceId }] }, 'id_invalid'],
    ['an unknown model', { modelId: aModelId('saw') }, 'model_unknown'],
    ["another's device", { claims: [{}, { deviceId: 'theirs' as DeviceId }] }, 'device_exists'],
    ["another device's serial number", { claims: [{ serial: 'S-taken' }] }, 'device_exists'],
  ])('of %s is refused whole', async (_what, overrides, code) => {
    const { metering } = fixture
    await metering
      .by(systemActor('test'))
      .registerDevice(aDevice('theirs', { manufacturerId: globex }))
      .catch(() => undefined)
    await metering
      .by(systemActor('test'))
      .registerDevice(aDevice('taken', { serial: 'S-taken' }))
      .catch(() => undefined)
    const before = await metering.listClaims(acme, { limit: 1 })
    expect(await codeOf(metering.by(systemActor('test')).createClaims(aRequest(overrides)))).toBe(code)
    expect(await metering.listClaims(acme, { limit: 1 })).toEqual(before)
  })

  it('is listed newest first with where each stands, in pages, and never with its codes', async () => {
    const { metering, clock } = fixture
    const manufacturerId = globex
    const claims = [{ deviceId: 'g-1' as DeviceId }, {}, { serial: 'S-3' }, {}]
    const made = await metering.by(systemActor('test')).createClaims(aRequest({ manufacturerId, claims }))
    const [first = 0, second = 0, third = 0, fourth = 0] = made.map(({ id }) => id)
    clock.at = start + 1_000
    await signIn('g-1', await claim('g-1', made[0]?.code ?? ''))
    await claim('g-2', made[1]?.code ?? '')
    await metering.by(systemActor('test')).revokeClaim(manufacturerId, third)
    clock.at = expiresAt
    const common = { modelId: 'drill', createdAt: start, expiresAt }
    const none = { deviceId: undefined, serial: undefined, claimedAt: undefined, completedAt: undefined }
    const page = await metering.listClaims(manufacturerId, { limit: 3 })
    expect(page.items).toEqual([
      { ...common, ...none, id: fourth, state: 'expired' },
      { ...common, ...none, id: third, serial: 'S-3', state: 'revoked' },
      { ...common, ...none, id: second, deviceId: 'g-2', state: 'claimed', claimedAt: start + 1_000 },
    ])
    const rest = await metering.listClaims(manufacturerId, { limit: 3, after: page.nextAfter ?? '' })
    const at = start + 1_000
    expect(rest).toEqual({
      items: [
        {
          ...common,
          ...none,
          id: first,
          deviceId: 'g-1',
          state: 'completed',
          claimedAt: at,
          completedAt: at,
        },
      ],
      nextAfter: undefined,
    })
    clock.at = start
  })

  it('is revoked by its manufacturer only (I12)', async () => {
    const [made] = await fixture.metering.by(systemActor('test')).createClaims(aRequest())
    expect(await codeOf(fixture.metering.by(systemActor('test')).revokeClaim(globex, made?.id ?? 0))).toBe(
      'claim_unknown',
    )
    expect(typeof (await signIn('still', made?.code ?? ''))).toBe('object')
  })
})
