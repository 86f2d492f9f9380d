import { describe, expect, it } from 'vitest'
import { html } from './html.ts'
import { securityPolicy } from './page-layout.ts'
import { formatAmount } from './page-parts.ts'

describe('an amount on a page', () => {
  it.each([
    [17_850, 'eur', 'EUR 178.50'],
    [5, 'eur', 'EUR 0.05'],
    [-5, 'usd', 'USD −0.05'],
    [0, 'eur', 'EUR 0.00'],
    [500, 'jpy', 'JPY 500'],
    [1_230, 'kwd', 'KWD 1.230'],
    [10_000, 'isk', 'ISK 100.00'],
    [10_000, 'ugx', 'UGX 100.00'],
  ])('%i %s is %s', (amount, currency, text) => {
    expect(formatAmount(amount, currency)).toBe(text)
  })
})

describe('HTML of a page', () => {
  it('escapes text, also in attributes, and keeps what is HTML already', () => {
    const dangerous = `<script>"&'`
    expect(html`<p title="${dangerous}">${dangerous}${[html`<b>${1}</b>`, html`<i></i>`]}</p>`.markup).toBe(
      '<p title="&lt;script&gt;&quot;&amp;&#39;">&lt;script&gt;&quot;&amp;&#39;<b>1</b>\n<i></i></p>',
    )
  })

  it('leads with its forms to this server and to the named ones only', () => {
    expect(securityPolicy(['https://a.example/x?y', null, 'https://a.example/z'])).toContain(
      "form-action 'self' https://a.example;",
    )
    expect(securityPolicy()).toContain("form-action 'self';")
  })
})
