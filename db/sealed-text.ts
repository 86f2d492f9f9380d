/**
 * Keeps a secret text encrypted: AES-256-GCM with a random nonce. What the text is for is additional data, so sealed bytes that
 * are copied into another row or column do not open.
 *
 * Layout of the sealed bytes: version (1), nonce (12), tag (16), ciphertext. Whoever changes the key enters the secrets again.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto'
import { assertInvariant, type RandomBytes } from '../core/index.ts'

const VERSION = 1
const NONCE_BYTES = 12
const TAG_BYTES = 16
export const SEAL_KEY_BYTES = 32

/** @param purpose what the text is for and whose it is; opening needs the same */
export function sealText(
  text: string,
  purpose: string,
  key: Uint8Array,
  randomBytes: RandomBytes,
): Uint8Array {
  assertKey(key)
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(purpose))
  const ciphertext = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return new Uint8Array(Buffer.concat([Buffer.of(VERSION), nonce, cipher.getAuthTag(), ciphertext]))
}

/** @throws Error for another key, another purpose, or changed bytes */
export function openSealedText(sealed: Uint8Array, purpose: string, key: Uint8Array): string {
  assertKey(key)
  if (sealed[0] !== VERSION) throw new Error('unknown version')
  const nonce = sealed.subarray(1, 1 + NONCE_BYTES)
  const tag = sealed.subarray(1 + NONCE_BYTES, 1 + NONCE_BYTES + TAG_BYTES)
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
    .setAAD(Buffer.from(purpose))
    .setAuthTag(tag)
  const ciphertext = sealed.subarray(1 + NONCE_BYTES + TAG_BYTES)
  return Buffer.concat([decipher.update(ciphertext), decipher.final()]).toString('utf8')
}

function assertKey(key: Uint8Array): void {
  assertInvariant(key.length === SEAL_KEY_BYTES, `The key of sealed texts has ${SEAL_KEY_BYTES} bytes.`)
}
