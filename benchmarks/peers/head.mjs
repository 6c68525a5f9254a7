// What a feed says about itself: the same as Head in __init__.py.
import { readFileSync } from 'node:fs'

export const HEAD = {
  title: 'The Harbour Post',
  home: 'https://harbour.example/',
  description: 'News from the waterfront',
  rss: 'https://harbour.example/feeds/main.rss',
  atom: 'https://harbour.example/feeds/main.atom',
}

export const versions = (name) => {
  const manifest = new URL(`./node_modules/${name}/package.json`, import.meta.url)
  return { [name]: JSON.parse(readFileSync(manifest, 'utf8')).version, node: process.version }
}
