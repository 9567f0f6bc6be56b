import { spawnSync } from 'node:child_process'

/** How a command is started. */
export interface RunOptions {
  readonly cwd?: string
  /** Variables besides those of this process. */
  readonly env?: Readonly<Record<string, string>>
}

/** Runs a command with this process's output and without input; says whether it succeeded. */
export function succeeds(command: string, args: readonly string[], options: RunOptions = {}): boolean {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env // A test runner inside another one would report to that.
  const result = spawnSync(command, args, {
    cwd: options.cwd ?? process.cwd(),
    env: { ...env, ...options.env },
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: isWindowsScript(command),
  })
  if (result.error) throw result.error
  return result.status === 0
}

/** Only a shell starts npm and the tools of `node_modules/.bin` on Windows. */
function isWindowsScript(command: string): boolean {
  return process.platform === 'win32' && command !== process.execPath
}
