import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import type { Attempt, Executor, Inbox } from '../executor/executor.ts'
import type { Failure, Metrics, Outcome } from '../trial/event.ts'

/** How the suite tells what a trial of the executor under test is to do. */
export interface ExecutorUnderTest {
  readonly executor: Executor
  /** Reports that a trial makes before it ends by itself; they hold the metric `loss`. */
  readonly reports: number
  /**
   * Its trials bring a checkpoint with each report; those that go on from one make as many reports fewer as its step says. Default: false; the cases about checkpoints are left out.
   */
  readonly checkpoints?: boolean
}

/** What came through the inbox. */
type Message =
  | {
      readonly type: 'report'
      readonly trial: number
      readonly attempt: number
      readonly ordinal: number
      readonly metrics: Metrics
      readonly checkpoint: string | undefined
    }
  | {
      readonly type: 'end'
      readonly trial: number
      readonly attempt: number
      readonly outcome: Outcome
      readonly failure: Failure | undefined
    }

/**
 * What every executor promises the engine, as cases of `node:test`. `setUp` makes an executor with at least two slots whose
 * trials make two or more reports; a trial of number 13 fails after its first.
 */
export function testExecutor(name: string, setUp: () => ExecutorUnderTest): void {
  describe(`executor ${name}`, () => {
    const check = (what: string, body: (bench: Bench) => Promise<void>, checkpoints: boolean = false): void => {
      test(what, async (context) => {
        const bench = new Bench(setUp())
        try {
          if (checkpoints && !bench.checkpoints) return context.skip('its trials make no checkpoints')
          await body(bench)
        } finally {
          await bench.executor.close()
        }
      })
    }
    check('reports come in order, one at a time, and then one end', runsToItsEnd)
    check('nothing follows a report until it is answered', waitsForAnswers)
    check('a stop as an answer ends the attempt as stopped', stopsByAnswer)
    check('a pause as an answer ends the attempt as a stop does', pausesByAnswer)
    check('a held attempt waits, its slot free, until it is answered', holds)
    check('a stop out of turn ends the attempt as asked', stopsOutOfTurn)
    check('a failure is an outcome with its message', reportsFailures)
    check('attempts run side by side', runsSideBySide)
    check('answers and stops for another attempt are ignored', fencesAttempts)
    check('nothing comes after close', endsWithClose)
    check('checkpoints have ids of the attempt, each its own', namesCheckpoints, true)
    check('an attempt goes on from a checkpoint', goesOn, true)
    check('an answer that asks for a checkpoint is an answer', savesWhenAsked, true)
  })
}

/** The engine's side of an executor, by hand. */
class Bench implements Inbox {
  readonly executor: Executor
  readonly reports: number
  readonly checkpoints: boolean
  readonly messages: Message[] = []
  /** Answers each report at once, unless a case does so itself. */
  answers: (trial: number, ordinal: number) => 'continue' | 'stop' | 'pause' | undefined = () => 'continue'

  constructor({ executor, reports, checkpoints = false }: ExecutorUnderTest) {
    this.executor = executor
    this.reports = reports
    this.checkpoints = checkpoints
    assert.deepEqual(executor.connect(this, [], 0), [])
  }

  start(trial: number, attempt: number = 1, checkpoint?: Attempt['checkpoint']): void {
    const sinceMs = this.executor.clock.now()
    const step = checkpoint?.step ?? 0
    this.executor.start({ trial, attempt, config: { x: trial / 10 }, seed: 1, reports: 0, step, checkpoint, sinceMs })
  }

  reported(
    trial: number,
    attempt: number,
    ordinal: number,
    metrics: Metrics,
    _step: number | undefined,
    checkpoint?: string,
  ): void {
    this.messages.push({ type: 'report', trial, attempt, ordinal, metrics, checkpoint })
    const answer = this.answers(trial, ordinal)
    if (answer !== undefined) this.executor.clock.defer(() => this.executor.answer(trial, attempt, answer))
  }

  ended(trial: number, attempt: number, outcome: Outcome, failure: Failure | undefined): void {
    this.messages.push({ type: 'end', trial, attempt, outcome, failure })
  }

  warn(message: string): void {
    assert.fail(`unexpected warning: ${message}`)
  }

  of(trial: number): string[] {
    return this.messages
      .filter((message) => message.trial === trial)
      .map((message) => (message.type === 'report' ? `report ${message.ordinal}` : message.outcome))
  }

  /** Ids of the checkpoints that an attempt's reports brought. */
  checkpointsOf(trial: number, attempt: number): (string | undefined)[] {
    return this.messages.flatMap((message) =>
      message.type === 'report' && message.trial === trial && message.attempt === attempt ? [message.checkpoint] : [],
    )
  }

  async until(condition: () => boolean): Promise<void> {
    for (let i = 0; !condition(); i++) {
      assert.ok(i < 2_000, `waited in vain; so far: ${JSON.stringify(this.messages)}`)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }

  async settle(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 50))
  }

  isOver(trial: number): boolean {
    return this.messages.some((message) => message.type === 'end' && message.trial === trial)
  }

  /** The messages of a trial that nobody stops. */
  get wholeTrial(): string[] {
    return [...Array.from({ length: this.reports }, (_, i) => `report ${i + 1}`), 'completed']
  }
}

async function runsToItsEnd(bench: Bench): Promise<void> {
  bench.start(0)
  await bench.until(() => bench.isOver(0))
  await bench.settle()
  assert.deepEqual(bench.of(0), bench.wholeTrial)
  for (const message of bench.messages) {
    if (message.type === 'report') assert.equal(typeof message.metrics['loss'], 'number')
  }
}

async function waitsForAnswers(bench: Bench): Promise<void> {
  bench.answers = () => undefined
  bench.start(0)
  await bench.until(() => bench.messages.length > 0)
  await bench.settle()
  assert.deepEqual(bench.of(0), ['report 1'])
  bench.answers = () => 'continue'
  bench.executor.answer(0, 1, 'continue')
  await bench.until(() => bench.isOver(0))
  assert.deepEqual(bench.of(0), bench.wholeTrial)
}

async function stopsByAnswer(bench: Bench): Promise<void> {
  bench.answers = () => 'stop'
  bench.start(0)
  await bench.until(() => bench.isOver(0))
  await bench.settle()
  assert.deepEqual(bench.of(0), ['report 1', 'stopped'])
}

async function pausesByAnswer(bench: Bench): Promise<void> {
  bench.answers = () => 'pause'
  bench.start(0)
  await bench.until(() => bench.isOver(0))
  await bench.settle()
  assert.deepEqual(bench.of(0), ['report 1', 'stopped'])
}

async function holds(bench: Bench): Promise<void> {
  const { executor } = bench
  if (executor.held === 0) return
  bench.answers = (trial) => (trial < 2 ? undefined : 'continue')
  for (const trial of [0, 1]) {
    bench.start(trial)
    await bench.until(() => bench.of(trial).length === 1)
    executor.hold(trial, 1)
  }
  const others = Array.from({ length: executor.slots }, (_, i) => 2 + i)
  for (const trial of others) bench.start(trial)
  await bench.until(() => others.every((trial) => bench.isOver(trial)))
  assert.deepEqual([bench.of(0), bench.of(1)], [['report 1'], ['report 1']])
  bench.answers = () => 'continue'
  executor.answer(0, 1, 'continue')
  executor.answer(1, 1, 'pause')
  await bench.until(() => bench.isOver(0) && bench.isOver(1))
  assert.deepEqual([bench.of(0), bench.of(1)], [bench.wholeTrial, ['report 1', 'stopped']])
}

async function stopsOutOfTurn(bench: Bench): Promise<void> {
  for (const [trial, outcome] of [
    [0, 'stopped'],
    [1, 'interrupted'],
  ] as const) {
    bench.answers = () => undefined
    bench.start(trial)
    await bench.until(() => bench.of(trial).length === 1)
    bench.executor.stop(trial, 1, outcome)
    await bench.until(() => bench.isOver(trial))
    await bench.settle()
    assert.deepEqual(bench.of(trial), ['report 1', outcome])
  }
}

async function reportsFailures(bench: Bench): Promise<void> {
  bench.start(13)
  await bench.until(() => bench.isOver(13))
  const end = bench.messages.at(-1)!
  assert.ok(end.type === 'end' && end.outcome === 'failed' && end.failure!.message.length > 0, JSON.stringify(end))
}

async function runsSideBySide(bench: Bench): Promise<void> {
  bench.start(0)
  bench.start(1)
  await bench.until(() => bench.isOver(0) && bench.isOver(1))
  assert.deepEqual([bench.of(0), bench.of(1)], [bench.wholeTrial, bench.wholeTrial])
}

async function fencesAttempts(bench: Bench): Promise<void> {
  bench.answers = () => undefined
  bench.start(0, 2)
  await bench.until(() => bench.messages.length > 0)
  bench.executor.stop(0, 1, 'stopped')
  bench.executor.answer(0, 1, 'stop')
  bench.executor.stop(5, 1, 'stopped')
  await bench.settle()
  assert.deepEqual(bench.of(0), ['report 1'])
  assert.equal(bench.messages[0]!.attempt, 2)
}

async function endsWithClose(bench: Bench): Promise<void> {
  bench.answers = () => undefined
  bench.start(0)
  await bench.until(() => bench.messages.length > 0)
  await bench.executor.close()
  const before = bench.messages.length
  bench.executor.answer(0, 1, 'continue')
  await bench.settle()
  assert.equal(bench.messages.length, before, JSON.stringify(bench.messages))
}

async function namesCheckpoints(bench: Bench): Promise<void> {
  for (const [trial, attempt] of [
    [0, 1],
    [0, 2],
    [1, 1],
  ] as const) {
    const before = bench.messages.filter(({ type }) => type === 'end').length
    bench.start(trial, attempt)
    await bench.until(() => bench.messages.filter(({ type }) => type === 'end').length > before)
    const ids = bench.checkpointsOf(trial, attempt)
    assert.equal(new Set(ids).size, bench.reports, ids.join())
    for (const id of ids) assert.match(id ?? 'none', new RegExp(`^${trial}-${attempt}-\\d+$`))
  }
}

async function goesOn(bench: Bench): Promise<void> {
  bench.start(0)
  await bench.until(() => bench.isOver(0))
  const [id] = bench.checkpointsOf(0, 1)
  bench.messages.length = 0
  bench.start(0, 2, { id: id!, step: 1 })
  await bench.until(() => bench.isOver(0))
  // Its reports are counted anew.
  assert.deepEqual(bench.of(0), [...bench.wholeTrial.slice(0, bench.reports - 1), 'completed'])
}

async function savesWhenAsked(bench: Bench): Promise<void> {
  bench.answers = () => undefined
  bench.start(0)
  await bench.until(() => bench.of(0).length === 1)
  bench.executor.answer(0, 1, 'continue', true)
  await bench.until(() => bench.of(0).length === 2)
  assert.equal(typeof bench.checkpointsOf(0, 1)[1], 'string')
}
