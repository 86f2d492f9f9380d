/** The page at `/` and what it links to: all kinds of objects, one kind, one object, the failures that were ordered, and the controls. */
import type { Troubles } from '../inspect-state.ts'
import type { SandboxContext } from '../operation.ts'
import { html, nothing, type Html } from './html.ts'
import { objectKinds, type ObjectKind } from './object-kinds.ts'
import { notFoundPage, problem, type PageAnswer } from './page-layout.ts'
import { formatInstant, table } from './page-parts.ts'

const FEW = 10
const MANY = 500

export function indexPage(
  { state, nowSecond }: SandboxContext,
  { faults, refusedByLimits }: Troubles,
  failure?: string,
): PageAnswer {
  const kinds = objectKinds
    .filter((kind) => kind.count(state) > 0)
    .map(
      (kind) =>
        html`<h2><a href="/objects/${kind.slug}">${kind.title} (${kind.count(state)})</a></h2>
          ${rows(kind, kind.rows(state, FEW))}`,
    )
  const happened = faults
    .toReversed()
    .slice(0, MANY)
    .map(({ atMs, kind, method, path }) => [
      formatInstant(Math.floor(atMs / 1000)),
      kind,
      `${method} ${path}`,
    ])
  return {
    status: failure === undefined ? 200 : 400,
    title: 'Stripe sandbox',
    body: html`${problem(failure)}
      <p>The sandbox's clock says ${formatInstant(nowSecond())} UTC.</p>
      ${controls} ${kinds.length === 0 ? html`<p>There are no objects yet.</p>` : kinds}
      <h2>Failures that were ordered (${faults.length})</h2>
      ${table('Failures', ['At (UTC)', 'Kind', 'Request'], happened)}
      <p>Requests refused by rate limits: ${refusedByLimits}</p>`,
  }
}

export function kindPage({ state }: SandboxContext, slug: string): PageAnswer {
  const kind = objectKinds.find((candidate) => candidate.slug === slug)
  if (kind === undefined) return notFoundPage()
  const count = kind.count(state)
  const cut = count > MANY ? html`<p>The newest ${MANY} of ${count}.</p>` : nothing
  return {
    status: 200,
    title: kind.title,
    body: html`<p><a href="/">All objects</a></p>
      ${cut}${rows(kind, kind.rows(state, MANY))}`,
  }
}

export function objectPage({ state }: SandboxContext, slug: string, id: string): PageAnswer {
  const kind = objectKinds.find((candidate) => candidate.slug === slug)
  const found = kind?.find(state, id)
  if (kind === undefined || found === undefined) return notFoundPage()
  return {
    status: 200,
    title: id,
    body: html`<p><a href="/objects/${slug}">${kind.title}</a></p>
      <pre tabindex="0">${JSON.stringify(found, undefined, 2)}</pre>`,
  }
}

function rows({ slug, title, columns }: ObjectKind, all: readonly (readonly [string, ...string[]])[]): Html {
  return table(
    title,
    columns,
    all.map(([id, ...rest]) => [
      html`<a href="/objects/${slug}/${encodeURIComponent(id)}">${id}</a>`,
      ...rest,
    ]),
  )
}

const controls = html`<h2>Controls</h2>
  <form method="post" action="/_sandbox/advance">
    <label for="hours">Move the clock by hours</label>
    <input id="hours" name="hours" inputmode="numeric" pattern="[0-9]+" required /><button>
      Move the clock
    </button>
  </form>
  <form method="post" action="/_sandbox/dispute">
    <label for="charge">Dispute a charge</label>
    <input id="charge" name="charge" required placeholder="ch_…" /><button>Dispute</button>
  </form>
  <form method="post" action="/_sandbox/close-dispute">
    <label for="dispute">Close a dispute</label>
    <input id="dispute" name="dispute" required placeholder="du_…" />
    <button name="result" value="won">Won</button
    ><button class="other" name="result" value="lost">Lost</button>
  </form>
  <form method="post" action="/_sandbox/pay-partly">
    <label for="invoice">Pay a part of an invoice</label>
    <input id="invoice" name="invoice" required placeholder="in_…" />
    <label for="amount">Amount in minor units</label
    ><input id="amount" name="amount" inputmode="numeric" pattern="[0-9]+" required /> <button>Pay</button>
  </form>`
