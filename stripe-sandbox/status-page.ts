/** The page at `/`: says what this server is and lists its objects. Read-only, and every text in it is escaped. */
import type { SandboxState } from './sandbox-state.ts'

const MAX_ROWS = 200

export function statusPage(state: SandboxState): string {
  const invoices = [...state.invoices.all()].map(({ invoice, lines }) => [
    invoice.id,
    invoice.number ?? '',
    invoice.status,
    `${invoice.total} ${invoice.currency} (minor units)`,
    String(lines.length),
    invoice.customer,
  ])
  const customers = [...state.customers.all()].map(({ customer: { id, name, email } }) => [
    id,
    name ?? '',
    email ?? '',
  ])
  const events = [...state.events.all()].map(({ id, type, pending_webhooks }) => [
    id,
    type,
    pending_webhooks > 0 ? 'being delivered' : '',
  ])
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Stand-in for Stripe</title>
<style>body{font:16px/1.5 system-ui;margin:2rem auto;max-width:70rem;padding:0 1rem}
strong{background:#ffe9a8;padding:.3rem .6rem}table{border-collapse:collapse;width:100%}
td,th{border-bottom:1px solid #ccc;padding:.3rem .6rem;text-align:left}</style></head>
<body><h1>Stripe sandbox</h1><p><strong>This is a stand-in for Stripe; no money moves.</strong></p>
${table('Invoices', ['id', 'number', 'status', 'total', 'lines', 'customer'], invoices)}
${table('Customers', ['id', 'name', 'e-mail'], customers)}
${table('Events', ['id', 'type', 'webhook'], events)}
</body></html>
`
}

function table(title: string, columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const head = columns.map((column) => `<th>${column}</th>`).join('')
  const body = rows
    .toReversed()
    .slice(0, MAX_ROWS)
    .map((row) => `<tr>${row.map((cell) => `<td>${escapeHtml(cell)}</td>`).join('')}</tr>`)
    .join('\n')
  return `<h2>${title} (${rows.length})</h2><table><tr>${head}</tr>${body}</table>`
}

function escapeHtml(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  }
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '')
}
