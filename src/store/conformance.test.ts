import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'

import { testStore } from '../testing/store.ts'
import { memory } from './memory.ts'
import { sqlite } from './sqlite.ts'

const folder = mkdtempSync(join(tmpdir(), 'trialist-store-'))
after(() => rmSync(folder, { recursive: true }))
const freshRoot = (): string => mkdtempSync(join(folder, 'root-'))

testStore('memory', memory)
testStore('sqlite', () => sqlite({ root: freshRoot() }))
testStore('sqlite, power', () => sqlite({ root: freshRoot(), durability: 'power' }))
