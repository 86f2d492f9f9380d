/** The demo builds the pages itself when they are not there or older than their sources, so that one command is enough. */
import { buildPages, isBuildCurrent } from '../../web/index.ts'

/** A build that fails is said and changes nothing else: the demo is about more than its pages. */
export async function buildDemoPages(say: (text: string) => void): Promise<void> {
  if (isBuildCurrent()) return
  say('Building the pages…')
  try {
    await buildPages()
  } catch (error) {
    say(error instanceof Error ? error.message : String(error))
  }
}
