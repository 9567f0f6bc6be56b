// Loaded before the scripts, which are TypeScript that an older Node.js cannot read. In ES5 style for the same reason.
'use strict'

var version = process.versions.node
var parts = version.split('.').map(Number)

if (parts[0] < 22 || (parts[0] === 22 && parts[1] < 18)) {
  console.error('The scripts need Node.js 22.18 or newer; this is Node.js ' + version + ' (' + process.execPath + ').')
  console.error('The repository brings its own: run `npm ci` without --ignore-scripts, then start them by `npm run`.')
  process.exit(1)
}
