import { limits } from '../base/limits.ts'
import { shortConfig, shortNumber, shortTime } from '../logger/text.ts'
import { runningEngine } from '../store/sqlite.ts'
import { jsonNumber } from '../trial/codec.ts'
import { rowOf } from '../tuner/outcome.ts'
import type { Result } from '../tuner/results.ts'
import { argumentsOf, defaultRoot, numberOf, oneName } from './arguments.ts'
import { recorded } from './record.ts'
import type { Recorded } from './record.ts'
import { tableOf } from './table.ts'

/** `trialist show NAME`: an experiment with its trials, or one trial with its reports. */
export function show(args: readonly string[]): number {
  const { values, positionals } = argumentsOf('show', args, {
    root: { type: 'string', default: defaultRoot },
    trial: { type: 'string' },
    json: { type: 'boolean', default: false },
  })
  const root = String(values['root'])
  const name = oneName('show', positionals)
  const found = recorded(root, name)
  const trial = numberOf('trial', values['trial'])
  const json = values['json'] === true
  if (trial === undefined) {
    const engine = runningEngine(root, name)
    put(json ? JSON.stringify(experimentJson(found, engine), jsonNumber) : experimentText(found, engine))
  } else {
    const result = found.results.at(trial)
    put(json ? JSON.stringify({ ...rowOf(result), history: result.history() }, jsonNumber) : trialText(found, result))
  }
  return 0
}

function put(text: string): void {
  process.stdout.write(`${text}\n`)
}

function experimentJson({ state, results }: Recorded, engine: number | undefined): object {
  const { name, objectives, searcher, scheduler, trainable, seed } = state.experiment
  const best = bestOf(results)
  return {
    name,
    state: engine === undefined ? results.end : 'running',
    objectives,
    searcher,
    scheduler,
    trainable,
    seed,
    halted: results.halted ?? null,
    best: best?.trial ?? null,
    trials: [...results].map(rowOf),
  }
}

function experimentText({ state, results }: Recorded, engine: number | undefined): string {
  const { name, objectives, searcher, scheduler, trainable, seed } = state.experiment
  const { completed, stopped, failed, now, budget } = state
  const how = engine === undefined ? results.end : `running (process ${engine})`
  const lines = [
    `${name}: ${how}${results.halted === undefined ? '' : `, halted by ${results.halted.by}: ${results.halted.why}`}`,
    `  ${objectives.map(({ mode, metric }) => `${mode} ${metric}`).join(', ')}; searcher ${searcher.name}, scheduler ${scheduler.name}, seed ${seed}`,
    `  ${[trainable.kind, trainable.file, trainable.export].filter(Boolean).join(' ')}`,
    `  ${completed} completed, ${stopped} stopped early, ${failed} failed, ${state.live.size} not over, of ${budget.trials ?? 'unlimited'}; ${shortTime(now)}`,
  ]
  const best = bestOf(results)
  if (best !== undefined) {
    lines.push(
      `  best: trial ${best.trial}, ${objectives[0]!.metric} ${shortNumber(best.score)}  ${shortConfig(best.config)}`,
    )
    if (best.checkpoint !== undefined)
      lines.push(`  its checkpoint: ${best.checkpoint.id} at step ${best.checkpoint.step}`)
  }
  const rows = [...results].map((result) => [
    String(result.trial),
    result.state,
    Number.isNaN(result.score) ? '' : shortNumber(result.score),
    String(result.step),
    String(result.attempts),
    Number.isNaN(result.endedMs) ? '' : shortTime(result.endedMs - result.startedMs),
    result.failure?.message.split('\n')[0]!.slice(0, 60) ?? shortConfig(result.config),
  ])
  return `${lines.join('\n')}\n\n${tableOf(['trial', 'state', 'score', 'step', 'attempts', 'time', 'config or error'], rows)}`
}

function trialText({ state }: Recorded, result: Result): string {
  const { trial, config, score, step, attempts, failure, checkpoint } = result
  const lines = [
    `trial ${trial} of ${state.experiment.name}: ${result.state}, score ${shortNumber(score)}, step ${step}, ${attempts} attempt(s)`,
    `  ${shortConfig(config)}`,
  ]
  if (checkpoint !== undefined) lines.push(`  checkpoint ${checkpoint.id} at step ${checkpoint.step}`)
  if (failure !== undefined) {
    lines.push(`  ${failure.kind}: ${failure.message}`)
    lines.push(
      ...failure.stack
        .trimEnd()
        .split('\n')
        .slice(-limits.outputLines)
        .map((line) => `    ${line}`),
    )
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

function bestOf(results: Recorded['results']): Result | undefined {
  try {
    return results.best
  } catch {
    // No trial has a score, or there is no one best with several objectives.
    return undefined
  }
}
