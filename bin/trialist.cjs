#!/usr/bin/env node
// In ES5 style, so that an old Node.js can read it and say what it lacks.
'use strict'

var fs = require('fs')
var path = require('path')

var main = path.join(__dirname, '../dist/cli/main.js')
var version = process.versions.node
var parts = version.split('.').map(Number)

if (parts[0] < 22 || (parts[0] === 22 && parts[1] < 18)) {
  fail(
    'trialist needs Node.js 22.18 or newer; this is Node.js ' + version + ' (' + process.execPath + ').',
    'Install a newer one from https://nodejs.org or with a version manager, such as: nvm install 24',
  )
} else if (!fs.existsSync(main)) {
  fail(
    'trialist is not built: ' + main + ' is missing.',
    'In a checkout run: npm run build. In an installed package install it again: npm install trialist',
  )
} else {
  void import('../dist/cli/main.js')
}

function fail(what, remedy) {
  console.error(what + '\n' + remedy)
  process.exitCode = 1
}
