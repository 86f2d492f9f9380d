/**
 * Follows the server's events while a page is open. The browser resumes a broken stream by itself, naming the last event that it
 * got; while it is broken `isLive` is false and the page asks instead.
 */
import { useEffect, useState } from 'react'

type Topic = 'device_status' | 'usage' | 'bill'

/** `onEvent` must stay the same function between renders, or the stream is opened anew. */
export function useLiveEvents(
  topic: Topic,
  contractId: string | undefined,
  onEvent: (document: unknown) => void,
): { readonly isLive: boolean } {
  const [isLive, setLive] = useState(false)
  useEffect(() => {
    const query = new URLSearchParams({ topics: topic, ...(contractId === undefined ? {} : { contractId }) })
    const source = new EventSource(`/v1/events?${query.toString()}`)
    source.addEventListener('open', () => setLive(true))
    source.addEventListener('error', () => setLive(false))
    source.addEventListener(topic, (event: MessageEvent<string>) => {
      onEvent(JSON.parse(event.data) as unknown)
    })
    return () => source.close()
  }, [topic, contractId, onEvent])
  return { isLive }
}
