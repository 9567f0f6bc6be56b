/** Runs a command with the arguments after its name; answers the exit code. */
export type Run = (args: readonly string[]) => number | Promise<number>

interface Command {
  readonly usage: string
  readonly summary: string
  /** What `--help` says beyond usage and summary. */
  readonly details?: string
  /** Commands are loaded when they are called. */
  load(): Promise<Run>
}

const runDetails = `
A file: FILE.ts or FILE.js whose default export is a Tuner, or FILE.json with an experiment as data (docs/cli.md).

A command, after --:
  --metric NAME            the metric that it prints (name=number, name: number, or JSON) or reports; required
  --mode min|max           default: min
  --objective NAME[:MODE]  a further objective, such as accuracy:max; may be repeated
  --param NAME=EXPRESSION  such as lr='loguniform(1e-5, 1e-1)', opt='choice(adam, sgd)', m='when(opt, sgd, uniform(0, 1))'
  --trials N  --time S     totals; default: 100 trials
  --concurrency N          default: as many as CPUs, memory and GPUs allow
  --cpus N --memory BYTES --gpus N    of each trial; default: 1 CPU
  --searcher NAME          auto, gp, tpe, cmaes, nsga2, sobol, random, grid; with options: 'tpe(startupTrials=20)'
  --scheduler NAME         fifo, asha, hyperband, median, pbt, pb2; with options: 'asha(maxT=27)'
  --constraint BOUND       a bound that a reported metric must keep, such as 'latencyMs<=20' or 'recall>=0.9'; may be repeated
  --repeats N  --noisy     how often each configuration runs, its mean counts | equal configurations give different scores
  --warm-start NAME        an earlier experiment to learn from, or its folder; may be repeated
  --logger LOGGER          csv, json, tensorboard or mlflow, with options as in 'mlflow(trackingUri=…)'; may be repeated
  --seed N  --max-failures N  --score last|best|mean:K
  --timeout S  --heartbeat S  --grace S
  --report-pattern REGEX  --report-file PATH  --no-stdout-reports
  {NAME} in the command stands for a parameter's value, {params} for --NAME VALUE of all.

Both:
  --name NAME              default: the file's or command's name and a short id
  --root FOLDER            default: .trialist
  --quiet | --json         only the start and warnings | JSON lines on standard output
`

const resumeDetails = `
  --trials N  --time S     new totals
  --failed resume|restart  tries the trials again that failed: from their newest checkpoints, or from nothing
  --unfinished stop        stops the trials that are not over with what they have
  --quiet | --json         only the start and warnings | JSON lines on standard output
`

const selectionDetails = (columns: string): string => `
  --filter 'COLUMN<VALUE'  those alone that meet it, with <, <=, ==, !=, >= or >; may be repeated
  --sort COLUMN,…          in ascending order; --desc in descending order
  --limit N                the first N
  --columns COLUMN,…       a table of these alone
columns: ${columns}
`

const simulateDetails = `
TABLE    learning curves as JSON or CSV (docs/schedulers.md); default: 100 small networks that come with the package
NAME     an experiment: its trials in their order, as another scheduler would have run them

  --scheduler NAME         may be repeated; default: fifo, median and asha; with options: 'asha(eta=4)'
  --searcher NAME          what proposes configurations; default: random, of an experiment the recorded order
  --workers N              trials at once, 10,000 at most; default: 4
  --trials N  --time S     totals, in virtual seconds; default: as many trials as configurations
  --seeds N                searches with each scheduler, of which the median counts; default: 10, of an experiment 1
  --aim R                  normalised regret that counts as found; default: 0.01
  --metric NAME  --mode min|max    what is optimised; default: what the table says
  --param NAME=EXPRESSION  the space of a CSV file; default: from the least to the greatest value
  --svg FILE               where to draw the regret; default: simulate.svg; '' draws nothing
  --json                   JSON lines
`

export const commands: Readonly<Record<string, Command>> = {
  run: {
    usage: 'run FILE [options] | run [options] -- COMMAND …',
    summary: 'runs an experiment',
    details: runDetails,
    load: async () => (await import('./run.ts')).run,
  },
  resume: {
    usage: 'resume NAME [--trials N] [--time S] [--failed resume|restart] [--unfinished stop] [--quiet | --json]',
    summary: 'goes on with an experiment, perhaps for more trials or time in total, or with its trials that failed',
    details: resumeDetails,
    load: async () => (await import('./resume.ts')).resume,
  },
  list: {
    usage: 'list [selection] [--json]',
    summary: 'the experiments',
    details: selectionDetails(
      'name, state, trials, completed, stopped, failed, live, metric, best, front, started, time',
    ),
    load: async () => (await import('./list.ts')).list,
  },
  show: {
    usage: 'show NAME [selection] [--json] | show NAME --trial N [--json]',
    summary: 'an experiment with its trials, or one trial with its reports',
    details: selectionDetails('trial, state, score, step, attempts, time, error, parameters and metrics'),
    load: async () => (await import('./show.ts')).show,
  },
  export: {
    usage: 'export NAME [--format csv|jsonl] [--reports] [--output FILE]',
    summary: 'its trials, or its reports, as a table',
    load: async () => (await import('./export.ts')).exportResults,
  },
  simulate: {
    usage: 'simulate [TABLE.json | TABLE.csv | NAME] [--scheduler NAME …] [options]',
    summary: 'compares schedulers on learning curves, on virtual time: a table, or what an experiment recorded',
    details: simulateDetails,
    load: async () => (await import('./simulate.ts')).simulate,
  },
  study: {
    usage: 'study FILE.json',
    summary: 'ask and tell for programs in other languages: JSON lines on standard input and output',
    load: async () => (await import('./study.ts')).study,
  },
  verify: {
    usage: 'verify NAME',
    summary:
      'recomputes every suggestion and decision from the log and names the first difference; exit code 1 where there is one',
    load: async () => (await import('./verify.ts')).verify,
  },
  repair: {
    usage: 'repair NAME',
    summary: 'makes the table of trials anew from the log',
    load: async () => (await import('./repair.ts')).repair,
  },
  doctor: {
    usage: 'doctor [--json]',
    summary: 'what this machine has and what is missing; exit code 1 where something is',
    load: async () => (await import('./doctor.ts')).doctor,
  },
}

export function overview(): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length))
  const lines = Object.entries(commands).map(([name, { summary }]) => `  trialist ${name.padEnd(width)}  ${summary}`)
  return `trialist: hyperparameter tuning

${lines.join('\n')}

  trialist COMMAND --help   its options, as trialist help COMMAND
  trialist --version
All take --root FOLDER, where the experiments are; default: .trialist
`
}

export function helpOf(name: string): string {
  const { usage, summary, details = '' } = commands[name]!
  return `trialist ${usage}\n  ${summary}\n${details}`
}
