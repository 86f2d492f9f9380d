/**
 * Reads untrusted JSON member by member and collects every mistake with its JSON pointer, so that a person sees all of
 * them at once. A reader that finds a mistake returns a placeholder; whoever uses the class must refuse the document
 * when `issues` is not empty, so no placeholder is ever rated. Written by hand because rating depends on nothing but
 * `core/`.
 */
import { parseInstant, type InputIssue } from '../../core/index.ts'

type Members = Readonly<Record<string, unknown>>

export class JsonCheck {
  readonly issues: InputIssue[] = []

  refuse(pointer: string, detail: string): void {
    this.issues.push({ pointer, detail })
  }

  /** The first mistake in words and how many more there are; undefined without any. */
  summary(): string | undefined {
    const [first, ...others] = this.issues
    if (first === undefined) return undefined
    const where = first.pointer === '' ? 'In the whole document' : `At ${first.pointer}`
    return `${where}: ${first.detail}${others.length === 0 ? '' : ` There are ${others.length} more mistakes.`}`
  }

  /** Names every missing required member and every unknown one. A missing optional member reads as undefined. */
  object(
    json: unknown,
    pointer: string,
    required: readonly string[],
    optional: readonly string[] = [],
  ): Members {
    if (typeof json !== 'object' || json === null || Array.isArray(json)) {
      if (json !== undefined) this.refuse(pointer, 'Write a JSON object here.')
      return {}
    }
    const members = json as Members
    for (const name of required) {
      if (!Object.hasOwn(members, name)) this.refuse(pointerTo(pointer, name), `Add the member "${name}".`)
    }
    for (const name of Object.keys(members)) {
      if (!required.includes(name) && !optional.includes(name)) {
        this.refuse(pointerTo(pointer, name), `Remove the unknown member "${name.slice(0, 40)}".`)
      }
    }
    return members
  }

  list<Item>(
    json: unknown,
    pointer: string,
    readItem: (element: unknown, pointer: string) => Item,
  ): readonly Item[] {
    if (!Array.isArray(json)) {
      if (json !== undefined) this.refuse(pointer, 'Write a JSON array here.')
      return []
    }
    return json.map((element: unknown, index) => readItem(element ?? null, `${pointer}/${index}`))
  }

  text(json: unknown, pointer: string): string {
    if (typeof json === 'string' && json.length >= 1 && json.length <= 200) return json
    if (json !== undefined) this.refuse(pointer, 'Write a text of 1 to 200 characters here.')
    return ''
  }

  oneOf<Choice extends string>(
    json: unknown,
    pointer: string,
    choices: readonly [Choice, ...Choice[]],
  ): Choice {
    const choice = choices.find((known) => known === json)
    if (choice === undefined && json !== undefined) {
      this.refuse(pointer, `Write one of ${choices.map((known) => `"${known}"`).join(', ')}.`)
    }
    return choice ?? choices[0]
  }

  /** A count, not a quantity: a JSON number without fraction. */
  count(json: unknown, pointer: string, minimum: number): number {
    if (typeof json === 'number' && Number.isSafeInteger(json) && json >= minimum) return json
    if (json !== undefined) this.refuse(pointer, `Write a whole number of at least ${minimum} here.`)
    return minimum
  }

  quantity(json: unknown, pointer: string): bigint {
    if (typeof json === 'string' && /^(?:0|[1-9]\d{0,29})$/.test(json)) return BigInt(json)
    if (json !== undefined) {
      this.refuse(pointer, 'Write the whole number of base units as a decimal string such as "12345".')
    }
    return 0n
  }

  /** As `quantity`, or below zero. */
  signed(json: unknown, pointer: string): bigint {
    const isNegative = typeof json === 'string' && /^-[1-9]/.test(json)
    return isNegative ? -this.quantity(json.slice(1), pointer) : this.quantity(json, pointer)
  }

  texts(json: unknown, pointer: string): Readonly<Record<string, string>> {
    const members = typeof json === 'object' && json !== null ? (json as Members) : {}
    this.object(json, pointer, [], Object.keys(members))
    return Object.fromEntries(
      Object.entries(members).map(([name, value]) => {
        if (typeof value !== 'string') this.refuse(pointerTo(pointer, name), 'Write a text here.')
        return [name, String(value)]
      }),
    )
  }

  optionalInstant(json: unknown, pointer: string): number | undefined {
    return json === undefined || json === null ? undefined : this.instant(json, pointer)
  }

  flag(json: unknown, pointer: string): boolean {
    if (typeof json !== 'boolean' && json !== undefined) this.refuse(pointer, 'Write true or false.')
    return json === true
  }

  instant(json: unknown, pointer: string): number {
    const at = typeof json === 'string' ? parseInstant(json) : undefined
    if (at === undefined && json !== undefined) {
      this.refuse(pointer, 'Write the instant like "2026-11-22T07:12:03Z".')
    }
    return at ?? 0
  }
}

function pointerTo(pointer: string, member: string): string {
  return `${pointer}/${member.replaceAll('~', '~0').replaceAll('/', '~1')}`
}
