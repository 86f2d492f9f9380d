/**
 * Device secrets: 256 random bits shown once, stored as a scrypt hash, compared in constant time.
 *
 * scrypt costs some ten milliseconds of CPU. A fleet that comes back after an outage would spend minutes on it, so a
 * secret that was verified once is remembered in memory as an HMAC under a key that lives as long as the process, bound
 * to the stored hash: a rotated or revoked secret is no longer found. An unknown device costs the same as a wrong secret.
 */
import { createHmac, randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto'
import { encodeBase32, type RandomBytes } from '../core/index.ts'

const parameters: Required<Pick<ScryptOptions, 'N' | 'r' | 'p'>> = { N: 4096, r: 8, p: 1 }
const HASH_BYTES = 32
const MAX_REMEMBERED = 200_000
const nobodysHash = `scrypt$4096$8$1$${'A'.repeat(22)}$${'A'.repeat(43)}`

/** A secret for people and firmware to copy: `dsk_` and 52 letters and digits. */
export function generateDeviceSecret(random: RandomBytes): string {
  return `dsk_${encodeBase32(random(32))}`
}

/** The text to store: `scrypt$N$r$p$salt$hash`. */
export async function hashDeviceSecret(secret: string, random: RandomBytes): Promise<string> {
  const salt = Buffer.from(random(16))
  const hash = await derive(Buffer.from(secret), salt, parameters)
  const { N, r, p } = parameters
  return `scrypt$${N}$${r}$${p}$${salt.toString('base64url')}$${hash.toString('base64url')}`
}

export type SecretVerifier = (secret: Uint8Array, storedHashes: readonly string[]) => Promise<boolean>

/** A verifier with its own memory of secrets that were right. */
export function createSecretVerifier(): SecretVerifier {
  const processKey = randomBytes(32)
  const remembered = new Set<string>()

  return async (secret, storedHashes) => {
    if (storedHashes.length === 0) await matches(secret, nobodysHash)
    for (const stored of storedHashes) {
      const proof = createHmac('sha256', processKey)
        .update(stored)
        .update('\0')
        .update(secret)
        .digest('base64')
      if (remembered.has(proof)) return true
      if (await matches(secret, stored)) {
        if (remembered.size >= MAX_REMEMBERED) remembered.clear()
        remembered.add(proof)
        return true
      }
    }
    return false
  }
}

async function matches(secret: Uint8Array, stored: string): Promise<boolean> {
  const [, N, r, p, salt = '', hash = ''] = stored.split('$')
  const expected = Buffer.from(hash, 'base64url')
  const actual = await derive(secret, Buffer.from(salt, 'base64url'), {
    N: Number(N),
    r: Number(r),
    p: Number(p),
  })
  return expected.length === actual.length && timingSafeEqual(expected, actual)
}

function derive(secret: Uint8Array, salt: Uint8Array, options: ScryptOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(secret, salt, HASH_BYTES, options, (error, key) => (error === null ? resolve(key) : reject(error)))
  })
}
