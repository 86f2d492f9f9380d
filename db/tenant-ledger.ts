/**
 * The ledger as one tenant may see it: the one place where tenant scope lives, so that no query can forget it (I12).
 *
 * `tenantLedger` returns the same database with every table that a query names replaced by what the tenant may see of it:
 * a select or a join reads `(select … where manufacturer_id = ?) as invoices`, an update or delete gets the same condition, an
 * insert that names another manufacturer or customer throws. Tables that no rule lets the tenant into throw too, and so does
 * SQL as text and common table expressions, which no query here needs. `tenantViews` must name every table: a new one does not compile without a rule.
 *
 * An insert into a table that hangs on a parent (lines of an invoice) is not checked: read the parent through this
 * ledger first, as its foreign key needs anyway.
 */
import {
  AliasNode,
  AndNode,
  IdentifierNode,
  OperationNodeTransformer,
  ParensNode,
  PrimitiveValueListNode,
  type SelectQueryNode,
  TableNode,
  type ValueListNode,
  ValueNode,
  ValuesNode,
  WhereNode,
  type DeleteQueryNode,
  type FromNode,
  type InsertQueryNode,
  type JoinNode,
  type Kysely,
  type KyselyPlugin,
  type OperationNode,
  type QueryId,
  type RootOperationNode,
  type UpdateQueryNode,
} from 'kysely'
import { assertInvariant } from '../core/index.ts'
import type { LedgerTables } from './ledger-tables.ts'
import {
  ownCustomer,
  ownManufacturer,
  tenantViews,
  type LedgerTenant,
  type TenantView,
} from './tenant-views.ts'

export function tenantLedger(ledger: Kysely<LedgerTables>, tenant: LedgerTenant): Kysely<LedgerTables> {
  const plain = ledger.withoutPlugins()
  const transformer = new TenantTransformer((view) => view(plain, tenant), tenant)
  const plugin: KyselyPlugin = {
    transformQuery: ({ node, queryId }): RootOperationNode => {
      assertInvariant(node.kind !== 'RawNode', 'A tenant asks by query builder, since text cannot be scoped.')
      return transformer.transformNode(node, queryId)
    },
    transformResult: async ({ result }) => result,
  }
  return plain.withPlugin(plugin)
}

class TenantTransformer extends OperationNodeTransformer {
  readonly #build: (view: TenantView) => { toOperationNode(): SelectQueryNode }
  readonly #tenant: LedgerTenant

  constructor(build: (view: TenantView) => { toOperationNode(): SelectQueryNode }, tenant: LedgerTenant) {
    super()
    this.#build = build
    this.#tenant = tenant
  }

  protected override transformFrom(node: FromNode, queryId?: QueryId): FromNode {
    return { ...node, froms: node.froms.map((from) => this.#seen(from, queryId)) }
  }

  protected override transformJoin(node: JoinNode, queryId?: QueryId): JoinNode {
    const table = this.#seen(node.table, queryId)
    const on = this.transformNode(node.on, queryId)
    return on === undefined ? { ...node, table } : { ...node, table, on }
  }

  protected override transformUpdateQuery(node: UpdateQueryNode, queryId?: QueryId): UpdateQueryNode {
    assertInvariant(node.from === undefined, 'A tenant updates one table at a time.')
    const transformed = super.transformUpdateQuery(node, queryId)
    return { ...transformed, ...this.#within(node.table, transformed.where) }
  }

  protected override transformDeleteQuery(node: DeleteQueryNode, queryId?: QueryId): DeleteQueryNode {
    const [target, ...others] = node.from.froms
    assertInvariant(
      others.length === 0 && node.using === undefined,
      'A tenant deletes from one table at a time.',
    )
    const where = this.transformNode(node.where, queryId)
    return { ...node, ...this.#within(target, where) }
  }

  protected override transformInsertQuery(node: InsertQueryNode, queryId?: QueryId): InsertQueryNode {
    assertInvariant(node.into !== undefined, 'An insert names its table.')
    this.#viewOf(node.into)
    for (const [column, own] of [
      ['manufacturer_id', ownManufacturer(this.#tenant)],
      ['customer_id', ownCustomer(this.#tenant)],
    ] as const) {
      if (own !== undefined) assertInserts(node, column, own)
    }
    return super.transformInsertQuery(node, queryId)
  }

  /** What stands in a FROM or JOIN, as the tenant sees it. */
  #seen(source: OperationNode, queryId: QueryId | undefined): OperationNode {
    if (TableNode.is(source)) {
      const { name } = source.table.identifier
      return AliasNode.create(this.#viewOf(source), IdentifierNode.create(name))
    }
    if (AliasNode.is(source) && TableNode.is(source.node)) {
      return AliasNode.create(this.#viewOf(source.node), source.alias)
    }
    return this.transformNode(source, queryId)
  }

  #within(target: OperationNode | undefined, where: WhereNode | undefined): { readonly where: WhereNode } {
    assertInvariant(target !== undefined && TableNode.is(target), 'A tenant changes tables without an alias.')
    const own = this.#viewOf(target).where
    assertInvariant(own !== undefined, 'A tenant changes only tables that its rule narrows.')
    return where === undefined
      ? { where: own }
      : { where: WhereNode.create(AndNode.create(ParensNode.create(where.where), own.where)) }
  }

  #viewOf(table: TableNode): SelectQueryNode {
    const { name } = table.table.identifier
    const view = Object.hasOwn(tenantViews, name) ? tenantViews[name as keyof LedgerTables] : undefined
    assertInvariant(typeof view === 'function', `No tenant may reach the table ${name}.`)
    return this.#build(view).toOperationNode()
  }
}

function assertInserts(node: InsertQueryNode, column: string, own: string | null): void {
  const position = (node.columns ?? []).findIndex((each) => each.column.name === column)
  if (position === -1) return
  const { values } = node
  assertInvariant(values !== undefined && ValuesNode.is(values), 'A tenant inserts values.')
  for (const row of values.values) {
    const given = PrimitiveValueListNode.is(row) ? row.values[position] : valueAt(row, position)
    assertInvariant(given === own, `A tenant inserts no other ${column} than its own.`)
  }
}

function valueAt(row: ValueListNode, position: number): unknown {
  const node = row.values[position]
  return node !== undefined && ValueNode.is(node) ? node.value : undefined
}
