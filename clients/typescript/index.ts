/** The typed client of Usance's API. */
export const clientVersion = '0.1.0'
