// Runs the searches on tables that it is sent, one after the other.
import { parentPort } from 'node:worker_threads'

import { curveOf } from './curve.ts'
import type { TableSearch } from './curve.ts'
import { Table } from './table.ts'

const tables = new Map<string, Table>()

parentPort!.on('message', (search: TableSearch) => {
  const table = tables.get(search.table) ?? new Table(search.folder, search.table)
  tables.set(search.table, table)
  // oxlint-disable-next-line unicorn/require-post-message-target-origin
  parentPort!.postMessage(curveOf(table, search))
})
