import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { appErrors } from './errors.ts'

describe('docs/problems.md', () => {
  it('has a section with its title for every error of the command line', () => {
    const page = readFileSync(new URL('../docs/problems.md', import.meta.url), 'utf8')
    const declared = Object.entries(appErrors.declarations)
    expect(declared.length).toBeGreaterThan(10)
    const missing = declared.filter(
      ([code, { title }]) => !page.includes(`## ${code}\n\n**${title}** (HTTP `),
    )
    expect(missing.map(([code]) => code)).toEqual([])
  })
})
