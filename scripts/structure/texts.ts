import { lineAt } from './module.ts'
import type { CommittedText, Tree, Violation } from './tree.ts'

/** Paths of one machine and addresses of private hosts in anything that git tracks. */
export function textViolations({ committed }: Tree): Violation[] {
  return committed.flatMap((text) => [...machinePaths(text), ...privateHosts(text), ...foreignRegistries(text)])
}

function machinePaths({ path: file, text }: CommittedText): Violation[] {
  return [...text.matchAll(/(?<![\w.~/-])\/(?:work|root)\/[^\s'"`)]*/g)].map((match) => {
    return { file, line: lineAt(text, match.index), rule: 'texts', message: `${match[0]} is a path of one machine` }
  })
}

const privateHost =
  /^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.)|\.(?:internal|local|corp|lan|intranet)$|artifactory|nexus|verdaccio|devpi|jfrog/i

function privateHosts({ path: file, text }: CommittedText): Violation[] {
  return [...text.matchAll(/https?:\/\/(?:[^\s/@'"]+@)?(?<host>[\w.-]+)/g)]
    .filter((match) => privateHost.test(match.groups!['host']!))
    .map((match) => {
      const message = `${match.groups!['host']} is a private host`
      return { file, line: lineAt(text, match.index), rule: 'texts', message }
    })
}

const registry = /(?:"resolved":\s*"|^\s*(?:@[\w-]+:)?registry\s*=\s*)(?<url>[^"\s]+)/gm

/** Where packages come from is a matter of each machine's settings: the repository names the public registry or none. */
function foreignRegistries({ path: file, text }: CommittedText): Violation[] {
  if (!/(?:^|\/)(?:package-lock\.json|\.npmrc)$/.test(file)) return []
  return [...text.matchAll(registry)]
    .filter((match) => !match.groups!['url']!.startsWith('https://registry.npmjs.org/'))
    .map((match) => {
      const message = `${match.groups!['url']} is not the public registry`
      return { file, line: lineAt(text, match.index), rule: 'texts', message }
    })
}
