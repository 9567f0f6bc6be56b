import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import type { ErrorCode } from '../base/errors.ts'
import { TrialistError } from '../base/errors.ts'
import type { Session, StoreFactory } from '../store/factory.ts'
import type { Batch, Store, TrialRow } from '../store/store.ts'

/**
 * What every store promises the engine, as cases of `node:test`. `makeFactory` answers a factory that holds no experiment
 * yet; it is called once a case.
 */
export function testStore(name: string, makeFactory: () => StoreFactory): void {
  describe(`store ${name}`, () => {
    const check = (what: string, body: (factory: StoreFactory) => void): void =>
      void test(what, () => body(makeFactory()))
    check('batches are read as they were appended, in order', readsInOrder)
    check('a batch of which a part fails leaves nothing, and the next one is kept', isAtomic)
    check('what was appended is there after closing and resuming', isKept)
    check('one engine at a time runs an experiment', isExclusive)
    check('bodies keep every character', keepsUnicode)
    check('bodies may be large', keepsLargeBodies)
    check('many small batches are kept in order', keepsManyBatches)
    check('an iteration holds what was there when it began, whatever is appended meanwhile', readsWhileAppending)
    check('an iteration may be left early, any number of times', readsInPart)
    check('experiments do not see each other', keepsApart)
    check('a name is taken once: name_taken', refusesTakenNames)
    check('what does not exist is not found: not_found', refusesMissingNames)
    check('names that are no folder names are refused: invalid_option', refusesWrongNames)
  })
}

/** A session for tests. */
export const session: Session = { startedWallMs: 0, facts: { by: 'a test' } }

/** A batch of one event, which holds this text. */
export function batchOf(text: string, trials: readonly TrialRow[] = []): Batch {
  return { count: 1, body: JSON.stringify([['x', text]]), trials }
}

/** A finished trial of this number. */
export function trialRow(number: number, parts: Partial<TrialRow> = {}): TrialRow {
  const measured = { score: 0.5, step: 3, metrics: '{"loss":0.5}', startedMs: 1, endedMs: 2 }
  return { number, state: 'completed', attempts: 1, config: '{"x":1}', error: null, ...measured, ...parts }
}

function readsInOrder(factory: StoreFactory): void {
  const store = factory.create('order', session)
  assert.deepEqual([...store.read()], [])
  const bodies = ['a', 'b', 'c'].map((text, i) => append(store, batchOf(text, [trialRow(i)])))
  assert.deepEqual([...store.read()], bodies)
  assert.deepEqual([...factory.read('order')], bodies)
  store.close()
  assert.deepEqual([...factory.read('order')], bodies)
}

function isAtomic(factory: StoreFactory): void {
  const store = factory.create('atomic', session)
  const before = append(store, batchOf('before'))
  assert.throws(() =>
    store.append(store.projects ? { ...batchOf('lost'), trials: [trialRow(1), failingRow()] } : failingBatch()),
  )
  assert.deepEqual([...store.read()], [before])
  const after = append(store, batchOf('after'))
  assert.deepEqual([...store.read()], [before, after])
  store.close()
  assert.deepEqual([...factory.read('atomic')], [before, after])
}

function isKept(factory: StoreFactory): void {
  const first = factory.create('kept', session)
  const bodies = [append(first, batchOf('one'))]
  first.close()
  assert.equal(factory.exists('kept'), true)
  for (const text of ['two', 'three']) {
    const store = factory.resume('kept', session)
    assert.deepEqual([...store.read()], bodies)
    bodies.push(append(store, batchOf(text)))
    assert.deepEqual([...store.read()], bodies)
    store.close()
  }
  assert.deepEqual([...factory.read('kept')], bodies)
}

function isExclusive(factory: StoreFactory): void {
  const store = factory.create('exclusive', session)
  const body = append(store, batchOf('one'))
  throwsCode('experiment_locked', () => factory.resume('exclusive', session))
  assert.deepEqual([...factory.read('exclusive')], [body], 'reading needs no lease')
  const second = append(store, batchOf('two'))
  store.close()
  const next = factory.resume('exclusive', session)
  throwsCode('experiment_locked', () => factory.resume('exclusive', session))
  assert.deepEqual([...next.read()], [body, second])
  next.close()
}

function keepsUnicode(factory: StoreFactory): void {
  const texts = [
    'é ß 中文 العربية',
    '👩‍🔬 𝛼',
    ' \u2028\u2029',
    '\u0000 \u001f \u007f',
    '"\\/\b\f\n\r\t',
    '\ud800 alone',
    '',
    '\ufeff',
  ]
  const store = factory.create('unicode', session)
  const bodies = texts.map((text) => append(store, batchOf(text)))
  const read = [...store.read()]
  store.close()
  assert.deepEqual(read, bodies)
  assert.deepEqual(
    read.map((body) => (JSON.parse(body) as string[][])[0]![1]),
    texts,
  )
}

function keepsLargeBodies(factory: StoreFactory): void {
  const store = factory.create('large', session)
  const bodies = [20_000_000, 1, 5_000_000].map((length) => append(store, batchOf('ä'.repeat(length))))
  const read = [...store.read()]
  store.close()
  assert.ok(read.length === bodies.length && read.every((body, i) => body === bodies[i]))
}

function keepsManyBatches(factory: StoreFactory): void {
  const store = factory.create('many', session)
  const bodies = Array.from({ length: 3_000 }, (_, i) => append(store, batchOf(String(i), [trialRow(i)])))
  assert.deepEqual([...store.read()], bodies)
  store.close()
  assert.deepEqual([...factory.read('many')], bodies)
}

function readsWhileAppending(factory: StoreFactory): void {
  const store = factory.create('meanwhile', session)
  const bodies = Array.from({ length: 1_000 }, (_, i) => append(store, batchOf(String(i))))
  for (const read of [() => store.read(), () => factory.read('meanwhile')]) {
    const present = bodies.slice()
    const seen: string[] = []
    for (const body of read()) {
      seen.push(body)
      bodies.push(append(store, batchOf(`meanwhile ${seen.length}`)))
    }
    assert.deepEqual(seen, present)
    assert.deepEqual([...read()], bodies)
  }
  store.close()
}

function readsInPart(factory: StoreFactory): void {
  const store = factory.create('part', session)
  const bodies = Array.from({ length: 10 }, (_, i) => append(store, batchOf(String(i))))
  for (let i = 0; i < 50; i++) {
    const [first] = store.read()
    assert.equal(first, bodies[0])
  }
  bodies.push(append(store, batchOf('after')))
  assert.deepEqual([...store.read()], bodies)
  store.close()
}

function keepsApart(factory: StoreFactory): void {
  const stores = ['a', 'A1', 'a.b-c_d'].map((name) => ({ name, store: factory.create(name, session) }))
  for (const { name, store } of stores) append(store, batchOf(name))
  for (const { name, store } of stores) {
    assert.deepEqual([...store.read()], [batchOf(name).body])
    store.close()
  }
}

function refusesTakenNames(factory: StoreFactory): void {
  const store = factory.create('taken', session)
  const body = append(store, batchOf('first'))
  const running = throwsCode('name_taken', () => factory.create('taken', session))
  store.close()
  const ended = throwsCode('name_taken', () => factory.create('taken', session))
  for (const { message } of [running, ended]) assert.match(message, /taken.*resume.*another name/)
  assert.deepEqual([...factory.read('taken')], [body])
}

function refusesMissingNames(factory: StoreFactory): void {
  const store = factory.create('present', session)
  append(store, batchOf('one'))
  store.close()
  assert.equal(factory.exists('presnet'), false)
  for (const attempt of [() => factory.resume('presnet', session), () => [...factory.read('presnet')]]) {
    assert.match(throwsCode('not_found', attempt).message, /presnet.*one of present/)
  }
  assert.equal(factory.exists('presnet'), false)
}

function refusesWrongNames(factory: StoreFactory): void {
  for (const name of ['', '.', '..', '.hidden', 'a/b', '../a', 'a b', 'a\u0000', 'é', 'a\n', 'x'.repeat(101)]) {
    assert.match(throwsCode('invalid_option', () => factory.create(name, session)).message, /letters, digits/)
  }
  for (const name of ['x'.repeat(100), '0', '-', '_x']) {
    const store = factory.create(name, session)
    append(store, batchOf(name))
    assert.equal(factory.exists(name), true)
    store.close()
  }
}

function append(store: Store, batch: Batch): string {
  store.append(batch)
  return batch.body
}

/** Rows are made as a store asks for their parts, which may fail. */
function failingRow(): TrialRow {
  return Object.defineProperty({ ...trialRow(2) }, 'config', { get: fail })
}

function failingBatch(): Batch {
  return Object.defineProperty({ ...batchOf('lost') }, 'body', { get: fail })
}

function fail(): never {
  throw new Error('on purpose')
}

/** Fails unless the callback throws a `TrialistError` of this code, and answers it. */
export function throwsCode(code: ErrorCode, body: () => unknown): TrialistError {
  try {
    body()
  } catch (thrown) {
    assert.ok(thrown instanceof TrialistError, String(thrown))
    assert.equal(thrown.code, code, thrown.message)
    return thrown
  }
  assert.fail(`expected ${code}`)
}
