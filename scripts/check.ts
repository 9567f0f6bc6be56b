/** Every check of the repository (`npm run check`), each with its duration; the tests come last. All run, whatever fails. */
import { succeeds } from './run.ts'

const stages = [
  'format:check',
  'lint',
  'types',
  'structure',
  'kernels:check',
  'package:check',
  'test:integrations',
  'test',
]

const failed = stages.filter((stage) => !passes(stage))
if (failed.length > 0) {
  console.error(`Failed: ${failed.join(', ')}`)
  process.exitCode = 1
}

function passes(stage: string): boolean {
  console.log(`== ${stage}`)
  const startMs = performance.now()
  const passed = succeeds('npm', ['run', '--silent', stage])
  console.log(
    `== ${stage}: ${passed ? 'passed' : 'FAILED'} after ${((performance.now() - startMs) / 1000).toFixed(1)} s`,
  )
  return passed
}
