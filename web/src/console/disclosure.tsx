/** A button that shows and hides a form below a list. */
import { Button } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useId, useState, type ReactNode } from 'react'

type Props = {
  readonly label: string
  readonly width?: number
  readonly children: (close: () => void) => ReactNode
}

export function Disclosure({ label, width = 560, children }: Props) {
  const [isOpen, setOpen] = useState(false)
  const id = useId()
  return (
    <div>
      <Button
        variant="light"
        aria-expanded={isOpen}
        aria-controls={id}
        leftSection={<IconPlus size={16} aria-hidden />}
        onClick={() => setOpen(!isOpen)}
      >
        {label}
      </Button>
      <div id={id} hidden={!isOpen} className="card" style={{ marginTop: 12, maxWidth: width }}>
        {isOpen && children(() => setOpen(false))}
      </div>
    </div>
  )
}
