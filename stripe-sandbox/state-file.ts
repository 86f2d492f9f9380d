/** Puts together the state and, when a file is named, its journal: reads it, writes it anew at start and close, records every change. */
import type { ObjectCollection } from './object-collection.ts'
import {
  createSandboxState,
  type Mutation,
  type SandboxState,
  type StateListeners,
  type StoredAnswer,
} from './sandbox-state.ts'
import { withDecimals } from './stored-decimals.ts'
import { createStateJournal, readJournal, rewriteJournal, type JournalEntry } from './state-journal.ts'

export type StateFile = {
  readonly state: SandboxState
  /** For what is no collection: answers and mutations. */
  readonly record: (kind: 'answers' | 'v2Answers' | 'mutations', id: string, item: unknown) => void
  readonly flush: () => void
  close(): void
}

export function openStateFile(
  file: string | undefined,
  listeners: Omit<StateListeners, 'onChange'>,
): StateFile {
  if (file === undefined) {
    return {
      state: createSandboxState({ ...listeners, onChange: () => undefined }),
      record: () => undefined,
      flush: () => undefined,
      close: () => undefined,
    }
  }
  const entries = readJournal(file)
  const journal = createStateJournal(file)
  let isReading = true
  const state = createSandboxState({
    ...listeners,
    onChange(kind, id, item) {
      if (!isReading) journal.record(kind, id, item)
    },
  })
  for (const entry of entries) apply(state, entry)
  isReading = false
  rewriteJournal(file, entriesOf(state))
  return {
    state,
    record: journal.record,
    flush: journal.flush,
    close() {
      journal.close()
      rewriteJournal(file, entriesOf(state))
    },
  }
}

/** What the file holds was written by this program for this version of the API: its shapes are believed. */
function apply(state: SandboxState, { kind, id, item }: JournalEntry): void {
  if (kind === 'mutations') {
    state.mutations.push(item as Mutation)
  } else if (kind === 'answers' || kind === 'v2Answers') {
    state[kind].delete(id)
    if (item !== undefined) state[kind].set(id, item as StoredAnswer)
  } else if (isCollection(state, kind)) {
    const collection: ObjectCollection<unknown> = state[kind]
    if (item === undefined) collection.delete(id)
    else collection.put(withDecimals(kind, item))
  }
}

type CollectionName = Exclude<keyof SandboxState, 'answers' | 'v2Answers' | 'mutations'>

function isCollection(state: SandboxState, kind: string): kind is CollectionName {
  return Object.hasOwn(state, kind)
}

function* entriesOf(state: SandboxState): Iterable<JournalEntry> {
  const { answers, v2Answers, mutations, ...collections } = state
  for (const [kind, collection] of Object.entries(collections)) {
    for (const [id, item] of collection.entries()) yield { kind, id, item }
  }
  for (const [id, item] of answers) yield { kind: 'answers', id, item }
  for (const [id, item] of v2Answers) yield { kind: 'v2Answers', id, item }
  for (const [index, item] of mutations.entries()) yield { kind: 'mutations', id: String(index + 1), item }
}
