/** The zone of the reader's own clock, for what is about no contract. */
export const ownTimeZone = Intl.DateTimeFormat().resolvedOptions().timeZone
