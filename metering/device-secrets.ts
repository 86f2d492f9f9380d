/**
 * Device secrets: 256 random bits shown once, stored as a salted HMAC-SHA-256, compared in constant time.
 *
 * Slow hashes protect passwords that people choose. Ours cannot be guessed at any speed, so a fast hash is as safe, and
 * thousands of devices can be registered or come back after an outage without holding anything up
 * (docs/decisions/0010-fast-hash-for-generated-secrets.md). Hashes of the earlier kind (scrypt) still verify; the
 * first sign-in with such a secret returns the hash to store in its place.
 *
 * An unknown device costs the same as a wrong secret. Nothing is remembered between calls, so nothing outlives revocation.
 */
import { createHmac, scrypt, timingSafeEqual } from 'node:crypto'
import { encodeBase32, type RandomBytes } from '../core/index.ts'

const nobodysHash = `hmac-sha256$${'A'.repeat(22)}$${'A'.repeat(43)}`

/** A secret for people and firmware to copy: `dsk_` and 52 letters and digits. */
export function generateDeviceSecret(random: RandomBytes): string {
  return `dsk_${encodeBase32(random(32))}`
}

/** The text to store: `hmac-sha256$salt$hash`. Only for secrets with 256 random bits. */
export function hashDeviceSecret(secret: string | Uint8Array, random: RandomBytes): string {
  const salt = Buffer.from(random(16))
  return `hmac-sha256$${salt.toString('base64url')}$${keyedHash(secret, salt).toString('base64url')}`
}

/** The one whose secret it is, if any. */
export async function findMatchingSecret<Stored extends { readonly hash: string }>(
  secret: Uint8Array,
  stored: readonly Stored[],
): Promise<Stored | undefined> {
  if (stored.length === 0) await matches(secret, nobodysHash)
  for (const each of stored) if (await matches(secret, each.hash)) return each
  return undefined
}

/** True for a hash that is better replaced by `hashDeviceSecret` now that the secret is at hand. */
export function isOutdatedHash(stored: string): boolean {
  return !stored.startsWith('hmac-sha256$')
}

async function matches(secret: Uint8Array, stored: string): Promise<boolean> {
  const [method, ...parts] = stored.split('$')
  const [salt = '', hash = ''] = parts.slice(-2).map((text) => Buffer.from(text, 'base64url'))
  if (salt === '' || hash === '') return false
  const actual = method === 'scrypt' ? await slowHash(secret, salt, parts) : keyedHash(secret, salt)
  return hash.length === actual.length && timingSafeEqual(hash, actual)
}

function keyedHash(secret: string | Uint8Array, salt: Uint8Array): Buffer {
  return createHmac('sha256', salt).update(secret).digest()
}

/** `scrypt$N$r$p$salt$hash` */
function slowHash(secret: Uint8Array, salt: Uint8Array, [N, r, p]: readonly string[]): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(secret, salt, 32, { N: Number(N), r: Number(r), p: Number(p) }, (error, key) =>
      error === null ? resolve(key) : reject(error),
    )
  })
}
