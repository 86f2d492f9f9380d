/**
 * A form over something that others change too. A change names the version it was made on. If the server knows a newer one, it is
 * read again: where what this form edits is still as it was shown, the change is sent again on the newer version, since what
 * else moved (a reading that came, say) is not this person's business; otherwise both are shown side by side, and the person
 * decides.
 */
import { useRef, useState } from 'react'

import { Problem, type Versioned } from '../api/request.ts'
import { useForm } from './use-form.ts'

/** A thing that reports every second may be newer again each time. */
const MOST_TRIES = 3

type Texts = Readonly<Record<string, string>>

type Given<Item, Values extends Texts, Answer> = {
  readonly shown: Versioned<Item>
  readonly valuesOf: (item: Item) => Values
  readonly send: (values: Values, etag: string | undefined) => Promise<Answer>
  readonly load: () => Promise<Versioned<Item>>
  readonly onDone: (answer: Answer) => unknown
}

export function useVersionedForm<Item, Values extends Texts, Answer>(given: Given<Item, Values, Answer>) {
  const { valuesOf } = given
  const base = useRef(given.shown)
  const [theirs, setTheirs] = useState<Versioned<Item>>()
  const form = useForm(
    valuesOf(given.shown.item),
    async (values) => {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await given.send(values, base.current.etag)
        } catch (error) {
          if (!(error instanceof Problem && error.status === 412)) throw error
          const newer = await given.load()
          const isMoved = !isSame(valuesOf(newer.item), valuesOf(base.current.item))
          if (isMoved) setTheirs(newer)
          if (isMoved || attempt === MOST_TRIES) throw error
          base.current = newer
        }
      }
    },
    (answer) => {
      setTheirs(undefined)
      return given.onDone(answer)
    },
  )
  if (theirs === undefined) return { form, conflict: undefined }
  return {
    form,
    conflict: {
      theirs: valuesOf(theirs.item),
      takeTheirs() {
        base.current = theirs
        setTheirs(undefined)
        form.replace(valuesOf(theirs.item))
      },
      keepMine() {
        base.current = theirs
        setTheirs(undefined)
        form.submit()
      },
    },
  }
}

function isSame(left: Texts, right: Texts): boolean {
  return Object.keys(left).every((name) => left[name] === right[name])
}
