/** What the documentation shows is run. Reads files of the repository and nothing else. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { rateFromJson } from '../billing/index.ts'
import { decodeReadingMessage } from '../core/index.ts'

const root = path.join(import.meta.dirname, '..')
const read = (file: string) => readFileSync(path.join(root, file), 'utf8')

describe('the documentation', () => {
  it('shows readings that the decoder takes', () => {
    const [page = ''] = /```json\n([\s\S]*?)```/.exec(read('docs/wire-format.md'))?.slice(1) ?? []
    const [line = ''] = /`(\{"v":1.*\})`/.exec(read('README.md'))?.slice(1) ?? []
    const elements = [page, line].flatMap((text) => decodeReadingMessage(Buffer.from(text)))
    expect(elements.map(({ refusal }) => refusal)).toEqual([undefined, undefined])
    expect(elements[0]?.reading?.registers).toEqual([
      { register: 'run_s', value: 36_000n },
      { register: 'energy_wh', value: 91_822n },
    ])
  })

  it('shows a tariff and usage that rate to 4.90 EUR and 24.69 EUR', () => {
    const json = (name: string) => JSON.parse(read(`docs/examples/${name}.json`)) as unknown
    const { lines } = rateFromJson(json('tariff'), json('usage'))
    expect(lines.map(({ amountMinor }) => amountMinor)).toEqual(['490', '2469'])
  })
})
