import { describe, expect, it } from 'vitest'
import { secureRandomBytes } from '../core/index.ts'
import {
  findMatchingSecret,
  generateDeviceSecret,
  hashDeviceSecret,
  isOutdatedHash,
} from './device-secrets.ts'

const secret = 'dsk_00041061050r3gg28a1c60t3gf208h44rm2mb1e60s38dhr78y3w'
/** Made with Python's hmac and hashlib, for the salt 0x00 … 0x0f. */
const known = {
  fast: 'hmac-sha256$AAECAwQFBgcICQoLDA0ODw$NgwUieERkMGyDAgFX-8vTk_zEp1ub-UBOyBlC6uvoYQ',
  slow: 'scrypt$4096$8$1$AAECAwQFBgcICQoLDA0ODw$6pOSnYifsITyiBkEKAbjPrnHJiDigtW6VeX9Ccamz1o',
}

async function matches(text: string, ...hashes: string[]): Promise<string | undefined> {
  const stored = hashes.map((hash) => ({ hash }))
  return (await findMatchingSecret(Buffer.from(text), stored))?.hash
}

describe('a device secret', () => {
  it('is hashed as HMAC-SHA-256 under its salt', () => {
    expect(hashDeviceSecret(secret, (length) => Uint8Array.from({ length }, (_, n) => n))).toBe(known.fast)
  })

  it.each(Object.entries(known))('verifies against a %s hash, and only itself', async (_kind, hash) => {
    expect(await matches(secret, hash)).toBe(hash)
    expect(await matches(`${secret}x`, hash)).toBe(undefined)
    expect(await matches('', hash)).toBe(undefined)
  })

  it('finds which of two it is', async () => {
    const other = hashDeviceSecret('another', secureRandomBytes)
    expect(await matches(secret, other, known.slow)).toBe(known.slow)
    expect(await matches(secret, other)).toBe(undefined)
    expect(await matches(secret)).toBe(undefined)
  })

  it('matches no text that is not a hash', async () => {
    expect(await matches('', '', '$', 'hmac-sha256$$', 'scrypt$4096$8$1$$')).toBe(undefined)
  })

  it('tells which hash to replace', () => {
    expect([isOutdatedHash(known.slow), isOutdatedHash(known.fast)]).toEqual([true, false])
  })

  it('has 256 random bits behind its prefix', () => {
    expect(generateDeviceSecret((length) => new Uint8Array(length).fill(255))).toBe(`dsk_${'z'.repeat(51)}g`)
  })
})
