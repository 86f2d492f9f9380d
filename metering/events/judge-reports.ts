/**
 * Which contents count of all that readings reported under one (device, id) (docs/metering-rules.md §5).
 *
 * Reports are taken in the order of (received time, epoch, seq, content). The first one stands. A further one
 *  - with a content that stands already has no effect (`again`);
 *  - is a `link` if it fits: the standing contents, in the order of (epoch, seq), are the life of one session, in which
 *    every content but the last is open and is extended by the next (same type, `from` and labels, `to` not earlier,
 *    quantity not smaller);
 *  - else is `held`, unless another report of the same content fits.
 * The last link is what stands. Nothing but the set of reports decides, so the order of arrival does not matter; a late
 * heartbeat finds its place before an end that was received earlier.
 *
 * Along the links (epoch, seq) and (`to`, quantity, closed) rise together, so that the two neighbours of a new report are
 * found by its content alone; the store asks its index for them and judges with the same `judgeBetween`.
 */
import { encodeLabels, type EventReport, type Verdict } from './event-report.ts'

/** The verdict on each report, in the order given, and the link that stands. */
export function judgeReports(reports: readonly EventReport[]): {
  readonly verdicts: readonly Verdict[]
  readonly standing: EventReport | undefined
} {
  const links: EventReport[] = []
  for (const report of reports.toSorted(compareReports)) {
    const index = countUpTo(links, report)
    if (judgeBetween(links[index - 1], report, links[index]) === 'link') links.splice(index, 0, report)
  }
  const standing = new Set(links.map(({ content }) => content))
  const asLinks = new Set(links)
  const verdicts = reports.map((report) =>
    asLinks.has(report) ? 'link' : standing.has(report.content) ? 'again' : 'held',
  )
  return { verdicts, standing: links.at(-1) }
}

/**
 * The verdict on a report that comes after all links in the order of `compareReports`, where `before` is the last link
 * that is not above it by `compareGrowth` and `after` the first one above.
 */
export function judgeBetween(
  before: EventReport | undefined,
  report: EventReport,
  after: EventReport | undefined,
): Verdict {
  if (before?.content === report.content) return 'again'
  const fitsBefore = before === undefined || isExtendedBy(before, report)
  const fitsAfter = after === undefined || isExtendedBy(report, after)
  return fitsBefore && fitsAfter ? 'link' : 'held'
}

/** The order in which reports are judged; 0 only for reports that mean the same. */
export function compareReports(left: EventReport, right: EventReport): number {
  return left.receivedAt - right.receivedAt || compareSequence(left, right) || compareContent(left, right)
}

function compareSequence(left: EventReport, right: EventReport): number {
  return left.epoch - right.epoch || left.seq - right.seq
}

function compareContent(left: EventReport, right: EventReport): number {
  if (left.content === right.content) return left.readingId - right.readingId || left.place - right.place
  return left.content < right.content ? -1 : 1
}

function compareGrowth({ event: left }: EventReport, { event: right }: EventReport): number {
  if (left.to !== right.to) return left.to - right.to
  if (left.quantity !== right.quantity) return left.quantity < right.quantity ? -1 : 1
  return Number(right.isOpen ?? false) - Number(left.isOpen ?? false)
}

/** How many links are not above the report. */
function countUpTo(links: readonly EventReport[], report: EventReport): number {
  let [low, high] = [0, links.length]
  while (low < high) {
    const middle = (low + high) >> 1
    const link = links[middle]
    if (link !== undefined && compareGrowth(link, report) <= 0) low = middle + 1
    else high = middle
  }
  return low
}

function isExtendedBy(earlier: EventReport, later: EventReport): boolean {
  return (
    earlier.event.isOpen === true &&
    compareSequence(earlier, later) < 0 &&
    earlier.event.type === later.event.type &&
    earlier.event.from === later.event.from &&
    earlier.event.to <= later.event.to &&
    earlier.event.quantity <= later.event.quantity &&
    encodeLabels(earlier.event) === encodeLabels(later.event)
  )
}
