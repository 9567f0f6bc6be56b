/**
 * Compiles assembly/kernels.ts to WebAssembly and writes it as a string into src/math/kernels-wasm.ts, so that sources and
 * package need no file beside them. With --check it only says whether that file is up to date: exit code 1 where it is not.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const target = 'src/math/kernels-wasm.ts'
const folder = mkdtempSync(join(tmpdir(), 'trialist-kernels-'))
try {
  const out = join(folder, 'kernels.wasm')
  const options = ['--optimizeLevel', '3', '--shrinkLevel', '0', '--enable', 'simd', '--runtime', 'stub', '--noAssert']
  execFileSync('node', ['node_modules/assemblyscript/bin/asc.js', 'assembly/kernels.ts', '-o', out, ...options], {
    stdio: 'inherit',
  })
  const text = readFileSync(out).toString('base64').replaceAll('=', '')
  const source = `/** Compiled from assembly/kernels.ts by \`npm run kernels\`, as Base64 without padding. */
export const wasm: string =
  '${text}'
`
  if (!process.argv.includes('--check')) writeFileSync(target, source)
  else if (readFileSync(target, 'utf8') !== source) {
    console.error(`${target} is not what assembly/kernels.ts compiles to: run npm run kernels.`)
    process.exitCode = 1
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
