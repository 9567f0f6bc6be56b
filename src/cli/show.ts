import { resolve } from 'node:path'

import { limits } from '../base/limits.ts'
import { lastLines } from '../executor/process/output.ts'
import { bestWords, frontLines, frontWords } from '../logger/plain.ts'
import { shortConfig, shortNumber, shortTime } from '../logger/text.ts'
import type { Session } from '../store/factory.ts'
import { runningEngine, sessionsOf } from '../store/sqlite.ts'
import { jsonNumber } from '../trial/codec.ts'
import type { Experiment } from '../trial/event.ts'
import { bestOf, outcomeOf, rowOf } from '../tuner/outcome.ts'
import type { Result } from '../tuner/results.ts'
import { argumentsOf, defaultRoot, numberOf, oneName } from './arguments.ts'
import { recorded } from './record.ts'
import type { Recorded } from './record.ts'
import { chosenTable, selected, selectionFrom, selectionOptions } from './select.ts'
import type { Row, Selection } from './select.ts'
import { localTime, tableOf } from './table.ts'

/** An experiment with what the log does not know. */
interface Shown extends Recorded {
  /** The process that runs it. */
  readonly engine: number | undefined
  readonly sessions: readonly Session[]
}

/** `trialist show NAME`: an experiment with its trials, or one trial with its reports and its output. */
export function show(args: readonly string[]): number {
  const { values, positionals } = argumentsOf('show', args, {
    root: { type: 'string', default: defaultRoot },
    trial: { type: 'string' },
    json: { type: 'boolean', default: false },
    ...selectionOptions,
  })
  const selection = selectionFrom(values)
  const root = String(values['root'])
  const name = oneName('show', positionals)
  const engine = runningEngine(root, name)
  const found: Shown = { ...recorded(root, name), engine, sessions: sessionsOf(root, name) }
  const trial = numberOf('trial', values['trial'])
  const json = values['json'] === true
  if (trial === undefined) {
    const trials = trialsOf(found, selection)
    const text = json ? JSON.stringify(experimentJson(found, trials), jsonNumber) : experimentText(found, trials)
    put(
      !json && selection.columns !== undefined
        ? chosenTable(
            trials.map(({ row }) => row),
            selection.columns,
          )
        : text,
    )
  } else {
    const result = found.results.at(trial)
    // Empty where the trial ran in the engine itself.
    const output = lastLines(resolve(root, name, 'trials', String(trial), 'output.log'), 0)
    if (json) put(JSON.stringify({ ...rowOf(result), history: result.history(), output }, jsonNumber))
    else put(trialText(found, result, output))
  }
  return 0
}

function put(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** A trial, and what it is selected by: the columns of an exported table, and its time in seconds. */
interface Listed {
  readonly result: Result
  readonly row: Row
}

function trialsOf({ results }: Recorded, selection: Selection): readonly Listed[] {
  const rows = results.table()
  const listed = Array.from(results, (result, i) => {
    const { startedMs, endedMs } = result
    return { result, row: { ...rows[i], time: (endedMs - startedMs) / 1000 } }
  })
  return selected(listed, ({ row }) => row, selection)
}

function experimentJson({ state, results, engine, sessions }: Shown, trials: readonly Listed[]): object {
  const { name, objectives, outcomeConstraints = [], searcher, scheduler, trainable, seed } = state.experiment
  return {
    name,
    state: engine === undefined ? results.end : 'running',
    objectives,
    outcomeConstraints,
    searcher,
    scheduler,
    trainable,
    seed,
    budget: state.budget,
    seconds: state.now / 1000,
    sessions: sessions.map(({ startedWallMs, facts }) => ({ started: new Date(startedWallMs).toISOString(), facts })),
    halted: results.halted ?? null,
    best: bestOf(results)?.trial ?? null,
    ...(objectives.length > 1 && { front: results.front.map(({ trial }) => trial) }),
    trials: trials.map(({ result }) => rowOf(result)),
  }
}

function experimentText(shown: Shown, trials: readonly Listed[]): string {
  const { state, results, engine } = shown
  const { name, objectives, searcher, scheduler, trainable, seed } = state.experiment
  const { completed, stopped, failed, now, budget } = state
  const how = engine === undefined ? results.end : `running (process ${engine})`
  const known = state.known === 0 ? '' : `, ${state.known} known beforehand`
  const totals = [
    `${budget.trials ?? 'unlimited'} trials`,
    ...(budget.timeMs === null ? [] : [shortTime(budget.timeMs)]),
  ]
  const lines = [
    `${name}: ${how}${results.halted === undefined ? '' : `, halted by ${results.halted.by}: ${results.halted.why}`}`,
    `  ${objectives.map(({ mode, metric }) => `${mode} ${metric}`).join(', ')}${boundsOf(state.experiment)}; searcher ${searcher.name}, scheduler ${scheduler.name}, seed ${seed}`,
    `  ${[trainable.kind, trainable.file, trainable.export].filter(Boolean).join(' ')}`,
    ...sessionLines(shown.sessions),
    `  ${completed} completed, ${stopped} stopped early, ${failed} failed, ${state.live.size} not over${known}; in total ${totals.join(' or ')}; ${shortTime(now)} so far`,
    ...bestLines(shown),
    ...failureLines(results),
  ]
  const several = objectives.length > 1
  const front = new Set(several ? results.front.map(({ trial }) => trial) : [])
  const rows = trials.map(({ result }) => [
    String(result.trial),
    result.state,
    ...scoreCells(result),
    ...(several ? [front.has(result.trial) ? '*' : ''] : []),
    String(result.step),
    String(result.attempts),
    Number.isNaN(result.endedMs) ? '' : shortTime(result.endedMs - result.startedMs),
    result.failure?.message.split('\n')[0]!.slice(0, 60) ?? shortConfig(result.config),
  ])
  const scores = several ? [...objectives.map(({ metric }) => metric), 'front'] : ['score']
  const columns = ['trial', 'state', ...scores, 'step', 'attempts', 'time', 'config or error']
  return `${lines.join('\n')}\n\n${tableOf(columns, rows)}`
}

/** The score of each objective. */
function scoreCells({ scores, feasible }: Result): string[] {
  const cells = Object.values(scores).map((score) => (Number.isNaN(score) ? '' : shortNumber(score)))
  return feasible || cells.every((cell) => cell === '') ? cells : [`${cells[0]} (infeasible)`, ...cells.slice(1)]
}

/** The outcome constraints, in words. */
function boundsOf({ outcomeConstraints = [] }: Experiment): string {
  if (outcomeConstraints.length === 0) return ''
  const bounds = outcomeConstraints.map((bound) =>
    'max' in bound ? `${bound.metric} at most ${bound.max}` : `${bound.metric} at least ${bound.min}`,
  )
  return ` with ${bounds.join(', ')}`
}

/** Where and by what the newest session ran. */
function sessionLines(sessions: readonly Session[]): string[] {
  const last = sessions.at(-1)
  if (last === undefined) return []
  const { trialist, node, platform, host, directory, command, gitCommit } = last.facts
  const started = localTime(new Date(sessions[0]!.startedWallMs).toISOString())
  const more = sessions.length === 1 ? '' : `, in ${sessions.length} sessions`
  const commit = typeof gitCommit === 'string' ? `, git commit ${gitCommit.slice(0, 12)}` : ''
  return [
    `  started ${started}${more}; trialist ${trialist}, Node.js ${node} on ${platform}, ${host}`,
    `  in ${directory}${commit}`,
    `  by ${command}`,
  ]
}

function bestLines({ state, results }: Recorded): string[] {
  const { objectives } = state.experiment
  if (objectives.length > 1) {
    const names = objectives.map(({ metric }) => metric)
    const { front } = outcomeOf(results)
    return frontLines(front, (each) => `${frontWords(each, names)}  ${shortConfig(each.config)}`).map(
      (line) => `  ${line}`,
    )
  }
  const best = bestOf(results)
  if (best === undefined) return []
  const { metric } = state.experiment.objectives[0]!
  const lines = [`  best: ${bestWords(best, metric)}  ${shortConfig(best.config)}`]
  if (best.checkpoint !== undefined)
    lines.push(`  its checkpoint: ${best.checkpoint.id} at step ${best.checkpoint.step}`)
  return lines
}

/** Failures that are the same on one line, with how often they came and where to look. */
function failureLines(results: Recorded['results']): string[] {
  const trials = new Map<string, number[]>()
  for (const { trial, failure } of results.errors) {
    const what = failure === undefined ? 'failed' : `${failure.kind}: ${failure.message.split('\n')[0]}`
    const same = trials.get(what)
    if (same === undefined) trials.set(what, [trial])
    else same.push(trial)
  }
  return Array.from(trials, ([what, [first, ...others]]) => {
    const more = others.length === 0 ? '' : ` and ${others.length} more`
    return `  failed: ${what} (trial ${first}${more})`
  })
}

function endOf(text: string): string[] {
  return text.trimEnd().split('\n').slice(-limits.outputLines)
}

function trialText({ state }: Recorded, result: Result, output: string): string {
  const { trial, config, score, scores, step, attempts, failure, checkpoint } = result
  const several = Object.keys(scores).length > 1
  const values = Object.entries(scores).map(([name, each]) => `${name} ${shortNumber(each)}`)
  const lines = [
    `trial ${trial} of ${state.experiment.name}: ${result.state}${result.known ? ' (known beforehand)' : ''}, ${several ? values.join(', ') : `score ${shortNumber(score)}`}${result.feasible ? '' : ' (infeasible)'}, step ${step}, ${attempts} attempt(s)`,
    `  ${shortConfig(config)}`,
  ]
  if (checkpoint !== undefined) lines.push(`  checkpoint ${checkpoint.id} at step ${checkpoint.step}`)
  if (failure !== undefined) {
    lines.push(`  ${failure.kind}: ${failure.message}`)
    lines.push(...endOf(failure.stack).map((line) => `    ${line}`))
  }
  // The stack of a command that failed is what it wrote.
  const isTold = failure !== undefined && output === endOf(failure.stack).join('\n')
  if (output !== '' && !isTold) {
    lines.push('  output:', ...output.split('\n').map((line) => `    ${line}`))
  }
  const history = result.history()
  if (history.length === 0) return lines.join('\n')
  const names = [...new Set(history.flatMap(({ metrics }) => Object.keys(metrics)))]
  const rows = history.map(({ step: at, attempt, metrics }) => [
    String(at),
    String(attempt),
    ...names.map((name) => (metrics[name] === undefined ? '' : shortNumber(metrics[name]))),
  ])
  return `${lines.join('\n')}\n\n${tableOf(['step', 'attempt', ...names], rows)}`
}
