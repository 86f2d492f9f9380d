/** Says that the browser has no connection. What was loaded before stays on the page. */
import { onlineManager } from '@tanstack/react-query'
import { useSyncExternalStore } from 'react'

import { commonWords } from '../words/common-words.ts'
import { useWords } from '../words/language-context.tsx'
import classes from './shell.module.css'

export function OfflineBanner() {
  const words = useWords(commonWords)
  const isOnline = useSyncExternalStore(
    (onChange) => onlineManager.subscribe(onChange),
    () => onlineManager.isOnline(),
  )
  return (
    <div role="status" className={isOnline ? undefined : classes.banner}>
      {isOnline ? '' : words.offline}
    </div>
  )
}
