/** The face of `audit/`: who changed what, when and why, in a chain that shows when it was changed itself. */
export type { AuditEntry } from './entry-rows.ts'
export { copyChanges, type ForeignChange, type ReadChanges } from './copy-changes.ts'
export { recordChange, type Change } from './record-change.ts'
export { entrySorts, searchEntries, type EntryPage, type EntryQuery } from './search-entries.ts'
export { verifyChain, type ChainReport, type NotedEntry } from './verify-chain.ts'
