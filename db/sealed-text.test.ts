import { describe, expect, it } from 'vitest'
import { InvariantError } from '../core/index.ts'
import { openSealedText, sealText } from './sealed-text.ts'

const key = new Uint8Array(32).fill(7)
const nonce = () => new Uint8Array(12).fill(9)

describe('a sealed text', () => {
  it('opens with its key and for its purpose', () => {
    expect(openSealedText(sealText('whsec_ä', 'a:man_1', key, nonce), 'a:man_1', key)).toBe('whsec_ä')
  })

  it('has the layout of version, nonce, tag and ciphertext', () => {
    const sealed = sealText('abc', 'p', key, nonce)
    expect([sealed.length, sealed[0], ...sealed.subarray(1, 13)]).toEqual([32, 1, ...nonce()])
  })

  it.each([
    ['another purpose', (sealed: Uint8Array) => openSealedText(sealed, 'a:man_2', key)],
    ['another key', (sealed: Uint8Array) => openSealedText(sealed, 'a:man_1', new Uint8Array(32))],
    ['a changed byte', (sealed: Uint8Array) => openSealedText(sealed.with(31, 0), 'a:man_1', key)],
    ['another version', (sealed: Uint8Array) => openSealedText(sealed.with(0, 2), 'a:man_1', key)],
    ['too few bytes', (sealed: Uint8Array) => openSealedText(sealed.subarray(0, 5), 'a:man_1', key)],
  ])('does not open for %s', (_what, open) => {
    const sealed = sealText('a secret', 'a:man_1', key, nonce)
    expect(() => open(sealed)).toThrow(Error)
  })

  it('needs a key of 32 bytes', () => {
    expect(() => sealText('a', 'p', new Uint8Array(16), nonce)).toThrow(InvariantError)
  })
})
