/**
 * Parsed tariff documents by the id of their version. An id is the hash of its document, so what was parsed once stays right
 * whoever asks; rating many contracts with few tariffs then parses each document once instead of once for each contract.
 */
import { parseTariffDocument } from '../rating/parse-tariff.ts'
import type { TariffDocument } from '../rating/tariff-schema.ts'

/** More than a manufacturer's tariffs have versions in force; a few kilobytes each. */
const MAX_DOCUMENTS = 1_000

export class ParsedDocuments {
  readonly #documents = new Map<string, TariffDocument>()
  readonly #maximum: number

  constructor(maximum: number) {
    this.#maximum = maximum
  }

  /** @throws AppError `tariff_invalid` for a stored document that is none */
  read(versionId: string, text: string): TariffDocument {
    const known = this.#documents.get(versionId)
    const document = known ?? parseTariffDocument(JSON.parse(text))
    // The one that nobody asked for longest leaves first.
    this.#documents.delete(versionId)
    this.#documents.set(versionId, document)
    const [oldest] = this.#documents.size > this.#maximum ? this.#documents.keys() : []
    if (oldest !== undefined) this.#documents.delete(oldest)
    return document
  }
}

export const parsedDocuments = new ParsedDocuments(MAX_DOCUMENTS)
