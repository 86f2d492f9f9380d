import type { Readable } from 'node:stream'

/** What a command gets from `main.ts`: nothing else of the process is touched by commands. */
export type CommandContext = {
  /** After the command's name. */
  readonly argv: readonly string[]
  readonly stdin: Readable
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
  /** Aborts on the first SIGINT or SIGTERM, with the signal's name as reason. */
  readonly signal: AbortSignal
  /** Aborts on the second one. */
  readonly quitSignal: AbortSignal
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** Resolves when the signal aborts. */
export async function interrupted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>((resolve) => {
    // A pending signal handler does not keep the process alive; this timer does.
    const keepAlive = setInterval(() => undefined, 60_000)
    signal.addEventListener('abort', () => {
      clearInterval(keepAlive)
      resolve()
    })
  })
}
