/** Which page a request is for. Undefined when it is no page: then it is the API's. */
import type { Troubles } from '../inspect-state.ts'
import type { SandboxContext } from '../operation.ts'
import { StripeFailure } from '../stripe-failure.ts'
import { checkoutPage } from './checkout-page.ts'
import { useControl, type ControlCalls } from './controls.ts'
import { indexPage, kindPage, objectPage } from './index-page.ts'
import { invoicePage } from './invoice-page.ts'
import type { PageAnswer, PageRequest } from './page-layout.ts'
import { portalPage } from './portal-page.ts'

export type PageParts = {
  readonly context: SandboxContext
  readonly calls: ControlCalls
  readonly troubles: () => Troubles
}

export function isPagePath(path: string): boolean {
  return path === '/' || /^\/(?:c|p|i|objects|_sandbox)\//.test(path)
}

export function servePage(parts: PageParts, request: PageRequest): PageAnswer {
  const { context } = parts
  const [, area = '', id = '', step] = request.path.split('/')
  switch (area) {
    case 'c':
      return checkoutPage(context, request, id, step)
    case 'p':
      return portalPage(context, request, id, step)
    case 'i':
      return invoicePage(context, request, id, step)
    case 'objects':
      return step === undefined ? kindPage(context, id) : objectPage(context, id, decodeURIComponent(step))
    case '_sandbox':
      return control(parts, request)
    default:
      return index(parts)
  }
}

function control(parts: PageParts, { path, form, method }: PageRequest): PageAnswer {
  if (method !== 'POST') return { redirect: '/' }
  try {
    const failure = useControl(parts.calls, { path, form })
    return failure === undefined ? { redirect: '/' } : index(parts, failure)
  } catch (error) {
    if (error instanceof StripeFailure) return index(parts, error.message)
    throw error
  }
}

function index({ context, troubles }: PageParts, failure?: string): PageAnswer {
  return indexPage(context, troubles(), failure)
}
