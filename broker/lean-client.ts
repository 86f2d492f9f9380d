/**
 * Takes from a new client of Aedes what it keeps twice: a quarter of an idle connection's heap.
 *
 * - Its parser collects bytes in a list that is a whole duplex stream too. The parser uses the list only.
 * - It watches the stream for its end with a handful of closures and four listeners. `end` and `error` it hears besides,
 *   and `close` the broker hears for it: whoever makes a client lean must call its `close` when the stream has closed.
 *
 * Both are private to Aedes, which package.json therefore keeps at its minor version, and to its parser. What is not found
 * as expected is left alone, and a test tells.
 */
import type { Client } from 'aedes'
import { BufferList } from 'bl'

const ignoreEnd = () => undefined

export function makeLean(client: Client): void {
  const parser: unknown = Reflect.get(client, '_parser')
  if (typeof parser === 'object' && parser !== null) {
    const list: unknown = Reflect.get(parser, '_list')
    if (BufferList.isBufferList(list)) Reflect.set(parser, '_list', new BufferList())
  }
  const stopWatching: unknown = Reflect.get(client, '_eos')
  if (typeof stopWatching === 'function') {
    Reflect.apply(stopWatching, undefined, [])
    Reflect.set(client, '_eos', ignoreEnd)
  }
}
