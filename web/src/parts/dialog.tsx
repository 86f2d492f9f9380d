/** A window above the page for one thing's own matters; Escape and the cross close it, and the focus goes back to where it was. */
import { Modal } from '@mantine/core'
import type { ReactNode } from 'react'

import { commonWords } from '../words/common-words.ts'
import { useWords } from '../words/language-context.tsx'

type Props = {
  readonly title: string
  readonly size?: 'md' | 'lg'
  readonly onClose: () => void
  readonly children: ReactNode
}

export function Dialog({ title, size = 'md', onClose, children }: Props) {
  const words = useWords(commonWords)
  return (
    <Modal.Root opened centered size={size} onClose={onClose}>
      <Modal.Overlay />
      <Modal.Content>
        {/* Its tag would make it a second banner of the page. */}
        <Modal.Header role="none">
          <Modal.Title fw={600}>{title}</Modal.Title>
          <Modal.CloseButton aria-label={words.close} />
        </Modal.Header>
        <Modal.Body>{children}</Modal.Body>
      </Modal.Content>
    </Modal.Root>
  )
}
