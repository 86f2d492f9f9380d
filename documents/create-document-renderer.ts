/**
 * Renders documents in a thread of its own: a PDF costs a tenth of a second, in which the event loop would serve nobody.
 *
 * The thread begins with the first document and goes with `close()`. One that dies takes what it was at with it; the next document gets another.
 */
import { Worker } from 'node:worker_threads'
import { AppError } from '../core/index.ts'
import { documentErrors } from './errors.ts'
import type { InvoiceDocument } from './invoice-document.ts'
import type { RenderReply } from './render-worker.ts'
import type { DocumentErrorCode } from './rules/violation.ts'

export type RenderedDocument = { readonly pdf: Uint8Array; readonly xml: string }

export type DocumentRenderer = {
  /** One at a time. @throws AppError as `assertInvoiceDocument`; an Error where the thread failed */
  render(document: InvoiceDocument): Promise<RenderedDocument>
  close(): Promise<void>
}

export function createDocumentRenderer(): DocumentRenderer {
  let worker: Worker | undefined

  async function ask(thread: Worker, document: InvoiceDocument): Promise<RenderReply> {
    const { promise, resolve, reject } = Promise.withResolvers<RenderReply>()
    const onExit = () => reject(new Error('the thread that renders documents has ended'))
    thread.once('message', resolve).once('error', reject).once('exit', onExit)
    thread.postMessage(document)
    try {
      return await promise
    } catch (error) {
      worker = undefined
      throw error
    } finally {
      thread.off('message', resolve).off('error', reject).off('exit', onExit)
    }
  }

  return {
    async render(document) {
      worker ??= new Worker(new URL('./render-worker.ts', import.meta.url))
      const reply = await ask(worker, document)
      if ('pdf' in reply) return reply
      if (isDeclared(reply.code)) {
        const { code, problem } = reply
        throw new AppError(code, documentErrors.declarations[code], problem)
      }
      throw new Error(reply.problem)
    },
    async close() {
      await worker?.terminate()
      worker = undefined
    },
  }
}

function isDeclared(code: string | undefined): code is DocumentErrorCode {
  return code !== undefined && Object.hasOwn(documentErrors.declarations, code)
}
