/**
 * The live bill of every contract and the invoices, asked of the API every three seconds. The key stays in this tab's session
 * storage: it may come in the address's fragment, which no server sees, and is taken out of the address at once.
 *
 * Nothing is drawn anew: elements are kept by key and only texts that differ are set, so that what a person opened stays open.
 * Texts from the server reach the page as text only. Figures that are no longer fresh stay, dimmed, and the page says so.
 */
import { formatAmount, formatInstant, formatNumber, formatPeriod } from './exact-format.js'

const REFRESH_MS = 3_000
const ANSWER_TIMEOUT_MS = 10_000
const KEY = 'usance-api-key'

const byId = (id) => document.getElementById(id)
const keyOfLine = ({ itemId, explanation }) => `${itemId}/${explanation.period.from}`
const keyOfUsage = ({ deviceId, register, from }) => `${deviceId}/${register}/${from}`
const idOf = ({ id }) => id

class Refused extends Error {
  constructor(status, detail) {
    super(detail)
    this.status = status
  }
}

let key = sessionStorage.getItem(KEY)
let lastFreshAt
let timer

function useKey(next) {
  key = next
  lastFreshAt = undefined
  if (key === null) sessionStorage.removeItem(KEY)
  else sessionStorage.setItem(KEY, key)
  for (const id of ['contracts', 'invoices']) byId(id).replaceChildren()
  byId('figures').hidden = true
  byId('key-form').hidden = key !== null
  byId('forget').hidden = key === null
  say(key === null ? 'Enter an API key to see its contracts and invoices.' : 'Loading…')
  void refresh()
}

function takeKeyFromAddress() {
  const given = new URLSearchParams(location.hash.slice(1)).get('key')
  if (given === null) return false
  history.replaceState(null, '', location.pathname + location.search)
  useKey(given)
  return true
}

function say(text, isTrouble = false) {
  setText(byId('state'), text)
  byId('state').classList.toggle('trouble', isTrouble)
  byId('figures').classList.toggle('stale', isTrouble)
}

async function get(path) {
  if (!/^[!-~]+$/.test(key)) throw new Refused(401, 'No key looks like this.')
  const answer = await fetch(`../v1/${path}`, {
    headers: { authorization: `Bearer ${key}` },
    signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
  })
  const body = await answer.json()
  if (!answer.ok) throw new Refused(answer.status, body.detail ?? body.title)
  return body
}

async function refresh() {
  clearTimeout(timer)
  if (key === null) return
  const askedWith = key
  try {
    const [customers, contracts, invoices] = await Promise.all(
      ['customers?limit=100', 'contracts?limit=20', 'invoices?limit=20'].map(get),
    )
    const bills = await Promise.all(
      contracts.items.map(({ id }) => get(`contracts/${id}/bill`).catch(keepRefusal)),
    )
    if (askedWith === key) show(customers.items, contracts, bills, invoices)
  } catch (error) {
    if (askedWith === key) showFailure(error)
  }
  clearTimeout(timer)
  timer = setTimeout(refresh, REFRESH_MS)
}

/** One contract that cannot be rated says why; the others are shown. */
function keepRefusal(error) {
  if (error instanceof Refused && error.status < 500 && ![401, 429].includes(error.status)) return error
  throw error
}

function showFailure(error) {
  if (error.status === 401) {
    useKey(null)
    return say('This API key is not valid. Enter another one.', true)
  }
  const reason = error instanceof Refused ? error.message : 'The server does not answer.'
  const kept =
    lastFreshAt === undefined ? '' : ` These are the figures of ${lastFreshAt.toLocaleTimeString('en-GB')}.`
  say(`${reason}${kept} Trying again.`, true)
}

function show(customers, contracts, bills, invoices) {
  lastFreshAt = new Date()
  const names = new Map(customers.map(({ id, name }) => [id, name]))
  const zones = new Map(contracts.items.map(({ id, timeZone }) => [id, timeZone]))
  const nameOf = ({ customerId }) => names.get(customerId) ?? customerId
  sync(byId('contracts'), 'contract', contracts.items, idOf, (card, contract, index) =>
    showBill(card, nameOf(contract), contract.timeZone, bills[index]),
  )
  sync(byId('invoices'), 'invoice', invoices.items, idOf, (card, invoice) => {
    const timeZone = zones.get(invoice.contractId) ?? 'UTC'
    card.dataset.timeZone = timeZone
    fill(card, {
      number: invoice.number ?? 'Draft',
      status: invoice.status,
      total: formatAmount(invoice.total, invoice.currency),
      about: `${nameOf(invoice)} · ${formatPeriod(invoice.period, timeZone)} (${timeZone})`,
    })
  })
  byId('no-contract').hidden = contracts.items.length > 0
  byId('no-invoice').hidden = invoices.items.length > 0
  byId('more').hidden = contracts.nextAfter === null && invoices.nextAfter === null
  byId('figures').hidden = false
  say('Live: asked again every 3 seconds.')
}

function showBill(card, customer, timeZone, bill) {
  if (bill instanceof Refused) {
    fill(card, { customer, period: '', total: '', cutoff: '', problem: `No bill: ${bill.message}` })
    return showLines(card, [], timeZone)
  }
  const held = bill.held.map(({ deviceId, register, code }) => `${register} of ${deviceId} (${code})`)
  fill(card, {
    customer,
    period: `${formatPeriod(bill.period, timeZone)} (${timeZone})`,
    total: formatAmount(bill.total, bill.currency),
    cutoff: `so far: usage until ${formatInstant(bill.cutoffAt, timeZone)}`,
    problem: held.length === 0 ? '' : `Held back, not in the cost: ${held.join(', ')}`,
  })
  showLines(card, bill.lines, timeZone)
}

function showLines(card, lines, timeZone) {
  const tables = lines.length === 0 ? [] : ['lines']
  sync(card.querySelector('[data-lines]'), 'lines', tables, String, (table) => {
    sync(table, 'line', lines, keyOfLine, (body, line) => showLine(body, line, timeZone))
  })
}

function showLine(body, line, timeZone) {
  const { usage } = line.explanation
  fill(body, {
    description: line.description,
    quantity: `${formatNumber(line.quantity)} ${line.unit}`,
    price: `${formatAmount(line.unitPrice, line.currency)}\u00a0/ ${line.unit}`,
    amount: formatAmount(line.amount, line.currency),
    why: usage.length === 0 ? 'Why?' : 'Why? And the readings behind it',
    sentence: line.sentence,
  })
  sync(body.querySelector('ul'), 'usage', usage, keyOfUsage, (item, record) => {
    const { deviceId, register, unit, quantity, start, end } = record
    const difference = [end.value, start.value].map((value) => formatNumber(value)).join(' − ')
    fill(item, {
      device: deviceId,
      sum: `${register} ${difference} = ${formatNumber(quantity)} ${unit}`,
      start: describeBorder('Start', start, timeZone),
      end: describeBorder('End', end, timeZone),
    })
  })
}

/** The value at a border of the billed span, and one line for each reading that it was read or interpolated from. */
function describeBorder(name, { at, value, before, after, isEstimated }, timeZone) {
  const say = (what, point) => `${what}, ${formatInstant(point.at, timeZone)}: ${formatNumber(point.value)}`
  const isRead = before?.at === at
  const points = (isRead ? [before] : [before, after]).filter((point) => point !== null)
  return [
    say(isEstimated && !isRead ? `${name} (estimated)` : name, { at, value }),
    ...points.map((point) =>
      say(point.seq === null ? 'commissioning value' : `reading ${point.seq} of epoch ${point.epoch}`, point),
    ),
  ].join('\n• ')
}

async function openInvoice(card) {
  fill(card, { problem: card.querySelector('table') === null ? 'Loading…' : '' })
  try {
    const { lines } = await get(`invoices/${card.dataset.key}`)
    showLines(card, lines, card.dataset.timeZone)
    fill(card, { problem: '' })
  } catch (error) {
    fill(card, {
      problem: error instanceof Refused ? error.message : 'The server does not answer; open it again.',
    })
  }
}

/** Makes the keyed children of `parent` those of `items`, in their order; one that is there already is kept and filled. */
function sync(parent, templateId, items, keyOf, fillItem) {
  const kept = new Map(
    [...parent.children]
      .filter(({ dataset }) => 'key' in dataset)
      .map((element) => [element.dataset.key, element]),
  )
  const wanted = new Set(items.map(keyOf))
  for (const [name, element] of kept) if (!wanted.has(name)) element.remove()
  let next = [...parent.children].find(({ dataset }) => 'key' in dataset) ?? null
  for (const [index, item] of items.entries()) {
    const name = keyOf(item)
    const element = kept.get(name) ?? byId(templateId).content.firstElementChild.cloneNode(true)
    element.dataset.key = name
    if (element === next) next = next.nextElementSibling
    else parent.insertBefore(element, next)
    fillItem(element, item, index)
  }
}

function fill(element, texts) {
  for (const [slot, text] of Object.entries(texts))
    setText(element.querySelector(`[data-slot="${slot}"]`), text)
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text
}

byId('key-form').addEventListener('submit', (event) => {
  event.preventDefault()
  useKey(byId('key').value.trim())
  byId('key').value = ''
})
byId('forget').addEventListener('click', () => useKey(null))
byId('invoices').addEventListener(
  'toggle',
  ({ target }) => target.open && 'timeZone' in target.dataset && void openInvoice(target),
  true,
)
addEventListener('hashchange', takeKeyFromAddress)
if (!takeKeyFromAddress()) useKey(key)
