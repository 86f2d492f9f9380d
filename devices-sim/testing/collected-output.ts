/** A stream that keeps what is written to it, for tests of commands. */
import { Writable } from 'node:stream'

export function collectOutput(): { readonly stream: Writable; text(): string } {
  const chunks: string[] = []
  const stream = new Writable({
    write(chunk: unknown, _encoding, done) {
      chunks.push(String(chunk))
      done()
    },
  })
  return { stream, text: () => chunks.join('') }
}
