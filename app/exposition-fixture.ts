/** A strict reader of Prometheus' text format, for tests: whatever the format forbids throws. */

export type MetricFamily = {
  readonly name: string
  readonly help: string
  readonly type: string
  /** Key: the sample's name with its labels in the order written, `name{a="b"}`. */
  readonly samples: ReadonlyMap<string, number>
}

const samplePattern = /^([a-z_][a-z0-9_]*)(\{(?:[a-z_][a-z0-9_]*="(?:[^"\\\n]|\\[\\"n])*",?)*\})? (\S+)$/
const valuePattern = /^(?:[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?|[+-]Inf|NaN)$/i

export function parseExposition(text: string): ReadonlyMap<string, MetricFamily> {
  if (!text.endsWith('\n')) throw new Error('the last line has no end')
  type Unfinished = { name: string; help: string; type: string; samples: Map<string, number> }
  const families = new Map<string, Unfinished>()
  let current: Unfinished | undefined
  for (const line of text.split('\n')) {
    if (line === '') continue
    const help = /^# HELP (\S+) (.+)$/.exec(line)
    const type = /^# TYPE (\S+) (counter|gauge|histogram|summary)$/.exec(line)
    if (help !== null) {
      const [, name = '', sentence = ''] = help
      if (families.has(name)) throw new Error(`${name} is there twice`)
      current = { name, help: sentence, type: '', samples: new Map() }
      families.set(name, current)
    } else if (type !== null) {
      if (current === undefined || current.name !== type[1] || current.type !== '') {
        throw new Error(`misplaced: ${line}`)
      }
      current.type = type[2] ?? ''
    } else {
      const [, name = '', labels = '', value = ''] = samplePattern.exec(line) ?? []
      const family = current?.type === '' ? undefined : current
      const base = family?.type === 'histogram' ? name.replace(/_(?:bucket|sum|count)$/, '') : name
      if (family === undefined || base !== family.name || !valuePattern.test(value)) {
        throw new Error(`not a sample of its family: ${line}`)
      }
      if (family.samples.has(name + labels)) throw new Error(`twice: ${line}`)
      family.samples.set(name + labels, Number(value.replace('Inf', 'Infinity')))
    }
  }
  return families
}
