/** What the documentation shows is run. Reads files of the repository and nothing else. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { Webhook } from 'standardwebhooks'
import { Value } from 'typebox/value'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { rateFromJson } from '../billing/index.ts'
import { decodeReadingMessage } from '../core/index.ts'
import { anyEventTypes, payloadSchema } from '../webhooks/index.ts'

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

describe('the page about webhooks', () => {
  const page = read('docs/webhooks.md')
  afterEach(() => {
    vi.useRealTimers()
  })

  it('shows a body of every type, which its schema takes', () => {
    const bodies = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(
      ([, json = '']) => JSON.parse(json) as { readonly type: string },
    )
    expect(bodies.map(({ type }) => type)).toEqual(anyEventTypes)
    const wrong = anyEventTypes.filter((type, place) => !Value.Check(payloadSchema(type), bodies[place]))
    expect(wrong).toEqual([])
  })

  it('shows of a failed payment what the server writes', () => {
    const [, detail = ''] = /"detail": "([^"]+payment[^"]+)"/.exec(page) ?? []
    expect(read('app/stripe-parts.ts')).toContain(`failed: '${detail}'`)
  })

  it('shows a request that the specification’s library verifies with the secret beside it', () => {
    const [, secret = ''] = /`(whsec_[^`]+)`/.exec(page) ?? []
    const [, head = '', body = ''] = /```http\nPOST [^\n]*\n([\s\S]*?)\n\n([\s\S]*?)\n```/.exec(page) ?? []
    const headers: Record<string, string> = {}
    for (const line of head.split('\n')) {
      const [name = '', value = ''] = line.split(': ')
      headers[name] = value
    }
    vi.useFakeTimers({ now: Number(headers['webhook-timestamp']) * 1_000, toFake: ['Date'] })
    expect(new Webhook(secret).verify(body, headers)).toMatchObject({ type: 'webhook.test' })
    expect(() => new Webhook(secret).verify(body.replace('nothing', 'something'), headers)).toThrow(
      'No matching signature found',
    )
  })
})
