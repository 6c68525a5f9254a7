// MJML to HTML by MJML itself: node --expose-gc mjml.mjs DOCUMENTS ROUNDS, where DOCUMENTS is a JSON list.
import { readFileSync } from 'node:fs'
import mjml2html from 'mjml'

const { version } = JSON.parse(readFileSync('node_modules/mjml/package.json', 'utf8'))
const documents = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const seconds = []
let bytes = 0
for (let round = 0; round < Number(process.argv[3]); round += 1) {
  globalThis.gc()
  const start = performance.now()
  const made = []
  for (const document of documents) made.push(await mjml2html(document, { fonts: {} }))
  seconds.push((performance.now() - start) / 1000)
  bytes = made.reduce((sum, each) => sum + Buffer.byteLength(each.html), 0)
}
console.log(JSON.stringify({ first: seconds[0], best: Math.min(...seconds), bytes, version }))
