// One way in a process of its own: node --expose-gc worker.mjs feedsmith. See worker.py for the jobs.
import { readFileSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

const { VERSIONS, make } = await import(`./${process.argv[2]}.mjs`)
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`)

const load = (path) =>
  JSON.parse(readFileSync(path, 'utf8')).map((record) => ({
    ...record,
    published: new Date(record.published),
    updated: new Date(record.updated),
  }))

say(VERSIONS)
for await (const line of createInterface({ input: process.stdin })) {
  const job = JSON.parse(line)
  const records = load(job.records)
  globalThis.gc()
  const start = performance.now()
  const made = make(records, job.kinds).map((text) => Buffer.from(text, 'utf8'))
  const seconds = (performance.now() - start) / 1000
  if (job.into) job.kinds.forEach((kind, index) => writeFileSync(`${job.into}/${kind}`, made[index]))
  say(seconds)
}
