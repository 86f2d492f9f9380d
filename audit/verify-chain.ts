/**
 * Reads the whole trail in order and names the first entry that is not as it was written.
 *
 * The chain shows a changed, removed or added row by itself, except for rows cut off at its end and a chain that somebody
 * wrote anew from some row on: only a hash that was noted elsewhere (`expected`) shows those. Pages by number, so a server
 * beside it goes on appending, and memory stays small.
 */
import type { Kysely } from 'kysely'
import type { LedgerTables } from '../db/index.ts'
import { CHAIN_START, hashEntry, toEntry, type AuditEntry } from './entry-rows.ts'

const PAGE_SIZE = 1_000

/** An entry as it was noted in another place. */
export type NotedEntry = { readonly no: number; readonly hash: string }

export type ChainReport = {
  /** Entries that were read and found right. */
  readonly count: number
  /** Undefined while the trail is empty, or when the first entry is wrong. */
  readonly last: NotedEntry | undefined
  /** The first wrong entry; nothing is read after it. */
  readonly problem: { readonly no: number; readonly sentence: string } | undefined
}

export async function verifyChain(
  ledger: Kysely<LedgerTables>,
  { expected }: { readonly expected?: NotedEntry } = {},
): Promise<ChainReport> {
  let last: NotedEntry | undefined
  let count = 0
  for await (const entry of readInOrder(ledger)) {
    const sentence = findProblem(entry, last, expected)
    if (sentence !== undefined) {
      return { count, last, problem: { no: Math.min(entry.no, count + 1), sentence } }
    }
    last = { no: entry.no, hash: entry.hash }
    count += 1
  }
  if (expected !== undefined && expected.no > count) {
    const sentence = `Entry ${expected.no} was noted and is gone; the trail ends with ${count}.`
    return { count, last, problem: { no: count + 1, sentence } }
  }
  return { count, last, problem: undefined }
}

async function* readInOrder(ledger: Kysely<LedgerTables>): AsyncGenerator<AuditEntry, void> {
  for (let after = 0; ;) {
    const rows = await ledger
      .selectFrom('audit_entries')
      .selectAll()
      .where('no', '>', BigInt(after))
      .orderBy('no')
      .limit(PAGE_SIZE)
      .execute()
    for (const row of rows) yield toEntry(row)
    if (rows.length < PAGE_SIZE) return
    after = Number(rows.at(-1)?.no)
  }
}

function findProblem(
  { hash, ...entry }: AuditEntry,
  previous: NotedEntry | undefined,
  expected: NotedEntry | undefined,
): string | undefined {
  const no = (previous?.no ?? 0) + 1
  if (entry.no !== no) return `Entry ${no} is missing; the next one is ${entry.no}.`
  if (entry.previousHash !== (previous?.hash ?? CHAIN_START)) {
    return `Entry ${no} does not carry the hash of the entry before it.`
  }
  if (hashEntry(entry) !== hash) return `Entry ${no} was changed: its hash does not cover what it says.`
  if (expected?.no === no && expected.hash !== hash) {
    return `Entry ${no} was noted with another hash: the trail was written anew.`
  }
  return undefined
}
