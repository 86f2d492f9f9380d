/**
 * Keeps the sandbox's state in a file over restarts: a journal with one changed object on each line, later lines replacing earlier ones.
 *
 * `flush` writes what has changed before the answer is sent, so that no answer is lost when the process is killed; the cost is that of the
 * changes, not of the state. The journal is written anew with the last state of each object at start and at close (to a temporary name, then
 * renamed). A last line that was cut is left out: its answer was never sent. A file of another form, or for another version of the API, is set aside as `….old`.
 */
import { appendFileSync, closeSync, existsSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { API_VERSION } from './operation.ts'

export type JournalEntry = { readonly kind: string; readonly id: string; readonly item?: unknown }

export type StateJournal = {
  /** An item that is undefined is gone. */
  readonly record: (kind: string, id: string, item: unknown) => void
  readonly flush: () => void
  /** From now on nothing is written: what is carried out later, after a hang, was never answered. */
  readonly close: () => void
}

/** Objects are of the API's shapes, so that another version of it is another form. */
const HEADER = JSON.stringify({ stripeSandbox: 3, apiVersion: API_VERSION })

/** Nothing when the file does not exist or has another form. */
export function readJournal(file: string): JournalEntry[] {
  if (!existsSync(file)) return []
  const [header, ...lines] = readFileSync(file, 'utf8').split('\n')
  if (header !== HEADER) {
    renameSync(file, `${file}.old`)
    return []
  }
  // After the last line break there is nothing, or the beginning of a line that was cut.
  return lines.slice(0, -1).map((line) => JSON.parse(line) as JournalEntry)
}

export function rewriteJournal(file: string, entries: Iterable<JournalEntry>): void {
  const temporary = `${file}.${process.pid}.tmp`
  const descriptor = openSync(temporary, 'w', 0o600)
  try {
    writeSync(descriptor, `${HEADER}\n`)
    for (const entry of entries) writeSync(descriptor, `${JSON.stringify(entry)}\n`)
  } finally {
    closeSync(descriptor)
  }
  renameSync(temporary, file)
}

export function createStateJournal(file: string): StateJournal {
  const changed = new Map<string, JournalEntry>()
  let isClosed = false
  return {
    record(kind, id, item) {
      changed.set(`${kind} ${id}`, { kind, id, ...(item === undefined ? {} : { item }) })
    },
    flush() {
      if (changed.size === 0 || isClosed) return
      appendFileSync(file, [...changed.values()].map((entry) => `${JSON.stringify(entry)}\n`).join(''))
      changed.clear()
    },
    close: () => void (isClosed = true),
  }
}
