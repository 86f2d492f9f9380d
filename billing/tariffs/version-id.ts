import { createHash } from 'node:crypto'
import { canonicalJson } from '../../core/index.ts'
import type { TariffDocument } from '../rating/tariff-schema.ts'

/** The document with its members in order and without white space: equal documents give equal texts. */
export function canonicalDocument(document: TariffDocument): string {
  return canonicalJson(document)
}

/** SHA-256 of the canonical document, in hex. */
export function versionIdOf(document: TariffDocument): string {
  return createHash('sha256').update(canonicalDocument(document)).digest('hex')
}
