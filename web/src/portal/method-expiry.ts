/** How long a saved card is good for: its last month counts whole, by the reader's calendar. */
export type Expiry = 'fine' | 'soon' | 'expired'

/** Both as "2027-04", or a day of the month for `today`. "Soon" is this month and the next. */
export function expiryOf(expiresOn: string, today: string): Expiry {
  const left = monthsOf(expiresOn) - monthsOf(today)
  if (left < 0) return 'expired'
  return left <= 1 ? 'soon' : 'fine'
}

function monthsOf(day: string): number {
  return Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7))
}
