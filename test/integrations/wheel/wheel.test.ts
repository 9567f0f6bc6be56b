// The wheel as users get it: installed into an empty environment, on a machine without Node.js.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'

import { buildWheel } from '../../../scripts/wheel.ts'

const python = process.env['TRIALIST_PYTHON']!
let folder: string
let interpreter: string

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'trialist-wheel-test-'))
  const wheel = await buildWheel(join(folder, 'wheels'))
  must(python, ['-m', 'venv', join(folder, 'empty')])
  interpreter = join(folder, 'empty', 'bin', 'python')
  must(interpreter, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', wheel])
})

after(() => rmSync(folder, { recursive: true, force: true }))

/** Runs a program where nothing of this checkout is found, and no Node.js. */
function must(program: string, args: readonly string[], path = '/usr/bin:/bin'): string {
  mkdirSync(join(folder, 'work'), { recursive: true })
  const env = { PATH: path, HOME: folder, LANG: 'C.UTF-8' }
  const keep = Object.fromEntries(Object.entries(process.env).filter(([name]) => /^PIP_|_proxy$/i.test(name)))
  const options = { cwd: join(folder, 'work'), env: { ...keep, ...env }, encoding: 'utf8', timeout: 240_000 } as const
  const { status, stdout, stderr } = spawnSync(program, args, options)
  assert.equal(status, 0, `${stdout}${stderr}`)
  return stdout
}

test('an experiment runs, though there is no Node.js on the machine', () => {
  const nowhere = join(folder, 'nowhere')
  const script = `
import shutil
assert shutil.which("node") is None
import trialist
from trialist import tune

def train(config):
    for i in range(3):
        tune.report({"loss": (config["x"] - 0.3) ** 2 / (i + 1)})

config = tune.TuneConfig(metric="loss", mode="min", num_samples=5, seed=1)
results = tune.Tuner(train, param_space={"x": tune.uniform(0, 1)}, tune_config=config).fit()
assert len(results) == 5 and results.num_errors == 0
best = trialist.minimize(lambda config: (config["x"] - 2) ** 2, {"x": trialist.uniform(-10, 10)}, trials=20, seed=1)
assert best.value < 1, best
print("found", trialist.__file__)
`
  writeFileSync(join(folder, 'script.py'), script)
  const printed = must(interpreter, [join(folder, 'script.py')], nowhere)
  assert.match(printed, /found .*empty/)
})

test('the command trialist is there', () => {
  const program = join(dirname(interpreter), 'trialist')
  assert.match(must(program, ['--version'], dirname(interpreter)), /^\d+\.\d+\.\d+/)
})

test('its types are seen by a type checker', () => {
  const use = `
from trialist import Study, minimize, report, tune, uniform

def train(config: dict[str, float]) -> None:
    tune.report({"loss": config["x"]})

tuner = tune.Tuner(train, param_space={"x": tune.uniform(0, 1)}, tune_config=tune.TuneConfig(metric="loss", mode="min"))
results: tune.ResultGrid = tuner.fit()
best: tune.Result = results.get_best_result()
value: float = minimize(lambda config: float(config["x"]), {"x": uniform(0, 1)}).value
study: Study = Study({"x": uniform(0, 1)})
report(loss=1.0)
`
  writeFileSync(join(folder, 'good.py'), use)
  writeFileSync(join(folder, 'bad.py'), `${use}\nreport(step="three")\nnumber: int = results\n`)
  const check = (file: string): ReturnType<typeof spawnSync> =>
    spawnSync(python, ['-m', 'mypy', '--strict', '--python-executable', interpreter, join(folder, file)], {
      cwd: folder,
      encoding: 'utf8',
    })
  const good = check('good.py')
  assert.equal(good.status, 0, String(good.stdout))
  const bad = check('bad.py')
  assert.equal(bad.status, 1)
  assert.match(String(bad.stdout), /Found 2 errors/)
})

test('the package itself is typed throughout', () => {
  const cwd = new URL('../../../python', import.meta.url)
  const { status, stdout } = spawnSync(python, ['-m', 'mypy', '--cache-dir', join(folder, 'cache')], {
    cwd,
    encoding: 'utf8',
  })
  assert.equal(status, 0, stdout)
})
