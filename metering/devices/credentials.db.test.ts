import { systemActor } from '../../core/index.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { acme } from '../testing/metering-fixture.ts'
import {
  aDevice,
  aSecret,
  codeOf,
  globex,
  openDeviceFixture,
  start,
  type DeviceFixture,
} from '../testing/device-fixture.ts'

let fixture: DeviceFixture
beforeAll(async () => {
  fixture = await openDeviceFixture()
})
afterAll(() => fixture.close())

const mayConnect = (deviceId: string, secret: string) =>
  fixture.metering.authenticateDevice(deviceId, aSecret(secret))

async function register(id: string): Promise<string> {
  return (await fixture.metering.by(systemActor('test')).registerDevice(aDevice(id))).secret
}

describe('two secrets', () => {
  it('are both good until one is revoked, which ends the connection', async () => {
    const { metering, cutOff } = fixture
    const first = await register('two')
    const { id, secret: second } = await metering.by(systemActor('test')).createSecret(acme, 'two')
    expect([await mayConnect('two', first), await mayConnect('two', second)]).toEqual([true, true])
    const [older] = await metering.listSecrets(acme, 'two')
    await metering.by(systemActor('test')).revokeSecret(acme, 'two', older?.id ?? 0)
    expect([await mayConnect('two', first), await mayConnect('two', second)]).toEqual([false, true])
    expect(cutOff).toEqual(['two'])
    const again = await metering.by(systemActor('test')).createSecret(acme, 'two')
    expect(await mayConnect('two', again.secret)).toBe(true)
    await metering.by(systemActor('test')).revokeSecret(acme, 'two', id)
    expect(await mayConnect('two', second)).toBe(false)
  })

  it('are the most that a device has', async () => {
    const { metering } = fixture
    await register('most')
    await metering.by(systemActor('test')).createSecret(acme, 'most')
    expect(await codeOf(metering.by(systemActor('test')).createSecret(acme, 'most'))).toBe(
      'secrets_at_most_two',
    )
    expect(await metering.listSecrets(acme, 'most')).toHaveLength(2)
  })

  it('are the most that the database takes', async () => {
    await register('trigger')
    await fixture.metering.by(systemActor('test')).createSecret(acme, 'trigger')
    const insert = () =>
      fixture.query(
        "INSERT INTO device_secrets (device_no, secret_hash, created_at) SELECT no, 'x', 0 FROM devices WHERE id = 'trigger'",
      )
    expect(insert).toThrow('a device has at most two active secrets')
  })

  it('are listed with when they were made, used and revoked, and never shown', async () => {
    const { metering, clock } = fixture
    clock.at = start + 1_000
    const secret = await register('listed')
    clock.at = start + 2_000
    const { id } = await metering.by(systemActor('test')).createSecret(acme, 'listed')
    clock.at = start + 3_000
    await mayConnect('listed', secret)
    await metering.by(systemActor('test')).revokeSecret(acme, 'listed', id)
    await fixture.reopen()
    expect(await fixture.metering.listSecrets(acme, 'listed')).toEqual([
      { id: id - 1, createdAt: start + 1_000, lastUsedAt: start + 3_000, revokedAt: undefined },
      { id, createdAt: start + 2_000, lastUsedAt: undefined, revokedAt: start + 3_000 },
    ])
  })

  it('belong to their device and manufacturer (I12)', async () => {
    const { metering } = fixture
    await register('mine')
    await register('other')
    const [secret] = await metering.listSecrets(acme, 'mine')
    const id = secret?.id ?? 0
    expect(await codeOf(metering.listSecrets(globex, 'mine'))).toBe('device_unknown')
    expect(await codeOf(metering.by(systemActor('test')).createSecret(globex, 'mine'))).toBe('device_unknown')
    expect(await codeOf(metering.by(systemActor('test')).revokeSecret(globex, 'mine', id))).toBe(
      'device_unknown',
    )
    expect(await codeOf(metering.by(systemActor('test')).revokeSecret(acme, 'other', id))).toBe(
      'secret_unknown',
    )
  })

  it('stored as scrypt are let in and stored anew', async () => {
    const secret = 'dsk_old'
    const scrypt = 'scrypt$4096$8$1$AAECAwQFBgcICQoLDA0ODw$Km-COVris6TlNIIQUXhgvyrHpQbA2tw4iQzTw5QZifU'
    await register('old')
    const device = "device_no = (SELECT no FROM devices WHERE id = 'old')"
    fixture.query(`UPDATE device_secrets SET secret_hash = ? WHERE ${device}`, scrypt)
    expect(await mayConnect('old', 'dsk_wrong')).toBe(false)
    expect(await mayConnect('old', secret)).toBe(true)
    await fixture.reopen()
    const [row] = fixture.query(`SELECT secret_hash FROM device_secrets WHERE ${device}`)
    expect(row?.['secret_hash']).toMatch(/^hmac-sha256\$/)
    expect(await mayConnect('old', secret)).toBe(true)
  })
})

describe('a revoked device', () => {
  it('cannot sign in, is cut off at once, and keeps its first reason', async () => {
    const { metering, cutOff, clock } = fixture
    const secret = await register('revoked')
    expect(await mayConnect('revoked', secret)).toBe(true)
    cutOff.length = 0
    clock.at = start + 9_000
    await metering.by(systemActor('test')).revokeDevice(acme, 'revoked', 'stolen in Linz')
    await metering.by(systemActor('test')).revokeDevice(acme, 'revoked', 'again')
    expect(await mayConnect('revoked', secret)).toBe(false)
    expect(cutOff).toEqual(['revoked', 'revoked'])
    expect((await metering.findDevice(acme, 'revoked'))?.revoked).toEqual({
      at: start + 9_000,
      reason: 'stolen in Linz',
    })
  })

  it('is let in again with what it had once it is restored', async () => {
    const { metering } = fixture
    const secret = await register('restored')
    await metering.by(systemActor('test')).revokeDevice(acme, 'restored', 'lost')
    await metering.by(systemActor('test')).restoreDevice(acme, 'restored')
    expect(await mayConnect('restored', secret)).toBe(true)
    expect((await metering.findDevice(acme, 'restored'))?.revoked).toBe(undefined)
  })

  it('is no business of another manufacturer (I12)', async () => {
    const { metering, cutOff } = fixture
    const secret = await register('safe')
    cutOff.length = 0
    expect(await codeOf(metering.by(systemActor('test')).revokeDevice(globex, 'safe', 'mischief'))).toBe(
      'device_unknown',
    )
    expect(await codeOf(metering.by(systemActor('test')).restoreDevice(globex, 'safe'))).toBe(
      'device_unknown',
    )
    expect([await mayConnect('safe', secret), cutOff]).toEqual([true, []])
  })
})

describe('a client certificate', () => {
  const shown = 'AB:'.repeat(31) + 'AB'
  const mayConnectWith = (deviceId: string, fingerprint256: string) =>
    fixture.metering.authenticateDevice(deviceId, { kind: 'certificate', fingerprint256 })

  it('lets in a device that exists and is not revoked', async () => {
    await register('cert')
    expect([await mayConnectWith('cert', shown), await mayConnectWith('nobody', shown)]).toEqual([
      true,
      false,
    ])
    await fixture.metering.by(systemActor('test')).revokeDevice(acme, 'cert', 'lost')
    expect(await mayConnectWith('cert', shown)).toBe(false)
  })

  it('must be one of the list, where there is one', async () => {
    const { metering, cutOff } = fixture
    await register('listed-cert')
    cutOff.length = 0
    await metering.by(systemActor('test')).setCertificates(acme, 'listed-cert', ['cd'.repeat(32)])
    expect(await mayConnectWith('listed-cert', shown)).toBe(false)
    await metering.by(systemActor('test')).setCertificates(acme, 'listed-cert', [shown, 'ab'.repeat(32)])
    expect(await metering.listCertificates(acme, 'listed-cert')).toEqual(['ab'.repeat(32)])
    expect(await mayConnectWith('listed-cert', shown)).toBe(true)
    expect(cutOff).toEqual(['listed-cert', 'listed-cert'])
  })

  it.each([
    ['63 digits', ['a'.repeat(63)]],
    ['no hexadecimal digits', ['x'.repeat(64)]],
    ['nine of them', Array.from({ length: 9 }, (_, n) => `${n}`.repeat(64))],
  ])('is not listed with %s', async (_what, fingerprints) => {
    await fixture.metering
      .by(systemActor('test'))
      .registerDevice(aDevice('bad-cert'))
      .catch(() => undefined)
    expect(
      await codeOf(fixture.metering.by(systemActor('test')).setCertificates(acme, 'bad-cert', fingerprints)),
    ).toBe('device_invalid')
    expect(await fixture.metering.listCertificates(acme, 'bad-cert')).toEqual([])
  })

  it('is listed by its manufacturer only (I12)', async () => {
    await register('own-cert')
    expect(
      await codeOf(fixture.metering.by(systemActor('test')).setCertificates(globex, 'own-cert', [])),
    ).toBe('device_unknown')
    expect(await codeOf(fixture.metering.listCertificates(globex, 'own-cert'))).toBe('device_unknown')
  })
})
