/**
 * The frame of every page: a banner that says what this is, no script, one style whose hash the content security policy names, readable at
 * 390 pixels. Forms go to this server, and on to the pages that a session was told to lead back to.
 */
import { createHash } from 'node:crypto'
import { html, nothing, type Html } from './html.ts'

export type PageRequest = {
  readonly method: string
  readonly path: string
  readonly form: URLSearchParams
}

export type PageAnswer =
  | {
      readonly status: number
      readonly title: string
      readonly body: Html
      /** Addresses of other servers that a form of this page may lead to. */
      readonly leadsTo?: readonly (string | null)[]
    }
  | { readonly redirect: string }

const STYLE = `*{box-sizing:border-box}body{font:16px/1.5 system-ui,sans-serif;margin:0;color:#1a1a1a;background:#fff}
main{max-width:64rem;margin:0 auto;padding:1rem;overflow-wrap:anywhere}.banner{background:#ffe9a8;padding:.5rem 1rem;margin:0;font-weight:600}
h1{font-size:1.5rem;line-height:1.25}h2{font-size:1.15rem;margin-top:2rem}a{color:#0b4f9e}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%}caption{text-align:left;font-weight:600}
td,th{border-bottom:1px solid #bbb;padding:.35rem .6rem .35rem 0;text-align:left;vertical-align:top;white-space:nowrap}
td.amount,th.amount{text-align:right}td.wide{white-space:normal}label{display:block;font-weight:600;margin-top:.75rem}
input,select{font:inherit;padding:.5rem;border:1px solid #595959;border-radius:4px;width:100%;max-width:24rem}
button{font:inherit;padding:.6rem 1rem;margin:.75rem .5rem 0 0;border:0;border-radius:4px;background:#0b4f9e;color:#fff;cursor:pointer}
button.other{background:#fff;color:#0b4f9e;border:1px solid #0b4f9e}:focus-visible{outline:3px solid #c25700;outline-offset:2px}
.problem{border-left:4px solid #b00020;background:#fdecee;padding:.5rem 1rem}.done{border-left:4px solid #1b6e3c;background:#e8f5ec;padding:.5rem 1rem}
pre{overflow-x:auto;background:#f4f4f4;padding:1rem}form.inline{display:inline}`

const styleHash = createHash('sha256').update(STYLE).digest('base64')

export function securityPolicy(leadsTo: readonly (string | null)[] = []): string {
  const origins = leadsTo.flatMap((address) => (address === null ? [] : new URL(address).origin))
  return [
    "default-src 'none'",
    `style-src 'sha256-${styleHash}'`,
    `form-action ${["'self'", ...new Set(origins)].join(' ')}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

export function layOut(title: string, body: Html): string {
  const style: Html = { markup: `<style>${STYLE}</style>` }
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} – stand-in for Stripe</title>
        ${style}
      </head>
      <body>
        <header class="banner">This is a stand-in for Stripe; no money moves.</header>
        <main>
          <h1>${title}</h1>
          ${body}
        </main>
      </body>
    </html> `.markup
}

export function problem(text: string | undefined): Html {
  return text === undefined ? nothing : html`<p class="problem" role="alert">${text}</p>`
}

export function notFoundPage(): PageAnswer {
  return {
    status: 404,
    title: 'Nothing here',
    body: html`<p>There is no such page. <a href="/">All objects</a></p>`,
  }
}
