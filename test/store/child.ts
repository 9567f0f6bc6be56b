// A process with a store of numbered batches, for tests of what happens to it. Its one argument is a `Task`. What it has
// to say goes to the standard output, a line each, written before it goes on.
import { once } from 'node:events'
import { openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { Worker } from 'node:worker_threads'

import { TrialistError } from '../../src/base/errors.ts'
import { sqlite } from '../../src/store/sqlite.ts'
import type { Store } from '../../src/store/store.ts'
import { numberedBatch } from './numbered.ts'
import type { Task } from './numbered.ts'

const {
  root,
  does,
  durability = 'process',
  deathAt,
  delayUs = 0,
  asNobody = false,
} = JSON.parse(process.argv[2]!) as Task
const session = { startedWallMs: 0, facts: {} }
const stores = sqlite({ root, durability })

if (asNobody && process.getuid!() === 0) {
  process.setgroups!([])
  process.setgid!(65534)
  process.setuid!(65534)
}
try {
  await perform()
} catch (fault) {
  if (!(fault instanceof TrialistError)) throw fault
  say(`${fault.code}: ${fault.message}`)
}

async function perform(): Promise<void> {
  switch (does) {
    case 'append':
      return appendForEver(await killer())
    case 'hold':
      return hold(open())
    case 'fill':
      return fill(open())
    case 'read':
      return say(`read ${[...stores.read('numbered')].length}`)
    case 'resume':
      return appendOne(stores.resume('numbered', session))
    case 'create':
      return appendOne(stores.create('numbered', session))
  }
}

function open(): Store {
  return stores.exists('numbered') ? stores.resume('numbered', session) : stores.create('numbered', session)
}

/** Tells the killer where it is, and the test, by a file, which batches were acknowledged. */
function appendForEver(progress: Int32Array): void {
  const at = (batch: number): void => {
    Atomics.store(progress, 0, batch)
    Atomics.notify(progress, 0)
  }
  const acknowledged = openSync(join(root, 'acknowledged.txt'), 'a')
  at(-1)
  const store = open()
  for (let i = [...store.read()].length; i < 100_000; i++) {
    at(i)
    store.append(numberedBatch(i))
    writeSync(acknowledged, `${i}\n`)
  }
}

/** Another thread, so that death may come at any instruction of a commit. */
async function killer(): Promise<Int32Array> {
  const progress = new Int32Array(new SharedArrayBuffer(4)).fill(-2)
  const thread = new Worker(new URL('killer.ts', import.meta.url), {
    workerData: { progress, deathAt, delayUs },
    execArgv: [],
  })
  await once(thread, 'online')
  return progress
}

async function hold(store: Store): Promise<void> {
  const [kept] = store.read()
  if (kept === undefined) store.append(numberedBatch(0))
  say('holding')
  await once(process.stdin, 'data')
  store.close()
}

/** Appends until there is no space, waits to be told that there is, and appends that batch and twenty more. */
async function fill(store: Store): Promise<void> {
  let i = 0
  while (failure(store, i) === undefined) i += 1
  for (let again = 0; again < 3; again++) say(`${failure(store, i)} ${i}`)
  await once(process.stdin, 'data')
  for (const end = i + 20; i <= end; i++) store.append(numberedBatch(i))
  store.close()
  say(`kept ${i}`)
  process.stdin.destroy()
}

function failure(store: Store, i: number): string | undefined {
  try {
    store.append(numberedBatch(i))
    return undefined
  } catch (fault) {
    if (fault instanceof TrialistError) return fault.code
    throw fault
  }
}

function appendOne(store: Store): void {
  store.append(numberedBatch([...store.read()].length))
  store.close()
  say('appended')
}

function say(line: string): void {
  writeSync(1, `${line}\n`)
}
