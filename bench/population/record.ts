// Runs the peers of bench:pbt and writes what they reached to bench/peers/pbt.json: minutes, most of it Ray's PB2.
//   npm run peers:pbt
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { environment } from '../../scripts/environment.ts'

const seeds = 10
const python = await environment('ray')
const env = { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' }
const run = (...args: string[]): string => {
  return execFileSync(python, args, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
}
const versions = JSON.parse(
  run(
    '-c',
    'import json, importlib.metadata as m; print(json.dumps({n: m.version(n) for n in ("ray", "scikit-learn", "numpy")}))',
  ),
) as object
const script = fileURLToPath(new URL('peers.py', import.meta.url))
const problems = Object.fromEntries(
  ['toy', 'digits'].map((name) => [name, JSON.parse(run(script, name, String(seeds))) as object]),
)
const about =
  'By problem and method, what the best member had at the end, one a seed from 0 on; smaller is better. Written by npm run peers:pbt.'
writeFileSync(new URL('../peers/pbt.json', import.meta.url), `${JSON.stringify({ about, versions, problems })}\n`)
