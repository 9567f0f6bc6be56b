/** Runs the compiler on snippets, with the repository's settings, in a folder of their own. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Everything that `tsc` prints for files of these names and contents; `space` and `tuner` in imports are resolved. */
export function compile(files: Readonly<Record<string, string>>, flags: readonly string[] = []): string {
  const folder = mkdtempSync(join(tmpdir(), 'trialist-types-'))
  try {
    const typeRoots = [join(root, 'node_modules/@types')]
    const compilerOptions = { types: ['node'], typeRoots, rewriteRelativeImportExtensions: false }
    const settings = { extends: join(root, 'tsconfig.json'), compilerOptions, include: ['*.ts'] }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings))
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), resolved(text))
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    const run = spawnSync(process.execPath, [tsc, '--pretty', 'false', ...flags, '-p', folder], { encoding: 'utf8' })
    if (run.error) throw run.error
    return run.stdout + run.stderr
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function resolved(text: string): string {
  return text
    .replaceAll("from 'space'", `from ${JSON.stringify(join(root, 'src/space/index.ts'))}`)
    .replaceAll("from 'tuner'", `from ${JSON.stringify(join(root, 'src/index.ts'))}`)
}
