/** What a reading reports of a usage event, and what is found of the report. */
import type { UsageEvent } from '../../core/index.ts'

/** One usage event as one reading reported it. */
export type EventReport = {
  readonly readingId: number
  readonly receivedAt: number
  readonly epoch: number
  readonly seq: number
  /** Where among the reading's events. */
  readonly place: number
  readonly event: UsageEvent
  /** `canonicalEvent(event)` */
  readonly content: string
}

export type Verdict = 'link' | 'again' | 'held'

/** Labels as they are stored: JSON of name and text, by name. */
export function encodeLabels({ labels }: UsageEvent): string {
  return JSON.stringify(Object.entries(labels).sort(([left], [right]) => (left < right ? -1 : 1)))
}

/** The reverse of `encodeLabels`. */
export function decodeLabels(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(JSON.parse(text) as [string, string][])
}
