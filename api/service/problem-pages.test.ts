import { readFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import * as billing from '../../billing/index.ts'
import * as broker from '../../broker/index.ts'
import * as core from '../../core/index.ts'
import * as database from '../../db/index.ts'
import * as metering from '../../metering/index.ts'
import { apiErrors, internalError } from '../errors.ts'
import { statusOf } from '../problem.ts'
import { createApiHarness } from '../testing/api-harness.ts'
import { createProblemPages, readProblemSections } from './problem-pages.ts'

type Declarations = Readonly<Record<string, core.ErrorDeclaration>>

const document = readFileSync(new URL('../../docs/problems.md', import.meta.url), 'utf8')
const sections = readProblemSections(document)

/** Whatever a face exports that `declareErrors` made. */
function cataloguesOf(face: object): Declarations[] {
  return Object.values(face)
    .filter(isCatalogue)
    .map(({ declarations }) => declarations)
}

function isCatalogue(member: unknown): member is { readonly declarations: Declarations } {
  return typeof member === 'object' && member !== null && 'declarations' in member
}

const faces = { core, database, broker, metering, billing, api: { apiErrors } }
const declared = Object.values(faces)
  .flatMap(cataloguesOf)
  .flatMap((catalogue) => Object.entries(catalogue))
const declaredCodes = new Set(declared.map(([code]) => code))
/** Told to devices only; `device_unknown` is told over HTTP too and has that section. */
const told = Object.entries({
  ...core.refusalTitles,
  ...metering.holdTitles,
  ...metering.alarmTitles,
}).filter(([code]) => !declaredCodes.has(code))

describe('docs/problems.md', () => {
  it.each(Object.entries(faces))('is checked against the declared errors of %s', (_name, face) => {
    expect(cataloguesOf(face).flatMap((catalogue) => Object.keys(catalogue))).not.toEqual([])
  })

  it('has a section for every declared error, with its title, its status and what to do', () => {
    const texts = new Map(sections)
    const headings = declared.map(([code, { kind, title }]) => ({
      code,
      begins: `**${title}** (HTTP ${statusOf(code, kind)})`,
    }))
    const found = headings.map(({ code }) => ({ code, begins: texts.get(code)?.split('\n')[0] }))
    expect(found).toEqual(headings)
    for (const [, text] of sections) expect(text.split('\n\n').slice(1).join('')).toMatch(/^[A-Z][^]*\.$/)
  })

  it('has a section for every refusal, hold and alarm', () => {
    const texts = new Map(sections)
    const found = told.map(([code]) => [code, texts.get(code)?.split('\n')[0]])
    expect(found).toEqual(told.map(([code, title]) => [code, `**${title}** (MQTT)`]))
  })

  it('has a section for failures without a code of their own', () => {
    expect(new Map(sections).get(internalError.code)?.split('\n')[0]).toBe(
      '**Something went wrong on our side** (HTTP 500)',
    )
  })

  it('has one section per code', () => {
    const codes = sections.map(([code]) => code)
    expect(codes).toEqual([...new Set(codes)])
  })

  it('is free of codes that two folders declare with different meanings', () => {
    const meanings = new Map(declared)
    expect(declared.filter(([code, meaning]) => meanings.get(code)?.kind !== meaning.kind)).toEqual([])
  })
})

describe('problem pages', () => {
  it('are answered at the type of a problem, as HTML', async () => {
    const { app } = await createApiHarness()
    for (const code of ['device_unknown', 'internal_error', 'register_fell']) {
      const answer = await app.inject(`/problems/${code}`)
      expect([code, answer.statusCode]).toEqual([code, 200])
      expect(answer.headers['content-type']).toBe('text/html; charset=utf-8')
      expect(answer.body).toContain(`<h1>${code}</h1>`)
    }
  })

  it('are listed', async () => {
    const { app } = await createApiHarness()
    expect((await app.inject('/problems')).json<{ codes: string[] }>().codes).toEqual(
      sections.map(([code]) => code),
    )
  })

  it('answer 404 for an unknown code', async () => {
    const { app } = await createApiHarness()
    const answer = await app.inject('/problems/no_such_code')
    expect([answer.statusCode, answer.json().code]).toEqual([404, 'problem_unknown'])
  })

  it('escape what HTML would read as markup', () => {
    const page = createProblemPages('## some_code\n\nUse `a < b` & **this**.\n\n## other\n', []).find(
      'some_code',
    )
    expect(page).toContain('<p>Use <code>a &lt; b</code> &amp; <strong>this</strong>.</p>')
    expect(page).not.toContain('other')
  })

  it('show the title of a declared code that has no section', () => {
    const pages = createProblemPages('# Problems\n', [{ some_code: { title: 'Some title' } }])
    expect(pages.find('some_code')).toContain('<p>Some title</p>')
    expect(pages.codes).toEqual(['some_code'])
  })
})
