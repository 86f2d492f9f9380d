/**
 * `UPDATE_TARIFF_SCHEMA=1 npx vitest run --project unit billing/rating/tariff-json-schema` rewrites the published schema. Reads that file and
 * nothing else.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { Check } from 'typebox/schema'
import { describe, expect, it } from 'vitest'
import { tariffJsonSchema } from './tariff-json-schema.ts'

const published = path.join(import.meta.dirname, '../../docs/tariff.schema.json')

describe('the published schema of tariff documents', () => {
  it('is what documents are checked by', () => {
    const made = `${JSON.stringify(tariffJsonSchema(), null, 2)}\n`
    if (process.env['UPDATE_TARIFF_SCHEMA'] === '1') writeFileSync(published, made)
    expect(readFileSync(published, 'utf8')).toBe(made)
  })

  const schema = JSON.parse(readFileSync(published, 'utf8')) as object
  const flat = { type: 'flat', id: 'base', description: 'Base fee', price: '4.90' }
  const run = { type: 'per_unit', id: 'run', description: 'Run time', price: '0.12', per: 60, unit: 'min' }
  const free = { description: 'Ten minutes free', firstUnits: '10', until: '2026-12-31' }

  it.each([
    ['a flat item', flat],
    ['an item of a register', { ...run, register: 'run_s', discounts: [free], scope: { tags: ['west'] } }],
    ['an item of events', { ...run, event: 'wash', where: { programme: ['eco'] } }],
  ])('takes %s', (_name, item) => {
    expect(Check(schema, { currency: 'EUR', items: [item] })).toBe(true)
  })

  it.each([
    ['a price that is a number', { ...flat, price: 4.9 }],
    ['an item of a register and of events', { ...run, register: 'run_s', event: 'wash' }],
    ['an unknown member of a discount', { ...flat, discounts: [{ ...free, percent: '10' }] }],
    ['an unknown scope', { ...flat, scope: 'fleet' }],
    ['an unknown type', { ...flat, type: 'tiered' }],
  ])('refuses %s', (_name, item) => {
    expect(Check(schema, { currency: 'EUR', items: [item] })).toBe(false)
  })

  it('refuses a document without currency', () => {
    expect(Check(schema, { items: [flat] })).toBe(false)
  })
})
