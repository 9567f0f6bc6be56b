import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import type { Attempt, Executor, Inbox } from '../executor/executor.ts'
import type { Failure, Metrics, Outcome } from '../trial/event.ts'

/** How the suite tells what a trial of the executor under test is to do. */
export interface ExecutorUnderTest {
  readonly executor: Executor
  /** Reports that a trial makes before it ends by itself; they hold the metric `loss`. */
  readonly reports: number
}

/** What came through the inbox. */
type Message =
  | {
      readonly type: 'report'
      readonly trial: number
      readonly attempt: number
      readonly ordinal: number
      readonly metrics: Metrics
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
    const check = (what: string, body: (bench: Bench) => Promise<void>): void => {
      test(what, async () => {
        const bench = new Bench(setUp())
        try {
          await body(bench)
        } finally {
          await bench.executor.close()
        }
      })
    }
    check('reports come in order, one at a time, and then one end', runsToItsEnd)
    check('nothing follows a report until it is answered', waitsForAnswers)
    check('a stop as an answer ends the attempt as stopped', stopsByAnswer)
    check('a stop out of turn ends the attempt as asked', stopsOutOfTurn)
    check('a failure is an outcome with its message', reportsFailures)
    check('attempts run side by side', runsSideBySide)
    check('answers and stops for another attempt are ignored', fencesAttempts)
    check('nothing comes after close', endsWithClose)
  })
}

/** The engine's side of an executor, by hand. */
class Bench implements Inbox {
  readonly executor: Executor
  readonly reports: number
  readonly messages: Message[] = []
  /** Answers each report at once, unless a case does so itself. */
  answers: (trial: number, ordinal: number) => 'continue' | 'stop' | undefined = () => 'continue'

  constructor({ executor, reports }: ExecutorUnderTest) {
    this.executor = executor
    this.reports = reports
    assert.deepEqual(executor.connect(this, [], 0), [])
  }

  start(trial: number, attempt: number = 1): void {
    const fresh: Attempt = { trial, attempt, config: { x: trial / 10 }, seed: 1, reports: 0, step: 0, sinceMs: 0 }
    this.executor.start({ ...fresh, sinceMs: this.executor.clock.now() })
  }

  reported(trial: number, attempt: number, ordinal: number, metrics: Metrics): void {
    this.messages.push({ type: 'report', trial, attempt, ordinal, metrics })
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
