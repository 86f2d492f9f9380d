/** Ids as Stripe's look, a prefix and 96 random bits: nobody guesses the address of a page. Random bytes are drawn for many ids at once. */
import { encodeBase32, type RandomBytes } from '../core/index.ts'

const BYTES = 12
const BLOCK = 256 * BYTES

export function createIdSource(randomBytes: RandomBytes): (prefix: string) => string {
  let block = new Uint8Array()
  let used = 0
  return (prefix) => {
    if (used === block.length) {
      block = new Uint8Array(randomBytes(BLOCK))
      used = 0
    }
    const own = block.subarray(used, used + BYTES)
    used += BYTES
    return `${prefix}_${encodeBase32(own)}`
  }
}
