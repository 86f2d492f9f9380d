/** What this process used so far; for the servers that are measured. */

export function readCpuMicroseconds(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

/** Collects garbage before (the process needs `--expose-gc`), so that only what is kept counts. */
export function readRssBytes(): number {
  globalThis.gc?.()
  globalThis.gc?.()
  return process.memoryUsage.rss()
}
