import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { linePlot } from '../analysis/line-plot.ts'
import { recordedCurves } from '../analysis/recorded-curves.ts'
import { reachedAt, regretAt } from '../analysis/search-course.ts'
import type { SearchCourse } from '../analysis/search-course.ts'
import { wholeFrom, wrongOption } from '../base/check.ts'
import { TrialistError } from '../base/errors.ts'
import { shortNumber, shortTime } from '../logger/text.ts'
import { compileSpace } from '../space/compile.ts'
import { spaceFrom } from '../space/expression.ts'
import { spaceFromJSON } from '../space/json.ts'
import { readExperiment } from '../store/sqlite.ts'
import { CurveTable, curveTable } from '../trainable/curve-table.ts'
import { eventsOf } from '../tuner/build.ts'
import { argumentsOf, defaultRoot, numberOf, textOf } from './arguments.ts'
import { recorded } from './record.ts'
import { pairOf } from './run.ts'
import { simulateSearch } from './simulate-search.ts'
import { tableOf } from './table.ts'

const options = {
  root: { type: 'string', default: defaultRoot },
  scheduler: { type: 'string', multiple: true, default: [] as string[] },
  searcher: { type: 'string' },
  workers: { type: 'string', default: '4' },
  trials: { type: 'string' },
  time: { type: 'string' },
  seeds: { type: 'string' },
  aim: { type: 'string', default: '0.01' },
  metric: { type: 'string' },
  mode: { type: 'string' },
  param: { type: 'string', multiple: true, default: [] as string[] },
  svg: { type: 'string', default: 'simulate.svg' },
  json: { type: 'boolean', default: false },
} as const

type Values = ReturnType<typeof argumentsOf>['values']

/** What is simulated: a table, or the trials of an experiment in their own order. */
interface Source {
  readonly table: CurveTable
  readonly isRecorded: boolean
}

interface Compared {
  readonly scheduler: string
  readonly courses: readonly SearchCourse[]
}

const defaultSchedulers = ['fifo', 'median', 'asha'] as const
const defaultSeeds = 10
/** Instants at which the lines of the drawing are known. */
const instants = 200

/** `trialist simulate`: what schedulers would have made of a table of learning curves, or of a recorded experiment. */
export async function simulate(args: readonly string[]): Promise<number> {
  const { values, positionals } = argumentsOf('simulate', args, options)
  const source = sourceOf(positionals, values)
  const given = values['scheduler'] as readonly string[]
  const schedulers = given.length === 0 ? defaultSchedulers : given
  const seeds = source.isRecorded ? 1 : wholeFrom('--seeds', numberOf('seeds', values['seeds']) ?? defaultSeeds, 1)
  const compared: Compared[] = []
  for (const scheduler of schedulers) compared.push(await runs(source, scheduler, seeds, values))
  const aim = numberOf('aim', values['aim'])!
  const svg = textOf(values['svg'])
  if (svg !== undefined && svg !== '') writeFileSync(svg, drawing(source.table, compared))
  if (values['json'] === true) for (const each of compared) print(JSON.stringify(figuresOf(each, aim)))
  else {
    print(report(source, compared, { aim, seeds, workers: numberOf('workers', values['workers'])! }))
    if (svg !== undefined && svg !== '') print(`\ndrawn: ${svg}`)
  }
  return 0
}

async function runs(source: Source, scheduler: string, seeds: number, values: Values): Promise<Compared> {
  const courses: SearchCourse[] = []
  for (let seed = 0; seed < seeds; seed++) {
    courses.push(
      await simulateSearch(source.table, {
        scheduler,
        searcher: textOf(values['searcher']) ?? 'random',
        inOrder: source.isRecorded && values['searcher'] === undefined,
        workers: wholeFrom('--workers', numberOf('workers', values['workers'])!, 1),
        trials: numberOf('trials', values['trials']),
        time: numberOf('time', values['time']),
        seed,
      }),
    )
  }
  return { scheduler, courses }
}

function sourceOf(positionals: readonly string[], values: Values): Source {
  const [place, ...others] = positionals
  if (others.length > 0) throw wrongOption('trialist simulate', 'one table or experiment', positionals.join(' '))
  const asked = Object.fromEntries(
    ['metric', 'mode'].flatMap((key) => (values[key] === undefined ? [] : [[key, values[key]]])),
  )
  if (place === undefined) return { table: shipped(asked), isRecorded: false }
  const isFile = ['.json', '.csv'].includes(extname(place))
  if (!isFile) return { table: recordedTable(String(values['root']), place), isRecorded: true }
  if (!existsSync(place)) {
    throw new TrialistError({
      code: 'not_found',
      message: 'there is no such table',
      expected: 'a file',
      received: place,
    })
  }
  const params = values['param'] as readonly string[]
  const space = params.length === 0 ? {} : { space: spaceFrom(params.map(pairOf)) }
  const name = extname(place) === '.csv' ? { name: basename(place, '.csv') } : {}
  return { table: curveTable(readFileSync(place, 'utf8'), { ...asked, ...space, ...name }), isRecorded: false }
}

/** The table that comes with the package. */
function shipped(asked: object): CurveTable {
  return curveTable(readFileSync(fileURLToPath(new URL('../../data/digits.json', import.meta.url)), 'utf8'), asked)
}

/** The trials of an experiment with one objective. */
function recordedTable(root: string, name: string): CurveTable {
  const { state } = recorded(root, name)
  const { experiment, columns } = state
  const [objective, ...others] = experiment.objectives
  if (others.length > 0) throw wrongOption(`experiment ${name}`, 'one objective', `${others.length + 1} of them`)
  const events = eventsOf(readExperiment(root, name).bodies)
  const curves = recordedCurves(experiment, events, (trial) => columns.config(trial))
  if (curves.length === 0) throw wrongOption(`experiment ${name}`, 'trials that reported', 'none')
  const space = spaceFromJSON(experiment.space)
  compileSpace(space)
  return new CurveTable({ name: join(root, name), space, ...objective!, curves })
}

interface Figures {
  readonly scheduler: string
  /** Virtual seconds until the incumbent was within the aim: median over the seeds that got there, and their share. */
  readonly reachedSeconds: number | null
  readonly reachedShare: number
  readonly score: number
  readonly trainedSeconds: number
  readonly endSeconds: number
  readonly reports: number
  readonly trials: number
  readonly beyond: number
}

function figuresOf({ scheduler, courses }: Compared, aim: number): Figures {
  const reached = courses.map((course) => reachedAt(course, aim)).filter(Number.isFinite)
  const of = (key: 'score' | 'trainedSeconds' | 'endSeconds' | 'reports' | 'trials' | 'beyond'): number =>
    median(courses.map((course) => course[key]))
  return {
    scheduler,
    reachedSeconds: reached.length === 0 ? null : median(reached),
    reachedShare: reached.length / courses.length,
    score: of('score'),
    trainedSeconds: of('trainedSeconds'),
    endSeconds: of('endSeconds'),
    reports: of('reports'),
    trials: of('trials'),
    beyond: of('beyond'),
  }
}

function report(
  { table, isRecorded }: Source,
  compared: readonly Compared[],
  { aim, seeds, workers }: { readonly aim: number; readonly seeds: number; readonly workers: number },
): string {
  const figures = compared.map((each) => figuresOf(each, aim))
  const first = figures[0]!
  const rows = figures.map((each) => [
    each.scheduler,
    timeOf(each.endSeconds),
    timeOf(each.trainedSeconds),
    `${Math.round(100 * (1 - each.trainedSeconds / first.trainedSeconds))} %`,
    each.reachedSeconds === null ? 'never' : timeOf(each.reachedSeconds),
    `${Math.round(100 * each.reachedShare)} %`,
    shortNumber(each.score),
    String(each.reports),
    ...(isRecorded ? [String(each.beyond)] : []),
  ])
  const header = ['scheduler', 'took', 'training', 'saved', `within ${aim}`, 'share', table.metric, 'reports']
  const what = isRecorded
    ? `the ${table.curves.length} recorded trials, in their order`
    : `${table.candidates.length} configurations`
  const open = table.curves.filter(({ open: isOpen }) => isOpen === true).length
  return [
    `${table.name}: ${what}, ${workers} workers${seeds === 1 ? '' : `, medians over ${seeds} seeds`}; virtual time`,
    '',
    tableOf(isRecorded ? [...header, 'not known'] : header, rows),
    ...(open === 0 ? [] : ['', openNote(open, table.curves.length)]),
  ].join('\n')
}

/** What a record can't tell. */
function openNote(open: number, all: number): string {
  return [
    `${open} of the ${all} recorded trials were ended before their training was complete. What they would have reported after that is`,
    'not known: a simulated trial ends there, and "not known" counts those that the scheduler would have let go on. Where it is not 0',
    'the training that is shown is the least that it can have taken, and a better value may have been missed.',
  ].join('\n')
}

/** The median regret over seeds, at instants that are even on a log scale. */
function drawing(table: CurveTable, compared: readonly Compared[]): string {
  const ends = compared.flatMap(({ courses }) => courses.map(({ endSeconds }) => endSeconds))
  const starts = compared.flatMap(({ courses }) => courses.map(({ seconds }) => seconds[0] ?? Infinity))
  const [from, to] = [Math.min(...starts), Math.max(...ends)]
  const at = Array.from({ length: instants }, (_, i) => from * (to / from) ** (i / (instants - 1)))
  return linePlot({
    title: `${table.name}: regret of the best configuration so far`,
    x: { label: 'virtual seconds', log: true },
    y: { label: 'normalised regret (median over seeds)', log: true },
    lines: compared.map(({ scheduler, courses }) => ({
      label: scheduler,
      steps: true,
      points: at.map((instant) => [instant, median(courses.map((course) => regretAt(course, instant)))] as const),
    })),
  })
}

/** Short trainings take parts of a second. */
function timeOf(seconds: number): string {
  return seconds < 60 ? `${shortNumber(Number(seconds.toPrecision(3)))} s` : shortTime(1000 * seconds)
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
