// feedsmith: an object in the shape of each format, handed to its generator.
import { generateAtomFeed, generateRssFeed } from 'feedsmith'
import { HEAD, versions } from './head.mjs'

export const VERSIONS = versions('feedsmith')

const rss = (records) =>
  generateRssFeed({
    title: HEAD.title,
    link: HEAD.home,
    description: HEAD.description,
    language: 'en',
    lastBuildDate: records[0].updated,
    atom: { links: [{ href: HEAD.rss, rel: 'self' }] },
    items: records.map((record) => ({
      title: record.title,
      link: record.link,
      description: record.summary,
      authors: [{ name: record.author, email: record.email }],
      categories: record.tags.map((name) => ({ name })),
      guid: { value: record.id, isPermaLink: true },
      pubDate: record.published,
      content: { encoded: record.html },
      atom: { updated: record.updated },
    })),
  })

const atom = (records) =>
  generateAtomFeed({
    id: HEAD.home,
    title: { value: HEAD.title },
    subtitle: { value: HEAD.description },
    updated: records[0].updated,
    links: [
      { href: HEAD.atom, rel: 'self' },
      { href: HEAD.home, rel: 'alternate' },
    ],
    entries: records.map((record) => ({
      id: record.id,
      title: { value: record.title },
      links: [{ href: record.link, rel: 'alternate' }],
      summary: { value: record.summary },
      content: { value: record.html, type: 'html' },
      authors: [{ name: record.author, email: record.email }],
      categories: record.tags.map((term) => ({ term })),
      published: record.published,
      updated: record.updated,
    })),
  })

const FORMATS = { rss, atom }

export const make = (records, kinds) => kinds.map((kind) => FORMATS[kind](records))
